#include "recorder/logs/claude_code_log.h"

#include "recorder/turns/provenance.h"
#include "recorder/wire/request.h"
#include "tests/recorder/logs/logs_fixture.h"

namespace turntable::logs {
namespace {

/// A log in memory: its lines are added as those of a file would be.
class Log {
public:
    /// What was wrong with the line; empty when it was taken.
    std::string add(const std::string& line) {
        const auto added = m_log.addLine(line, ++m_lines, m_text.size());
        m_text += line + "\n";
        return added ? "" : added.error().message;
    }
    Log& user(const std::string& uuid, const std::string& parent, const std::string& content,
              const std::string& more = {}) {
        return message("user", uuid, parent, R"("content":)" + content, more);
    }
    Log& assistant(const std::string& uuid, const std::string& parent, const std::string& id,
                   const std::string& content, const std::string& more = {}) {
        return message("assistant", uuid, parent,
                       R"("id":")" + id + R"(","model":"m","content":)" + content + R"(,"usage":{"input_tokens":)" +
                           std::to_string(m_lines + 1) + "}",
                       more);
    }
    [[nodiscard]] LoggedExchange exchange(std::size_t call) const {
        return m_log
            .exchange(call,
                      [&](support::ByteRange range) -> support::Result<std::string> {
                          return m_text.substr(range.offset, range.size);
                      })
            .value();
    }
    [[nodiscard]] std::string request(std::size_t call) const { return exchange(call).request.body; }
    [[nodiscard]] std::string reply(std::size_t call) const { return exchange(call).reply->body; }
    [[nodiscard]] const ClaudeCodeLog& log() const { return m_log; }

private:
    Log& message(const std::string& type, const std::string& uuid, const std::string& parent,
                 const std::string& members, const std::string& more) {
        const std::string second = std::to_string(10 + m_lines % 50);
        EXPECT_EQ(
            add(R"({"type":")" + type + R"(","uuid":")" + uuid + R"(","parentUuid":)" +
                (parent.empty() ? "null" : '"' + parent + '"') + R"(,"sessionId":"s","timestamp":"2026-09-21T14:13:)" +
                second + R"(.000Z","message":{)" + members + "}" + more + "}"),
            "");
        return *this;
    }

    ClaudeCodeLog m_log;
    std::string m_text;
    std::size_t m_lines = 0;
};

const std::string kHello = R"("hel\u006co")";
const std::string kText = R"([{"type":"text","text":"a"}])";
const std::string kCall1 = R"([ {"type":"tool_use","id":"c1","name":"t","input":{}} ])";
const std::string kCall2 = R"([{"type":"tool_use","id":"c2","name":"t","input":{}}])";
const std::string kResult1 = R"([{"type":"tool_result","tool_use_id":"c1","content":"one"}])";
const std::string kResult2 = R"([{"type":"tool_result","tool_use_id":"c2","content":"two"}])";

TEST(ClaudeCodeLog, MakesOneCallOfTheLinesOfAMessage) {
    Log log;
    log.user("u1", "", kHello).assistant("a1", "u1", "m1", kText).assistant("a2", "a1", "m1", kCall1);
    ASSERT_EQ(log.log().calls().size(), 1U);
    EXPECT_EQ(log.request(0), R"({"model":"m","messages":[{"role":"user","content":"hel\u006co"}]})");
    EXPECT_EQ(log.reply(0),
              R"({"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"a"},)"
              R"({"type":"tool_use","id":"c1","name":"t","input":{}}],"stop_reason":null,"stop_sequence":null,)"
              R"("usage":{"input_tokens":3}})");
}

TEST(ClaudeCodeLog, PutsResultsOfCallsMadeSideBySideIntoOneMessage) {
    // Each result hangs below the line of its call; the next call's thread holds the last of them only.
    Log log;
    log.user("u1", "", kHello).assistant("a1", "u1", "m1", kCall1).assistant("a2", "a1", "m1", kCall2);
    log.user("r1", "a1", kResult1).user("r2", "a2", kResult2).assistant("a3", "r2", "m2", kText);
    EXPECT_EQ(
        log.request(1),
        R"({"model":"m","messages":[{"role":"user","content":"hel\u006co"},{"role":"assistant","content":[)"
        R"({"type":"tool_use","id":"c1","name":"t","input":{}},{"type":"tool_use","id":"c2","name":"t","input":{}}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one"},)"
        R"({"type":"tool_result","tool_use_id":"c2","content":"two"}]}]})");
    EXPECT_EQ(log.log().calls()[1].parent, 0U);
}

TEST(ClaudeCodeLog, SaysTheSameOfACallWhateverComesLater) {
    Log shorter;
    shorter.user("u1", "", kHello).assistant("a1", "u1", "m1", kCall1).user("r1", "a1", kResult1);
    shorter.assistant("a2", "r1", "m2", kText);
    Log longer = Log();
    longer.user("u1", "", kHello).assistant("a1", "u1", "m1", kCall1).user("r1", "a1", kResult1);
    longer.assistant("a2", "r1", "m2", kText).user("r9", "a1", kResult2).user("u2", "a2", kHello);
    EXPECT_EQ(longer.request(1), shorter.request(1));
    EXPECT_EQ(longer.reply(0), shorter.reply(0));
}

TEST(ClaudeCodeLog, JoinsTextsOfOneRole) {
    Log log;
    log.user("u1", "", kHello)
        .user("u2", "u1", R"("there")")
        .user("u3", "u2", "[]")
        .assistant("a1", "u3", "m1", R"("hi")");
    EXPECT_EQ(log.request(0),
              R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hel\u006co"},)"
              R"({"type":"text","text":"there"}]}]})");
    EXPECT_NE(log.reply(0).find(R"("content":[{"type":"text","text":"hi"}])"), std::string::npos);
}

TEST(ClaudeCodeLog, FollowsBranches) {
    Log log;
    log.user("u1", "", kHello)
        .assistant("a1", "u1", "m1", kText)
        .user("u2", "a1", R"("left")")
        .assistant("a2", "u2", "m2", kText);
    log.user("u3", "a1", R"("right")").assistant("a3", "u3", "m3", kText);
    EXPECT_EQ(log.log().calls()[2].parent, 0U);
    EXPECT_EQ(log.request(2).find("left"), std::string::npos);
    EXPECT_NE(log.request(2).find("right"), std::string::npos);
}

TEST(ClaudeCodeLog, KeepsSubagentsApart) {
    Log log;
    log.user("u1", "", kHello).assistant("a1", "u1", "m1", kCall1);
    log.user("s1", "a1", R"("sub")", R"(,"isSidechain":true)")
        .assistant("s2", "s1", "m2", kText, R"(,"isSidechain":true)");
    log.user("s3", "", R"("other")", R"(,"isSidechain":true)")
        .assistant("s4", "s3", "m3", kText, R"(,"isSidechain":true)");
    log.user("r1", "a1", kResult1).assistant("a2", "r1", "m4", kText);
    const auto& calls = log.log().calls();
    ASSERT_EQ(calls.size(), 4U);
    EXPECT_EQ(calls[0].session, calls[3].session);
    EXPECT_NE(calls[1].session, calls[0].session);
    EXPECT_NE(calls[1].session, calls[2].session);
    EXPECT_TRUE(calls[1].subagent);
    EXPECT_FALSE(calls[1].parent);
    EXPECT_EQ(calls[3].parent, 0U);
    EXPECT_EQ(log.request(1), R"({"model":"m","messages":[{"role":"user","content":"sub"}]})");
}

TEST(ClaudeCodeLog, LeavesOutWhatNoModelSaid) {
    Log log;
    log.user("u1", "", kHello)
        .assistant("a1", "u1", "own", kText, R"(,"isApiErrorMessage":true)")
        .user("u2", "a1", R"("again")");
    log.assistant("a2", "u2", "m1", kText);
    ASSERT_EQ(log.log().calls().size(), 1U);
    EXPECT_EQ(log.log().counts().ownMessages, 1U);
    EXPECT_EQ(log.request(0).find("assistant"), std::string::npos);
}

TEST(ClaudeCodeLog, TakesTimesFromTheLines) {
    Log log;
    log.user("u1", "", kHello).assistant("a1", "u1", "m1", kText).assistant("a2", "a1", "m1", kText);
    const auto exchange = log.exchange(0);
    EXPECT_EQ(support::formatUtc(exchange.request.started), "2026-09-21T14:13:10.000Z");
    EXPECT_EQ(exchange.reply->wire.lastByte, std::chrono::seconds(2));
    EXPECT_FALSE(exchange.reply->wire.headers);
    EXPECT_FALSE(exchange.reply->httpStatus);
    EXPECT_EQ(turns::provenanceOf(exchange.request.headers), turns::Provenance::reconstructed);
    EXPECT_EQ(turns::provenanceOf(exchange.reply->headers), turns::Provenance::reconstructed);
}

TEST(ClaudeCodeLog, CountsWhatIsNoMessage) {
    Log log;
    EXPECT_EQ(log.add(R"({"type":"summary","summary":"x","leafUuid":"u"})"), "");
    EXPECT_EQ(log.add(R"({"type":"attachment","uuid":"t1","parentUuid":null})"), "");
    log.user("u1", "t1", kHello).assistant("a1", "gone", "m1", kText);
    EXPECT_EQ(log.log().counts().otherLines, 1U);
    EXPECT_EQ(log.log().counts().attachments, 1U);
    EXPECT_EQ(log.log().counts().strayLines, 1U);
    EXPECT_EQ(log.request(0), R"({"model":"m","messages":[]})");
}

TEST(ClaudeCodeLog, RefusesMessagesOfAnotherShape) {
    Log log;
    for (const auto* line : {R"({"type":"user","uuid":"u"})", R"({"type":"user","uuid":"u","message":"text"})",
                             R"({"type":"assistant","uuid":"u","message":{"content":7}})"}) {
        EXPECT_NE(log.add(line).find("a message without content"), std::string::npos) << line;
    }
    EXPECT_NE(log.add("[1,"), "");
    EXPECT_EQ(log.add(R"({"type":7,"uuid":[],"parentUuid":{}})"), "");
}

TEST(ClaudeCodeLog, FallsIntoNoCircle) {
    Log log;
    log.user("u1", "u1", kHello).user("u2", "u3", kHello).user("u3", "u2", kHello).assistant("u1", "u3", "m1", kText);
    log.assistant("a2", "u1", "m1", kText).assistant("a3", "a2", "m2", kText);
    for (std::size_t call = 0; call < log.log().calls().size(); ++call) {
        EXPECT_TRUE(wire::parseRequest(model::Api::anthropicMessages, log.request(call))) << log.request(call);
    }
}

}  // namespace
}  // namespace turntable::logs
