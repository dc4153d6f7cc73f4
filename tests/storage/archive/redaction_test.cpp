#include "storage/archive/redaction.h"

#include <nlohmann/json.hpp>

#include "storage/archive/leaving.h"
#include "storage/seal.h"
#include "tests/storage/archive/archive_fixture.h"

namespace turntable::storage {
namespace {

using support::ErrorCode;

constexpr const char* kKey = "sk-ant-api03-abcDEF0123456789xyz";

RedactOptions everything() {
    RedactOptions options;
    options.kinds = privacy::everyPrivateKind();
    options.archive.overwrite = Overwrite::replace;
    return options;
}

class RedactionTest : public ArchiveFixture {
protected:
    void SetUp() override {
        TraceWriter writer = openWriter();
        model::Session session;
        session.name = "for ann@example.org";
        session.endpoint = "http://nas.local:8080";
        m_session = *writer.createSession(session);
        model::Turn turn;
        turn.session = m_session;
        turn.target = "/v1/messages?owner=ann@example.org";
        const std::vector<LinkedFile> files = {{"/Users/annlee/tree.txt", std::string("key ") + kKey}};
        const std::vector<support::ByteRange> parts = {{10, 80}, {90, m_request.size() - 100}};
        ASSERT_TRUE(writer.beginTurn(turn, {m_request, parts, "x-owner: ann@example.org\n", files}, {}).ok());
        turn.status = model::TurnStatus::complete;
        turn.text = "Your key is sk-ant-api03-abcDEF01234567";
        turn.actions.push_back(
            {"c1", "type", R"({"text":"ann\u0040example.org"})", true, "", 0, "textbox", "ann@example.org"});
        model::Screen screen;
        screen.elements.push_back(
            {"textbox", "", "ann@example.org", "annlee", {}, "e1", {"/url: http://nas.local/"}, -1, 0});
        turn.screen = model::summarize(screen);
        const std::string reply = m_head + m_tail;
        const std::vector<model::Arrival> arrivals = {{support::Nanoseconds(5), m_head.size()},
                                                      {support::Nanoseconds(9), m_tail.size()}};
        ASSERT_TRUE(writer.finishTurn(turn, {reply, arrivals, "server: x\n"}, &screen).ok());
        ASSERT_TRUE(writer.addNote({{}, m_session, turn.id, {}, "mail ann@example.org"}).ok());
        addTurn(writer, m_session, R"({"messages":[{"role":"user","content":"nothing to hide"}]})", {}, "fine");
    }
    RedactReport redacted(const RedactOptions& options = everything()) {
        auto report = redactSessions(m_path, std::span(&m_session, 1), m_archive, options);
        EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message);
        return report ? *report : RedactReport{};
    }

    support::SessionId m_session;
    std::string m_request =
        R"({"model":"m","system":"home is /Users/annlee/work","messages":[{"role":"user","content":"mail ann\u0040example.org, user annlee, key )" +
        std::string(kKey) +
        R"("},{"role":"assistant","content":[{"type":"tool_use","input":{"password":"hunter2!"}}]},)"
        R"({"role":"user","content":"I typed hunter2! in 10.1.2.3"}],"n":10.5})";
    std::string m_head =
        std::string("data: {\"delta\":{\"text\":\"Your key is ") + std::string(kKey).substr(0, 12) + "\"}}\n\n";
    std::string m_tail = "data: {\"delta\":{\"text\":\"" + std::string(kKey).substr(12) + ".\"}}\n\n";
};

TEST_F(RedactionTest, LeavesNoSecretInAnyByteThatCanBeReadBack) {
    redacted();
    auto reader = TraceReader::open(m_archive);
    const auto session = reader->sessions()->front();
    std::string all = session.name + session.endpoint + session.note;
    const auto turns = *reader->turns(session.id);
    for (const auto& turn : turns) {
        all += *reader->requestBody(turn.id) + *reader->responseBody(turn.id) + *reader->requestHeaders(turn.id) +
               *reader->responseHeaders(turn.id) + turn.target + turn.text + turn.error;
        const auto files = *reader->linkedFiles(turn.id);
        for (const auto& file : files) all += file.path + file.content;
        for (const auto& action : turn.actions) all += action.arguments + action.targetText;
        if (!turn.screenId) continue;
        const auto screen = *reader->screen(*turn.screenId);
        for (const auto& element : screen.elements) {
            all += element.text + element.value.value_or("") + element.states.front();
        }
    }
    const auto notes = *reader->notes(session.id);
    for (const auto& note : notes) all += note.text;
    for (const char* secret : {"ann@", "u0040example", "annlee", "sk-ant", "api03", "abcDEF", "23456789xyz", "hunter2",
                               "10.1.2.3", "nas.local"}) {
        EXPECT_EQ(all.find(secret), std::string::npos) << secret << " in " << all;
        EXPECT_EQ(bytesOfFile(m_archive).find(secret), std::string::npos) << secret;
    }
}

TEST_F(RedactionTest, JsonStaysJsonAndEqualSecretsStayEqual) {
    redacted();
    auto reader = TraceReader::open(m_archive);
    const auto turn = reader->turns(reader->sessions()->front().id)->front();
    const auto body = nlohmann::json::parse(*reader->requestBody(turn.id), nullptr, false);
    ASSERT_FALSE(body.is_discarded()) << *reader->requestBody(turn.id);
    EXPECT_EQ(body["n"], 10.5);
    const std::string content = body["messages"][0]["content"];
    EXPECT_EQ(content.rfind("mail [redacted:email:", 0), 0u) << content;
    const std::string mark = content.substr(5, content.find(']') - 4);
    EXPECT_EQ(turn.actions[0].targetText, mark);
    EXPECT_NE(turn.actions[0].arguments.find(mark), std::string::npos);
    EXPECT_EQ(turn.target, "/v1/messages?owner=" + mark);
    EXPECT_EQ(body["messages"][2]["content"].get<std::string>().rfind("I typed [redacted:password:", 0), 0u);
}

TEST_F(RedactionTest, SizesAndHashesAreThoseOfTheCopyAndTimesThoseOfTheRecording) {
    redacted();
    auto reader = TraceReader::open(m_archive);
    const auto turn = reader->turns(reader->sessions()->front().id)->front();
    const auto reply = *reader->responseBody(turn.id);
    EXPECT_EQ(turn.responseBytes, static_cast<std::int64_t>(reply.size()));
    EXPECT_EQ(turn.requestBytes, static_cast<std::int64_t>(reader->requestBody(turn.id)->size()));
    const auto arrivals = *reader->arrivals(turn.id);
    ASSERT_EQ(arrivals.size(), 2u);
    EXPECT_EQ(arrivals[1].at, support::Nanoseconds(9));
    EXPECT_EQ(arrivals[0].size + arrivals[1].size, reply.size());
    EXPECT_EQ(reply.substr(arrivals[0].size).rfind("data: ", 0), 0u) << "the second piece begins where it did";
    EXPECT_TRUE(turn.text.ends_with("]")) << turn.text;
}

TEST_F(RedactionTest, SaysWhichTurnsWereChanged) {
    const auto report = redacted();
    EXPECT_EQ(report.turnsChanged, 1);
    auto reader = TraceReader::open(m_archive);
    const auto session = reader->sessions()->front();
    const auto turns = reader->turns(session.id);
    std::vector<std::string> remarks;
    const auto notes = *reader->notes(session.id);
    for (const auto& note : notes) {
        if (note.text.rfind("redacted: ", 0) != 0) continue;
        remarks.push_back(note.text);
        EXPECT_EQ(note.turn, turns->front().id);
    }
    ASSERT_EQ(remarks.size(), 1u);
    EXPECT_NE(remarks[0].find("not those that were on the wire"), std::string::npos) << remarks[0];
}

TEST_F(RedactionTest, LeavesTheStoreAloneAndStandsBesideTheOriginal) {
    const auto before = content(m_path);
    redacted();
    EXPECT_EQ(content(m_path), before);
    const auto report = mergeArchive(m_archive, m_path, {});
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(report->sessions[0].isNew);
    EXPECT_FALSE(mergeArchive(m_archive, m_path, {})->sessions[0].changed());
}

TEST_F(RedactionTest, TakesOnlyTheKindsThatWereNamed) {
    RedactOptions options;
    options.kinds = {privacy::PrivateKind::email};
    options.literals = {"typed"};
    const auto report = redacted(options);
    ASSERT_EQ(report.rows.size(), 2u);
    EXPECT_EQ(report.rows[0].kind, privacy::PrivateKind::email);
    EXPECT_EQ(report.rows[0].distinct, 1);
    EXPECT_EQ(report.rows[1].kind, privacy::PrivateKind::custom);
    auto reader = TraceReader::open(m_archive);
    const auto body = *reader->requestBody(reader->turns(reader->sessions()->front().id)->front().id);
    EXPECT_NE(body.find(kKey), std::string::npos);
    EXPECT_NE(body.find("I [redacted:text:"), std::string::npos);
    const auto nothing = redactSessions(m_path, std::span(&m_session, 1), m_archive, {});
    ASSERT_FALSE(nothing.ok());
    EXPECT_EQ(nothing.error().code, ErrorCode::invalidArgument);
}

TEST_F(RedactionTest, ADryRunWritesNothingAndCountsTheSame) {
    const auto tried = tryRedaction(m_path, std::span(&m_session, 1), everything());
    ASSERT_TRUE(tried.ok()) << tried.error().message;
    EXPECT_FALSE(std::filesystem::exists(m_archive));
    EXPECT_EQ(tried->turnsChanged, 1);
    EXPECT_EQ(tried->rows.size(), redacted().rows.size());
}

TEST_F(RedactionTest, HidesRepliesThatCannotBeRead) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "coded");
    model::Turn turn;
    turn.session = session;
    ASSERT_TRUE(writer.beginTurn(turn, {"{}", {}, {}, {}}, {}).ok());
    turn.status = model::TurnStatus::complete;
    const std::vector<model::Arrival> arrivals = {{{}, 3}, {{}, 4}};
    ASSERT_TRUE(
        writer.finishTurn(turn, {"\x01\x02\x03\x04xyz", arrivals, "Content-Encoding: br\nx: y\n"}, nullptr).ok());
    const auto report = redactSessions(m_path, std::span(&session, 1), m_archive, everything());
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->repliesHidden, 1);
    auto reader = TraceReader::open(m_archive);
    const auto copied = reader->turns(reader->sessions()->front().id)->front();
    EXPECT_EQ(reader->responseBody(copied.id)->rfind("[redacted:text:", 0), 0u);
    EXPECT_EQ(*reader->responseHeaders(copied.id), "x: y\n");
}

TEST_F(RedactionTest, ListsWhatWouldLeave) {
    const auto survey = surveyLeaving(m_path, std::span(&m_session, 1), {});
    ASSERT_TRUE(survey.ok()) << survey.error().message;
    const auto& report = survey->report;
    ASSERT_EQ(report.sessions.size(), 1u);
    EXPECT_EQ(report.sessions[0].turns, 2);
    EXPECT_EQ(report.filePaths, std::vector<std::string>{"/Users/annlee/tree.txt"});
    std::map<std::string, std::int64_t> bytes;
    for (const auto& row : report.bytes) bytes[row.kind] = row.bytes;
    EXPECT_EQ(bytes["system prompts"], static_cast<std::int64_t>(std::string("home is /Users/annlee/work").size()));
    EXPECT_EQ(bytes["replies"], static_cast<std::int64_t>(m_head.size() + m_tail.size() + 4));
    EXPECT_GT(bytes["messages"], 0);
    std::string found;
    for (const auto& row : report.found) {
        found += std::string(privacy::privateKindName(row.kind)) + " " + std::to_string(row.distinct) + " " +
                 std::to_string(row.turns) + "\n";
        EXPECT_EQ(row.example.find(std::string(kKey).substr(10)), std::string::npos) << row.example;
    }
    EXPECT_EQ(found, "email 1 1\npath 1 1\nuser 1 1\nkey 1 1\npassword 1 1\nhost 1 1\nip 1 1\n");
    EXPECT_EQ(survey->secrets.userNames, std::vector<std::string>{"annlee"});
}

}  // namespace
}  // namespace turntable::storage
