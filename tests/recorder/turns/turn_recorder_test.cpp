#include "recorder/turns/turn_recorder.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/recorder/turns/stored_turns.h"
#include "tests/support/full_disk.h"

namespace turntable::turns {
namespace {

using namespace turntable::turns::testing;

using test::FullDisk;

using TurnRecorderTest = StoredTurns;

TEST_F(TurnRecorderTest, StoresATurnWithItsBytes) {
    ASSERT_TRUE(record(kUserMessage, clicks("c1")));
    const auto from = reader();
    const auto session = from.findSession("desk");
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_EQ(session->turns, 1);
    EXPECT_EQ(session->model, "rand");
    EXPECT_EQ(session->endpoint, "http://up");
    ASSERT_TRUE(session->identity.has_value());
    EXPECT_EQ(session->identity->serverKind, "llama.cpp");
    const auto turn = from.turnByNumber(session->id, 1);
    ASSERT_TRUE(turn) << turn.error().message;
    EXPECT_EQ(turn->status, model::TurnStatus::complete);
    EXPECT_EQ(from.requestBody(turn->id).value(), messagesBody(kUserMessage));
    EXPECT_EQ(from.responseBody(turn->id).value(), clicks("c1").body);
    EXPECT_EQ(turn->actions.size(), 1U);
}

TEST_F(TurnRecorderTest, TellsItsListenerOfTheStoredTurn) {
    ASSERT_TRUE(record(kUserMessage, clicks("c1")));
    ASSERT_EQ(m_heard.size(), 1U);
    EXPECT_TRUE(m_heard[0].stored);
    EXPECT_TRUE(m_heard[0].turn.id.valid());
    EXPECT_EQ(m_heard[0].turn.number, 1);
    EXPECT_EQ(m_heard[0].turn.tokens.input.tokens, 100);
    EXPECT_EQ(m_heard[0].session.name, "desk");
    EXPECT_EQ(m_heard[0].session.turns, 1);
    EXPECT_EQ(m_heard[0].session.model, "rand");
    EXPECT_EQ(reader().turn(m_heard[0].turn.id).value(), m_heard[0].turn);
}

TEST_F(TurnRecorderTest, ThreadsTurnsAndSetsTheGapOfTheParent) {
    record(kUserMessage, clicks("c1"), 0);
    record(kUserMessage + "," + step("c1", "clicked"), clicks("c2"), 2);
    ASSERT_EQ(m_heard.size(), 2U);
    EXPECT_EQ(m_heard[1].turn.parent, m_heard[0].turn.id);
    EXPECT_EQ(m_heard[1].turn.number, 2);
    EXPECT_EQ(reader().turn(m_heard[0].turn.id).value().latency.gap, ms(1700));
}

TEST_F(TurnRecorderTest, SetsTheGapByTheFirstRequestThatFollows) {
    record(kUserMessage, clicks("c1"), 0);
    record(kUserMessage + "," + step("c1", "clicked"), clicks("c2"), 2);
    record(kUserMessage + "," + step("c1", "clicked twice"), clicks("c3"), 9);
    EXPECT_EQ(m_heard[2].turn.parent, m_heard[0].turn.id);
    EXPECT_EQ(reader().turn(m_heard[0].turn.id).value().latency.gap, ms(1700));
}

TEST_F(TurnRecorderTest, NamesSessionsInTheirOrder) {
    record(kUserMessage, clicks("c1"));
    record(R"({"role":"user","content":"sell eggs"})", clicks("c1"));
    record(kUserMessage, clicks("c1"), 0, "left");
    EXPECT_EQ(m_heard[0].session.name, "desk");
    EXPECT_EQ(m_heard[1].session.name, "desk-2");
    EXPECT_EQ(m_heard[2].session.name, "left");
    EXPECT_EQ(reader().sessions().value().size(), 3U);
}

TEST_F(TurnRecorderTest, MarksTheSessionOfASimulatedServer) {
    record(kUserMessage, clicks("c1", "simulated:m2-base"));
    EXPECT_TRUE(m_heard[0].session.simulated);
    EXPECT_TRUE(reader().session(m_heard[0].session.id).value().simulated);
}

TEST_F(TurnRecorderTest, KeepsTheNewestModelAndEndpointWithTheSession) {
    record(kUserMessage, clicks("c1"));
    m_recorder->setEndpoint("http://other");
    record(kUserMessage + "," + step("c1", "clicked"), clicks("c2", "rand-2"));
    const auto session = reader().session(m_heard[0].session.id).value();
    EXPECT_EQ(session.model, "rand-2");
    EXPECT_EQ(session.endpoint, "http://other");
    EXPECT_EQ(session.identity->name, "rand-2");
}

TEST_F(TurnRecorderTest, StoresTheRequestBeforeTheReplyComes) {
    ASSERT_TRUE(m_recorder->begin(requestOf(messagesBody(kUserMessage), 7)));
    const auto from = reader();
    const auto session = from.findSession("desk");
    ASSERT_TRUE(session) << session.error().message;
    const auto turn = from.turnByNumber(session->id, 1);
    ASSERT_TRUE(turn) << turn.error().message;
    EXPECT_EQ(turn->status, model::TurnStatus::open);
    EXPECT_EQ(from.requestBody(turn->id).value(), messagesBody(kUserMessage));
}

TEST_F(TurnRecorderTest, KeepsTheScreenAndTheFileItCameFrom) {
    const std::string link = R"(### Snapshot\n- [Snapshot](.playwright-mcp/page.yml))";
    record(kUserMessage + "," + step("c1", kSnapshot), clicks("c2"));
    record(R"({"role":"user","content":"other"},)" + step("c1", link), clicks("c2"));
    const auto from = reader();
    ASSERT_TRUE(m_heard[0].turn.screenId.has_value());
    EXPECT_EQ(from.screen(*m_heard[0].turn.screenId).value().elements.size(), 2U);
    EXPECT_EQ(m_heard[0].turn.actions.at(0).targetText, "Save");
    ASSERT_TRUE(m_heard[1].turn.screenId.has_value());
    EXPECT_EQ(from.screen(*m_heard[1].turn.screenId).value().elements.at(0).text, "Linked");
    EXPECT_EQ(from.linkedFiles(m_heard[1].turn.id).value().size(), 1U);
}

TEST_F(TurnRecorderTest, StoresOurOwnErrorAnswer) {
    ReplyReceived refused;
    refused.end = ExchangeEnd::upstreamFailed;
    refused.error = "127.0.0.1:9 refused the connection";
    refused.sentToAgent = R"({"type":"error","error":{"type":"api_error","message":"refused"}})";
    ASSERT_TRUE(record(kUserMessage, refused));
    EXPECT_EQ(m_heard[0].turn.status, model::TurnStatus::failed);
    EXPECT_EQ(reader().responseBody(m_heard[0].turn.id).value(), refused.sentToAgent);
}

TEST_F(TurnRecorderTest, TriesARequestAgainWithItsReply) {
    ReplyReceived reply = clicks("c1");
    reply.exchange = 7;
    {
        const FullDisk full;
        EXPECT_FALSE(m_recorder->begin(requestOf(messagesBody(kUserMessage), 7)));
    }
    EXPECT_TRUE(m_recorder->finish(reply));
    ASSERT_EQ(m_heard.size(), 1U);
    EXPECT_TRUE(m_heard[0].stored);
    EXPECT_EQ(m_heard[0].session.name, "desk");
    const auto from = reader();
    EXPECT_EQ(from.requestBody(m_heard[0].turn.id).value(), messagesBody(kUserMessage));
    EXPECT_EQ(from.turn(m_heard[0].turn.id).value().status, model::TurnStatus::complete);
    EXPECT_TRUE(from.gapMarks(m_heard[0].session.id).value().empty());
}

TEST_F(TurnRecorderTest, StoresLateWhatAFullDiskRefused) {
    const std::string second = kUserMessage + "," + step("c1", "clicked");
    record(kUserMessage, clicks("c1"));
    {
        const FullDisk full;
        EXPECT_FALSE(record(second, clicks("c2"), 2));
        EXPECT_TRUE(m_recorder->holds(m_exchange));
        EXPECT_EQ(m_heard.size(), 1U);
    }
    ASSERT_TRUE(record(second + "," + step("c2", "clicked"), clicks("c3"), 4));
    EXPECT_FALSE(m_recorder->waiting());
    ASSERT_EQ(m_heard.size(), 3U);
    EXPECT_TRUE(m_heard[1].stored);
    const auto from = reader();
    const auto turns = from.turns(m_heard[0].session.id).value();
    ASSERT_EQ(turns.size(), 3U);
    EXPECT_EQ(turns[1].status, model::TurnStatus::complete);
    EXPECT_EQ(from.requestBody(turns[1].id).value(), messagesBody(second));
    EXPECT_EQ(from.responseBody(turns[1].id).value(), clicks("c2").body);
    EXPECT_EQ(turns[2].parent, turns[1].id);
}

TEST_F(TurnRecorderTest, MarksTheStretchInWhichTheStoreTookNothing) {
    record(kUserMessage, clicks("c1"));
    {
        const FullDisk full;
        record(kUserMessage + "," + step("c1", "clicked"), clicks("c2"), 2);
    }
    EXPECT_TRUE(m_recorder->retry());
    const auto marks = reader().gapMarks(m_heard[0].session.id).value();
    ASSERT_EQ(marks.size(), 1U);
    EXPECT_EQ(marks[0].at, wallTime(2));
    EXPECT_NE(marks[0].reason.find("the turn that began here was stored late"), std::string::npos) << marks[0].reason;
}

TEST_F(TurnRecorderTest, StoresLateAReplyWhoseRequestIsInTheStore) {
    ReplyReceived reply = clicks("c1");
    reply.exchange = 7;
    ASSERT_TRUE(m_recorder->begin(requestOf(messagesBody(kUserMessage), 7)));
    {
        const FullDisk full;
        EXPECT_FALSE(m_recorder->finish(reply));
    }
    EXPECT_TRUE(m_recorder->retry());
    ASSERT_EQ(m_heard.size(), 1U);
    EXPECT_EQ(reader().responseBody(m_heard[0].turn.id).value(), reply.body);
    EXPECT_EQ(reader().turns(m_heard[0].session.id).value().size(), 1U);
}

TEST_F(TurnRecorderTest, NumbersTurnsAsTheyBeganWhenTheyAreStoredLate) {
    const auto messages = [](int n) { return R"({"role":"user","content":"step )" + std::to_string(n) + R"("})"; };
    const auto begin = [&](std::uint64_t exchange) {
        RequestReceived request = requestOf(messagesBody(messages(static_cast<int>(exchange))), exchange);
        request.sessionHint = "one";
        static_cast<void>(m_recorder->begin(request));
    };
    const auto finish = [&](std::uint64_t exchange) {
        ReplyReceived reply = clicks("c" + std::to_string(exchange));
        reply.exchange = exchange;
        static_cast<void>(m_recorder->finish(reply));
    };
    {
        const FullDisk full;
        begin(1);
        begin(2);
        finish(2);
    }
    begin(3);
    finish(1);
    finish(3);
    const auto from = reader();
    const auto turns = from.turns(from.findSession("one").value().id).value();
    ASSERT_EQ(turns.size(), 3U);
    for (int n = 1; n <= 3; ++n) {
        EXPECT_EQ(from.requestBody(turns[static_cast<std::size_t>(n - 1)].id).value(), messagesBody(messages(n)));
    }
}

TEST_F(TurnRecorderTest, MarksWhatIsLostWhenTooMuchWaits) {
    m_retryPause = std::chrono::hours(1);
    startRecorder("desk");
    record(kUserMessage, clicks("c1"));
    {
        const FullDisk full;
        for (std::size_t i = 0; i <= TurnRecorder::kMaxWaiting; ++i) record(kUserMessage, clicks("c1"), 2, "desk");
    }
    EXPECT_FALSE(m_recorder->holds(m_exchange));
    EXPECT_FALSE(m_heard.back().stored);
    EXPECT_TRUE(m_recorder->retry());
    const auto from = reader();
    const auto session = from.findSession("desk").value();
    EXPECT_EQ(session.turns, static_cast<std::int64_t>(TurnRecorder::kMaxWaiting));
    const auto marks = from.gapMarks(session.id).value();
    const auto lost = std::count_if(marks.begin(), marks.end(), [](const storage::GapMark& mark) {
        return mark.reason.find("a turn of /v1/messages could not be stored: ") != std::string::npos;
    });
    EXPECT_EQ(lost, 1);
}

TEST_F(TurnRecorderTest, NotesAReplyWithoutItsRequest) {
    record(kUserMessage, clicks("c1"));
    ReplyReceived stray = clicks("c9");
    stray.exchange = 99;
    EXPECT_FALSE(m_recorder->finish(stray));
    EXPECT_EQ(reader().gapMarks(m_heard[0].session.id).value().size(), 1U);
}

TEST_F(TurnRecorderTest, NotesWhatWasLostBeforeItCame) {
    record(kUserMessage, clicks("c1"));
    m_recorder->lost(wallTime(3), "the queue was full");
    const auto marks = reader().gapMarks(m_heard[0].session.id).value();
    ASSERT_EQ(marks.size(), 1U);
    EXPECT_EQ(marks[0].reason, "the queue was full");
}

}  // namespace
}  // namespace turntable::turns
