#include "recorder/logs/import_log.h"

#include <algorithm>
#include <csignal>

#include <sys/resource.h>

#include "recorder/turns/turn_inspector.h"
#include "tests/recorder/logs/logs_fixture.h"

namespace turntable::logs {
namespace {

using testing::contentOf;
using testing::fixture;
using testing::linesOf;
using ImportLog = testing::Imports;

TEST_F(ImportLog, ThreadsTheCallsOfAClaudeTraceLog) {
    const auto report = import(fixture("claude-trace.jsonl"));
    EXPECT_EQ(report.calls, 4);
    EXPECT_EQ(report.passedOver, 1);
    ASSERT_EQ(report.sessions.size(), 2U);
    EXPECT_EQ(report.sessions[0].name, "claude-trace");
    EXPECT_EQ(report.sessions[1].name, "claude-trace-2");
    const auto turns = turnsOf(report.sessions[0]);
    ASSERT_EQ(turns.size(), 3U);
    EXPECT_EQ(turns[1].parent, turns[0].id);
    EXPECT_EQ(turns[0].latency.gap, std::chrono::seconds(2));
    EXPECT_EQ(turns[0].latency.total, std::chrono::milliseconds(1500));
    EXPECT_EQ(turns[0].wire.headers, std::chrono::milliseconds(250));
    EXPECT_EQ(turns[0].tokens.input, (model::TokenFigure{100, model::Basis::exact}));
    EXPECT_EQ(turns[0].tokens.cached.tokens, 70);
    EXPECT_EQ(turns[1].screen->elements, 2);
    EXPECT_EQ(turns[1].actions.at(0).target, 1);
    EXPECT_EQ(turns[2].status, model::TurnStatus::interrupted);
    EXPECT_EQ(turns[2].error, "the log has no reply to this request");
    EXPECT_EQ(reader().session(report.sessions[0].id)->endpoint, "https://api.anthropic.com");
}

TEST_F(ImportLog, LeavesUnknownWhatNoStampTells) {
    for (const auto* name : {"claude-trace.jsonl", "calls.har", "claude-code.jsonl"}) {
        for (const auto& turn : turnsOf(import(fixture(name)).sessions.at(0))) {
            EXPECT_FALSE(turn.latency.prefill || turn.latency.decode || turn.latency.queue) << name;
            EXPECT_FALSE(turn.wire.firstContent || turn.wire.firstByte) << name;
            EXPECT_FALSE(reader().arrivals(turn.id).value().size() > 0) << name;
        }
    }
}

TEST_F(ImportLog, KeepsTheBytesOfAClaudeTraceLog) {
    const auto report = import(fixture("claude-trace.jsonl"));
    const auto turn = turnsOf(report.sessions.at(0)).at(0);
    const std::string line = linesOf(contentOf(fixture("claude-trace.jsonl"))).at(0);
    const std::string body = reader().requestBody(turn.id).value();
    EXPECT_NE(line.find("\"body\":" + body + "},\"response\""), std::string::npos) << body;
    EXPECT_NE(body.find(R"("max_tokens" : 6.4e1)"), std::string::npos);
    EXPECT_TRUE(reader().responseBody(turn.id).value().ends_with(
        "event: message_stop\ndata: {\"type\": \"message_stop\"}\n\n"));
}

TEST_F(ImportLog, StoresNoSecretOfALog) {
    for (const auto* name : {"claude-trace.jsonl", "calls.har"}) {
        for (const auto& session : import(fixture(name)).sessions) {
            for (const auto& turn : turnsOf(session)) {
                const std::string kept = reader().requestHeaders(turn.id).value() +
                                         reader().responseHeaders(turn.id).value() + turn.target +
                                         reader().session(session.id)->endpoint;
                for (const auto* secret : {"not-a", "sid=", "hidden", "word"}) {
                    EXPECT_EQ(kept.find(secret), std::string::npos) << kept;
                }
            }
        }
    }
}

TEST_F(ImportLog, ReadsAHar) {
    const auto report = import(fixture("calls.har"));
    EXPECT_EQ(report.passedOver, 1);
    ASSERT_EQ(report.sessions.size(), 1U);
    const auto turns = turnsOf(report.sessions[0]);
    ASSERT_EQ(turns.size(), 2U);
    EXPECT_EQ(turns[1].parent, turns[0].id);
    EXPECT_EQ(turns[1].status, model::TurnStatus::complete);
    EXPECT_EQ(turns[1].answeredModel, "model-x");
    EXPECT_EQ(turns[1].latency.total, std::chrono::milliseconds(1500));
    EXPECT_TRUE(reader().requestBody(turns[0].id).value().starts_with("{\n \"model\""));
}

TEST_F(ImportLog, SaysOfAReconstructedTurnWhatIsNotInIt) {
    const auto report = import(fixture("claude-code.jsonl"));
    ASSERT_EQ(report.sessions.size(), 2U);
    const auto turns = turnsOf(report.sessions[0]);
    ASSERT_EQ(turns.size(), 3U);
    const auto& tokens = turns[1].tokens;
    EXPECT_EQ(tokens.input, (model::TokenFigure{1905, model::Basis::exact}));
    EXPECT_EQ(tokens.cached, (model::TokenFigure{1200, model::Basis::exact}));
    EXPECT_EQ(tokens.output, (model::TokenFigure{30, model::Basis::exact}));
    EXPECT_FALSE(tokens.of(model::Section::system).tokens);
    EXPECT_FALSE(tokens.of(model::Section::tools).tokens);
    EXPECT_GT(*tokens.of(model::Section::other).tokens, 1700);
    std::int64_t sum = 0;
    for (const auto& section : tokens.sections) sum += section.tokens.value_or(0);
    EXPECT_EQ(sum, 1905);
    EXPECT_EQ(turns[1].status, model::TurnStatus::complete);
    EXPECT_FALSE(turns[1].httpStatus);
    EXPECT_EQ(turns[1].actions.at(0).targetText, "Save");
    EXPECT_NE(reader().requestBody(turns[1].id).value().find("iVBORw0KGgo"), std::string::npos);
    const auto from = reader();
    const auto inspected = turns::inspectTurn(from, turns[1].id).value();
    EXPECT_TRUE(inspected.provenance.starts_with("reconstructed; Claude Code session log"));
    EXPECT_EQ(inspected.reply.usage.promptTotal, 1905);
    EXPECT_NE(from.session(report.sessions[0].id)->note.find("no system prompt and no tool schemas"),
              std::string::npos);
}

TEST_F(ImportLog, ChangesNothingWhenItIsDoneAgain) {
    for (const auto* name : {"claude-trace.jsonl", "calls.har", "claude-code.jsonl"}) {
        const auto first = import(fixture(name));
        const std::string before = storeBytes();
        const auto again = import(write(std::string("other-") + name, contentOf(fixture(name))));
        EXPECT_TRUE(storeBytes() == before) << name;
        ASSERT_EQ(again.sessions.size(), first.sessions.size());
        for (std::size_t i = 0; i < first.sessions.size(); ++i) {
            EXPECT_EQ(again.sessions[i].id, first.sessions[i].id);
            EXPECT_EQ(again.sessions[i].added + again.sessions[i].completed + again.sessions[i].leftAlone, 0);
            EXPECT_EQ(again.sessions[i].turns, first.sessions[i].turns);
        }
    }
}

/// Every turn of every session, with what a longer import could have changed.
std::string describe(const storage::TraceReader& reader) {
    std::string text;
    auto sessions = reader.sessions().value();
    std::sort(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
    for (const auto& session : sessions) {
        text += "session " + session.model + " " + std::to_string(session.turns) + "\n";
        const auto turns = reader.turns(session.id).value();
        for (const auto& turn : turns) {
            const auto hashes = reader.bodyHashes(turn.id).value();
            const auto parent = turn.parent ? reader.turn(*turn.parent)->number : 0;
            text += std::to_string(turn.number) + " after " + std::to_string(parent) + " " +
                    std::string(model::turnStatusName(turn.status)) + " " + hashes.request + " " + hashes.response +
                    " gap " + std::to_string(turn.latency.gap.value_or(support::Nanoseconds(-1)).count()) + "\n";
        }
    }
    return text;
}

TEST_F(ImportLog, GrowsWithItsLog) {
    for (const auto* name : {"claude-trace.jsonl", "claude-code.jsonl"}) {
        test::TemporaryFolder once;
        ASSERT_TRUE(importLog(fixture(name), once / "store.db", {}));
        const auto whole = describe(*storage::TraceReader::open(once / "store.db"));
        test::TemporaryFolder grown;
        std::string text;
        for (const std::string& line : linesOf(contentOf(fixture(name)))) {
            text += line;
            const auto report = importLog(write("growing.jsonl", text), grown / "store.db", {});
            ASSERT_TRUE(report) << report.error().message;
        }
        EXPECT_EQ(describe(*storage::TraceReader::open(grown / "store.db")), whole);
    }
}

TEST_F(ImportLog, ImportsWhatIsWholeOfALogThatIsCutAnywhere) {
    const std::string text = contentOf(fixture("claude-trace.jsonl"));
    const auto lines = linesOf(text);
    for (std::size_t size = lines[0].size() + 1; size < text.size() - 1; size += 397) {
        test::TemporaryFolder folder;
        const auto report = importLog(write("cut.jsonl", text.substr(0, size)), folder / "store.db", {});
        ASSERT_TRUE(report) << size << report.error().message;
        if (text[size - 1] == '\n' || text[size] == '\n') continue;
        ASSERT_EQ(report->problems.count(), 1U) << size;
        EXPECT_NE(report->problems.first()[0].what.find("the file ends in this line"), std::string::npos);
    }
}

TEST_F(ImportLog, SaysWhichLinesAreBroken) {
    const auto lines = linesOf(contentOf(fixture("claude-trace.jsonl")));
    const std::string deep = "{\"request\":" + std::string(200'000, '[') + "\n";
    const auto report =
        import(write("broken.jsonl", lines[0] + "not JSON\n\n" + deep + "{\"request\":[]}\n\xff\xfe\n" + lines[2]));
    ASSERT_EQ(report.sessions.size(), 1U);
    EXPECT_EQ(report.sessions[0].turns, 2);
    ASSERT_EQ(report.problems.count(), 4U);
    std::string places;
    for (const auto& problem : report.problems.first()) {
        places += std::to_string(problem.place) + " ";
        EXPECT_FALSE(problem.what.empty());
    }
    EXPECT_EQ(places, "2 4 5 6 ");
    EXPECT_EQ(report.sessions[0].missing.back(), "4 lines that could not be read");
    EXPECT_NE(reader().session(report.sessions[0].id)->note.find("4 lines that could not be read"), std::string::npos);
}

TEST_F(ImportLog, TakesALineOfFiftyMegabytes) {
    const std::string big(50U << 20U, 'x');
    const std::string line =
        R"({"request":{"timestamp":1790000000,"url":"https://h/v1/messages","body":{"model":"m","messages":[)"
        R"({"role":"user","content":")" +
        big + R"("}]}},"response":null})";
    const auto report = import(write("big.jsonl", line + "\n"));
    ASSERT_EQ(report.sessions.size(), 1U);
    EXPECT_EQ(turnsOf(report.sessions[0]).at(0).requestBytes, static_cast<std::int64_t>(big.size()) + 55);
}

TEST_F(ImportLog, RefusesWhatIsNoLogAndMakesNoStore) {
    EXPECT_NE(failureOf(write("notes.txt", "Dear diary")).find("notes.txt: the file begins with \"Dear diary\""),
              std::string::npos);
    EXPECT_NE(failureOf(write("empty", "")).find("the file is empty"), std::string::npos);
    EXPECT_NE(failureOf(m_folder / "none").find("there is no file"), std::string::npos);
    EXPECT_NE(failureOf(write("a.har", R"({"log":{"version":"1.2"}})")).find("log.entries"), std::string::npos);
    EXPECT_NE(failureOf(write("a.jsonl", R"({"request":{"no url":1}})")).find("nothing could be read: line 1"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(ImportLog, MakesNothingOfALogWithoutModelCalls) {
    const auto report = import(write("none.jsonl", linesOf(contentOf(fixture("claude-trace.jsonl")))[1]));
    EXPECT_TRUE(report.sessions.empty());
    EXPECT_EQ(report.passedOver, 1);
    EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(ImportLog, GoesOnWhereItWasStopped) {
    std::stop_source stop;
    LogOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const LogProgress& progress) {
        if (progress.turnsAdded == 1) stop.request_stop();
    };
    const auto stopped = importLog(fixture("claude-trace.jsonl"), store(), options);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, support::ErrorCode::cancelled);
    EXPECT_NE(stopped.error().message.find("1 turn was stored before"), std::string::npos);
    EXPECT_NE(reader().sessions()->at(0).note.find("not finished"), std::string::npos);
    const auto report = import(fixture("claude-trace.jsonl"));
    EXPECT_EQ(report.sessions[0].added, 2);
    EXPECT_EQ(report.sessions[0].turns, 3);
    EXPECT_TRUE(reader().session(report.sessions[0].id)->note.starts_with("imported from claude-trace.jsonl"));
    EXPECT_TRUE(reader().unendedRecorders().value().empty());
}

TEST_F(ImportLog, LeavesATurnAloneThatTheStoreHasWithOtherBytes) {
    import(fixture("claude-trace.jsonl"));
    auto lines = linesOf(contentOf(fixture("claude-trace.jsonl")));
    const auto at = lines[2].find("buy milk");
    ASSERT_NE(at, std::string::npos);
    const std::string before = describe(reader());
    lines[2].replace(at, 8, "buy eggs");
    const auto report = import(write("other.jsonl", lines[0] + lines[2]));
    std::int64_t leftAlone = 0;
    for (const auto& session : report.sessions) leftAlone += session.leftAlone + session.added;
    EXPECT_EQ(leftAlone, 1);
}

TEST_F(ImportLog, SaysWhatWasStoredWhenTheDiskIsFull) {
    import(fixture("claude-trace.jsonl"));
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit none{1, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    const auto failed = importLog(fixture("calls.har"), store(), {});
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, support::ErrorCode::io) << failed.error().message;
    EXPECT_EQ(import(fixture("calls.har")).sessions.at(0).turns, 2);
}

/// The sessions of real people beside the checkout, where they are.
TEST_F(ImportLog, ReadsRealSessionsOfClaudeCode) {
    const auto folder = std::filesystem::path(TURNTABLE_SOURCE_DIR) / "../shared/data/claude-code";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "there is no " << folder;
    const auto expect = [&](const std::string& name, std::int64_t turns, std::int64_t input, std::int64_t output) {
        const auto report = import(folder / name);
        ASSERT_EQ(report.sessions.size(), 1U) << name;
        EXPECT_EQ(report.problems.count(), 0U) << name;
        EXPECT_EQ(report.sessions[0].turns, turns) << name;
        std::int64_t inputs = 0;
        std::int64_t outputs = 0;
        for (const auto& turn : turnsOf(report.sessions[0])) {
            inputs += turn.tokens.input.tokens.value();
            outputs += turn.tokens.output.tokens.value();
            EXPECT_EQ(turn.status, model::TurnStatus::complete);
            EXPECT_TRUE(turn.number == 1 || turn.parent) << turn.number;
            EXPECT_TRUE(turn.latency.total) << turn.number;
        }
        EXPECT_EQ(inputs, input) << name;
        EXPECT_EQ(outputs, output) << name;
    };
    expect("nmap.session.jsonl", 26, 794'111, 9'323);
    expect("openshot.session.jsonl", 45, 1'420'342, 16'633);
}

}  // namespace
}  // namespace turntable::logs
