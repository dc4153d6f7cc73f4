#include "replay/run/replay_run.h"

#include <atomic>
#include <utility>

#include <gtest/gtest.h>

#include "storage/trace_reader.h"
#include "tests/replay/endpoints/scripted_server.h"
#include "tests/replay/trace_text.h"

namespace turntable::run {
namespace {

using tests::httpReply;
using tests::messagesReply;
using tests::messagesRequest;
using tests::ScriptedServer;
using tests::SeenRequest;

class ReplayRunTest : public testing::Test {
protected:
    void SetUp() override {
        m_session = tests::recordSession(m_folder.store(), {{messagesRequest(0), messagesReply("e2")},
                                                            {messagesRequest(1), messagesReply("e2")},
                                                            {messagesRequest(2), messagesReply("e2")},
                                                            {messagesRequest(3), messagesReply("e2")},
                                                            {messagesRequest(4), messagesReply("e2")}});
        ASSERT_TRUE(m_session.valid());
        m_options.store = m_folder.store();
        m_options.session = m_session;
    }

    support::Result<ReplayOutcome> replay(std::stop_token stop = {}) {
        return replaySession(m_options, {}, std::move(stop));
    }

    std::vector<model::Turn> turnsOf(support::SessionId session) {
        const auto reader = storage::TraceReader::open(m_folder.store());
        return *reader->turns(session);
    }
    model::Session sessionOf(support::SessionId session) {
        const auto reader = storage::TraceReader::open(m_folder.store());
        return *reader->session(session);
    }

    tests::TemporaryFolder m_folder;
    support::SessionId m_session;
    ReplayOptions m_options;
};

/// Answers turns as `turn` says and everything else with 404.
std::string turnsOnly(const SeenRequest& request, const std::string& turn) {
    return request.line().starts_with("POST ") && !request.line().starts_with("POST /api/")
               ? turn
               : httpReply(404, "text/plain", "no");
}

TEST_F(ReplayRunTest, StoresASimulatedRunLinkedToItsSource) {
    m_options.against = "simulated:m2-base";
    const auto outcome = replay();
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->answered, 5);
    EXPECT_NE(outcome->simulatedProfile.find("band 200-400"), std::string::npos);
    const auto run = sessionOf(outcome->run);
    EXPECT_EQ(run.name, "todo @ simulated:m2-base");
    EXPECT_EQ(run.source, m_session);
    EXPECT_TRUE(run.simulated);
    EXPECT_EQ(run.mode, model::SessionMode::recordedReplay);
    EXPECT_EQ(run.model, "simulated:m2-base");
    EXPECT_NE(run.note.find("5 of 5 turns answered"), std::string::npos) << run.note;
    const auto recorded = turnsOf(m_session);
    const auto turns = turnsOf(outcome->run);
    ASSERT_EQ(turns.size(), 5U);
    for (std::size_t i = 0; i < turns.size(); ++i) {
        EXPECT_EQ(turns[i].status, model::TurnStatus::complete);
        EXPECT_EQ(turns[i].source, recorded[i].id);
        EXPECT_EQ(turns[i].parent, i == 0 ? std::nullopt : std::optional(turns[i - 1].id));
        EXPECT_EQ(turns[i].actions, recorded[i].actions);
        EXPECT_EQ(turns[i].latency.source, model::TimeSource::simulated);
        EXPECT_EQ(turns[i].tokens.input.basis, model::Basis::simulated);
        EXPECT_EQ(turns[i].tokens.input.tokens, recorded[i].tokens.input.tokens);
        EXPECT_EQ(turns[i].wire, model::WireStamps{});
        EXPECT_EQ(turns[i].answeredModel, "simulated:m2-base");
    }
    EXPECT_GT(turns[4].tokens.cached.tokens.value_or(0), 0);
}

TEST_F(ReplayRunTest, AsksAServerForAStreamOfTheNamedModel) {
    ScriptedServer server([](const SeenRequest& request) {
        return turnsOnly(request, httpReply(200, "application/json", messagesReply("e1")));
    });
    m_options.against = server.url();
    m_options.model = "qwen";
    m_options.turnNumbers = {2, 3};
    const auto outcome = replay();
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->answered, 2);
    const auto turns = turnsOf(outcome->run);
    ASSERT_EQ(turns.size(), 2U);
    EXPECT_EQ(turns[0].requestedModel, "qwen");
    EXPECT_TRUE(turns[0].streaming);
    EXPECT_FALSE(turns[0].parent.has_value());
    EXPECT_EQ(turns[1].parent, turns[0].id);
    EXPECT_EQ(sessionOf(outcome->run).mode, model::SessionMode::teacherForced);
    const auto reader = storage::TraceReader::open(m_folder.store());
    const auto seen = server.seen();
    EXPECT_EQ(*reader->requestBody(turns[1].id), seen.back().body);
}

TEST_F(ReplayRunTest, SpeaksTheOtherApiWhenAsked) {
    ScriptedServer server([](const SeenRequest& request) {
        return turnsOnly(request,
                         httpReply(200, "application/json",
                                   R"({"model":"q","choices":[{"message":{"role":"assistant","content":"hi"},)"
                                   R"("finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}})"));
    });
    m_options.against = server.url();
    m_options.api = model::Api::openaiChat;
    m_options.turnNumbers = {1};
    const auto outcome = replay();
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->answered, 1);
    EXPECT_EQ(server.seen().back().line(), "POST /v1/chat/completions HTTP/1.1");
    EXPECT_EQ(turnsOf(outcome->run)[0].api, model::Api::openaiChat);
}

TEST_F(ReplayRunTest, GoesOnAfterARefusedTurn) {
    std::atomic<int> asked = 0;
    ScriptedServer server([&](const SeenRequest& request) {
        const bool turn = request.line().starts_with("POST /v1/");
        const bool refuse = turn && ++asked == 2;
        return turnsOnly(request, refuse ? httpReply(500, "application/json", R"({"error":{"message":"no images"}})")
                                         : httpReply(200, "application/json", messagesReply("e2")));
    });
    m_options.against = server.url();
    const auto outcome = replay();
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->answered, 4);
    EXPECT_EQ(sessionOf(outcome->run).note, "4 of 5 turns answered");
    const auto turns = turnsOf(outcome->run);
    EXPECT_EQ(turns[1].status, model::TurnStatus::failed);
    EXPECT_NE(turns[1].error.find("no images"), std::string::npos) << turns[1].error;
}

TEST_F(ReplayRunTest, ResumesWithoutRepeatingWhatWasAnswered) {
    std::atomic<int> asked = 0;
    std::atomic<bool> broken = true;
    ScriptedServer server([&](const SeenRequest& request) {
        const bool turn = request.line().starts_with("POST /v1/");
        if (turn && ++asked > 2 && broken) return std::string();
        return turnsOnly(request, httpReply(200, "application/json", messagesReply("e2")));
    });
    m_options.against = server.url();
    m_options.model = "qwen";
    const auto first = replay();
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ(first->answered, 2);
    EXPECT_NE(sessionOf(first->run).note.find("ended early"), std::string::npos) << sessionOf(first->run).note;
    broken = false;
    const auto before = server.seen().size();
    m_options.resume = first->run;
    m_options.model.clear();
    const auto second = replay();
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_EQ(second->run, first->run);
    EXPECT_EQ(second->answered, 5);
    int repeated = 0;
    const auto seen = server.seen();
    for (std::size_t i = before; i < seen.size(); ++i) repeated += seen[i].line().starts_with("POST /v1/") ? 1 : 0;
    EXPECT_EQ(repeated, 3);
    EXPECT_EQ(turnsOf(second->run).back().requestedModel, "qwen");
    EXPECT_EQ(sessionOf(second->run).note, "5 of 5 turns answered");
}

TEST_F(ReplayRunTest, StopsWhereItIsCancelled) {
    std::stop_source stop;
    m_options.against = "simulated:m2-base";
    const auto outcome = replaySession(
        m_options,
        [&](const ReplayProgress& progress) {
            EXPECT_EQ(progress.total, 5);
            if (progress.done == 2) stop.request_stop();
        },
        stop.get_token());
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_TRUE(outcome->cancelled);
    EXPECT_EQ(outcome->answered, 2);
    m_options.resume = outcome->run;
    const auto whole = replay();
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(whole->answered, 5);
    EXPECT_GT(turnsOf(whole->run)[2].tokens.cached.tokens.value_or(0), 0);
}

TEST_F(ReplayRunTest, SaysBeforehandWhatCannotWork) {
    m_options.against = "simulated:none";
    EXPECT_EQ(replay().error().code, support::ErrorCode::invalidArgument);
    m_options.against = "simulated:m2-base";
    m_options.turnNumbers = {9};
    EXPECT_EQ(replay().error().message, "the session has no turn 9: it has 5");
    m_options.turnNumbers.clear();
    m_options.resume = m_session;
    EXPECT_EQ(replay().error().code, support::ErrorCode::invalidArgument);
    m_options.resume.reset();
    m_options.session = {999};
    EXPECT_EQ(replay().error().code, support::ErrorCode::notFound);
}

TEST_F(ReplayRunTest, LeavesNoRunBehindWhenNobodyIsThere) {
    {
        ScriptedServer gone([](const SeenRequest&) { return std::string(); });
        m_options.against = gone.url();
    }
    EXPECT_EQ(replay().error().code, support::ErrorCode::network);
    const auto reader = storage::TraceReader::open(m_folder.store());
    EXPECT_TRUE(reader->runsOf(m_session)->empty());
}

}  // namespace
}  // namespace turntable::run
