#include "recorder/turns/lineage.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace turntable::turns {
namespace {

using Json = nlohmann::ordered_json;
using support::SessionId;
using support::TurnId;

Json user(const std::string& text) {
    return {{"role", "user"}, {"content", Json::array({{{"type", "text"}, {"text", text}}})}};
}

Json call(const std::string& id) {
    return {
        {"role", "assistant"},
        {"content", Json::array({{{"type", "tool_use"}, {"id", id}, {"name", "click"}, {"input", {{"ref", id}}}}})}};
}

Json result(const std::string& id, const std::string& text) {
    return {{"role", "user"},
            {"content", Json::array({{{"type", "tool_result"}, {"tool_use_id", id}, {"content", text}}})}};
}

std::string request(const std::string& system, const std::vector<Json>& messages) {
    Json body = {{"model", "m"}, {"max_tokens", 64}};
    if (!system.empty()) body["system"] = system;
    body["messages"] = messages;
    return body.dump();
}

std::string placed(const Lineage::Place& place) {
    return (place.session ? "session " + std::to_string(place.session->value) : "new session") +
           (place.parent ? " after turn " + std::to_string(place.parent->value) : "");
}

/// A recorder's bookkeeping: each request becomes a turn, numbered from 1, in the session that the lineage says.
class LineageTest : public ::testing::Test {
protected:
    std::string send(const std::string& body, const std::string& hint = {}) {
        const auto parsed = wire::parseRequest(model::Api::anthropicMessages, body);
        const wire::ParsedRequest request = parsed ? *parsed : wire::ParsedRequest{};
        const Lineage::Place place = m_lineage.find(hint, body, request);
        const SessionId session = place.session.value_or(SessionId{m_sessions + 1});
        if (!place.session) ++m_sessions;
        m_lineage.add(TurnId{++m_turns}, session, hint, body, request, place.parent);
        return placed(place);
    }

    Lineage m_lineage;
    std::int64_t m_turns = 0;
    std::int64_t m_sessions = 0;
};

const std::string kMain = "You act on windows. Use the tools. Say when you are done.";
const std::string kOther = "You name conversations. Answer with five words.";

TEST_F(LineageTest, BeginsASessionWithTheFirstRequest) {
    EXPECT_EQ(send(request(kMain, {user("buy milk")})), "new session");
}

TEST_F(LineageTest, ContinuesWithTheLongestBeginning) {
    send(request(kMain, {user("buy milk")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")})), "session 1 after turn 1");
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")})),
              "session 1 after turn 2");
}

TEST_F(LineageTest, KeepsAgentsWithOneOpeningApartByTheirTools) {
    const auto withTool = [](const std::string& description, const std::vector<Json>& messages) {
        Json body = Json::parse(request(kMain, messages));
        body["tools"] = Json::array({{{"name", "click"}, {"description", description}, {"input_schema", Json::object()}}});
        return body.dump();
    };
    const std::vector<Json> opening = {user("buy milk")};
    const std::vector<Json> one = {user("buy milk"), call("a"), result("a", "ok")};
    const std::vector<Json> other = {user("buy milk"), call("a"), result("a", "gone")};
    EXPECT_EQ(send(withTool("one", opening)), "new session");
    EXPECT_EQ(send(withTool("other", opening)), "new session");
    EXPECT_EQ(send(withTool("one", one)), "session 1 after turn 1");
    EXPECT_EQ(send(withTool("other", other)), "session 2 after turn 2");
}

TEST_F(LineageTest, KeepsInterleavedSessionsApart) {
    send(request(kMain, {user("buy milk")}));
    EXPECT_EQ(send(request(kMain, {user("sell eggs")})), "new session");
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")})), "session 1 after turn 1");
    EXPECT_EQ(send(request(kMain, {user("sell eggs"), call("a"), result("a", "ok")})), "session 2 after turn 2");
}

TEST_F(LineageTest, GivesASubagentItsOwnSession) {
    send(request(kMain, {user("buy milk")}));
    EXPECT_EQ(send(request(kOther, {user("buy milk")})), "new session");
    EXPECT_EQ(send(request(kOther, {user("buy milk"), call("x"), result("x", "1")})), "session 2 after turn 2");
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")})), "session 1 after turn 1");
}

TEST_F(LineageTest, KeepsATitleCallThatComesFirstApart) {
    send(request(kOther, {user("buy milk")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk")})), "new session");
    EXPECT_EQ(send(request("", {user("buy milk")})), "new session");
}

TEST_F(LineageTest, BranchesWhereTheHistoryWasEdited) {
    send(request(kMain, {user("buy milk")}));
    send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")}));
    send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("c"), result("c", "no")})),
              "session 1 after turn 2");
}

TEST_F(LineageTest, GivesAResendTheParentOfTheFirstTry) {
    const std::string opening = request(kMain, {user("buy milk")});
    const std::string second = request(kMain, {user("buy milk"), call("a"), result("a", "ok")});
    send(opening);
    EXPECT_EQ(send(opening), "session 1");
    EXPECT_EQ(send(second), "session 1 after turn 2");
    EXPECT_EQ(send(second), "session 1 after turn 2");
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "1")})),
              "session 1 after turn 4");
}

TEST_F(LineageTest, TakesTheSameRunAgainForANewSession) {
    const std::vector<std::string> run = {
        request(kMain, {user("buy milk")}),
        request(kMain, {user("buy milk"), call("a"), result("a", "ok")}),
        request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")}),
    };
    for (const std::string& body : run) send(body);
    EXPECT_EQ(send(run[0]), "new session");
    EXPECT_EQ(send(run[1]), "session 2 after turn 4");
    EXPECT_EQ(send(run[2]), "session 2 after turn 5");
}

TEST_F(LineageTest, StaysInTheSessionWhenTheHistoryIsCompacted) {
    send(request(kMain, {user("buy milk")}));
    send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("summary"), result("summary", "milk was found")})),
              "session 1 after turn 1");
}

TEST_F(LineageTest, StaysInTheSessionWhenTheOpeningIsUnknown) {
    send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("z"), result("z", "short")})), "session 1");
}

TEST_F(LineageTest, AllowsTheLastMessageToBeRewritten) {
    send(request(kMain, {user("buy milk"), call("a"), result("a", "ok, 19 tokens left")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")})),
              "session 1 after turn 1");
}

TEST_F(LineageTest, IgnoresCacheMarksThatMove) {
    Json marked = user("buy milk");
    marked["content"][0]["cache_control"] = {{"type", "ephemeral"}};
    Json markedCall = call("a");
    markedCall["content"][0]["cache_control"] = {{"type", "ephemeral"}, {"ttl", "1h"}};
    send(request(kMain, {marked}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), markedCall, result("a", "ok")})), "session 1 after turn 1");
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")})),
              "session 1 after turn 2");
}

TEST_F(LineageTest, TakesAStringAndAListOfOneTextForTheSame) {
    send(request(kMain, {{{"role", "user"}, {"content", "buy milk"}}}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")})), "session 1 after turn 1");
}

TEST_F(LineageTest, IgnoresThinkingThatIsStrippedLater) {
    Json thinking = call("a");
    const Json block = {{"type", "thinking"}, {"thinking", "hm"}, {"signature", ""}};
    thinking["content"].insert(thinking["content"].begin(), block);
    send(request(kMain, {user("buy milk"), thinking, result("a", "ok")}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok"), call("b"), result("b", "ok")})),
              "session 1 after turn 1");
}

TEST_F(LineageTest, IgnoresTimesAndCountersInTheSystemPrompt) {
    send(request("It is 2026-11-23 08:15:30. You act on windows; 9000 tokens left", {user("buy milk")}));
    EXPECT_EQ(send(request("It is 2026-11-23 08:16:02. You act on windows; 8000 tokens left",
                           {user("buy milk"), call("a"), result("a", "ok")})),
              "session 1 after turn 1");
}

TEST_F(LineageTest, LooksOnlyAtTurnsOfTheSameHint) {
    const std::string opening = request(kMain, {user("buy milk")});
    const std::string second = request(kMain, {user("buy milk"), call("a"), result("a", "ok")});
    send(opening, "left");
    EXPECT_EQ(send(opening, "right"), "new session");
    EXPECT_EQ(send(second, "left"), "session 1 after turn 1");
    EXPECT_EQ(send(second, "right"), "session 2 after turn 2");
}

TEST_F(LineageTest, KeepsEverythingOfAHintInItsNewestSession) {
    send(request(kMain, {user("buy milk")}), "left");
    EXPECT_EQ(send(request(kOther, {user("sell eggs")}), "left"), "session 1");
}

TEST_F(LineageTest, PutsAnUnreadableRequestIntoTheNewestSession) {
    EXPECT_EQ(send("{broken"), "new session");
    send(request(kMain, {user("buy milk")}));
    EXPECT_EQ(send("{broken"), "session 2");
}

TEST_F(LineageTest, ForgetsTheOldestTips) {
    send(request(kMain, {user("buy milk")}));
    for (std::size_t i = 0; i < Lineage::kTips; ++i) send(request(kMain, {user("task " + std::to_string(i))}));
    EXPECT_EQ(send(request(kMain, {user("buy milk"), call("a"), result("a", "ok")})), "new session");
}

TEST_F(LineageTest, ThreadsChatCompletionsBySystemMessage) {
    const auto chat = [this](const std::string& body) {
        const auto parsed = wire::parseRequest(model::Api::openaiChat, body);
        const Lineage::Place place = m_lineage.find({}, body, *parsed);
        const SessionId session = place.session.value_or(SessionId{m_sessions + 1});
        if (!place.session) ++m_sessions;
        m_lineage.add(TurnId{++m_turns}, session, {}, body, *parsed, place.parent);
        return placed(place);
    };
    const std::string system = R"({"role":"system","content":"You act on windows."})";
    const std::string title = R"({"role":"system","content":"Name this conversation."})";
    const std::string first = R"({"role":"user","content":"buy milk"})";
    const std::string more =
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",)"
        R"("function":{"name":"click","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"ok"})";
    EXPECT_EQ(chat("{\"messages\":[" + system + "," + first + "]}"), "new session");
    EXPECT_EQ(chat("{\"messages\":[" + title + "," + first + "]}"), "new session");
    EXPECT_EQ(chat("{\"messages\":[" + system + "," + first + "," + more + "]}"), "session 1 after turn 1");
}

TEST(PromptSignature, LeavesCacheControlOutOfJson) {
    EXPECT_EQ(withoutCacheControl(R"({"type":"text","cache_control":{"type":"ephemeral"},"text":"a"})"),
              R"({"type":"text","text":"a"})");
    EXPECT_EQ(withoutCacheControl(R"({"cache_control" : {"type":"ephemeral"} , "text":"a"})"), R"({"text":"a"})");
    EXPECT_EQ(withoutCacheControl(R"({"text":"a" , "cache_control":null})"), R"({"text":"a"})");
    EXPECT_EQ(withoutCacheControl(R"({"text":"say \"cache_control\": {}"})"),
              R"({"text":"say \"cache_control\": {}"})");
    EXPECT_EQ(withoutCacheControl(R"({"kind":"cache_control"})"), R"({"kind":"cache_control"})");
    EXPECT_EQ(withoutCacheControl(R"({"cache_control":)"), R"({)");
}

}  // namespace
}  // namespace turntable::turns
