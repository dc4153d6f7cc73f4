#include <thread>

#include <gtest/gtest.h>

#include "tests/recorder/turns/stored_turns.h"
#include "tests/support/full_disk.h"

namespace turntable::turns {
namespace {

using namespace testing;
using test::FullDisk;

/// Turns are stored together until somebody says that it is enough.
class TurnGroupTest : public StoredTurns {
protected:
    void SetUp() override {
        m_groupFor = std::chrono::hours(1);
        StoredTurns::SetUp();
    }
    /// The messages of a conversation that has come to its turn `number`.
    static std::string conversation(int number) {
        std::string messages = kUserMessage;
        for (int turn = 1; turn < number; ++turn) {
            const std::string id = "\"c" + std::to_string(turn) + "\"";
            messages += R"(,{"role":"assistant","content":[{"type":"tool_use","id":)" + id +
                        R"(,"name":"click","input":{"target":"e2"}}]},)"
                        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":)" +
                        id + R"(,"content":"done"}]})";
        }
        return messages;
    }
    bool recordTurn(int number) {
        return record(conversation(number), clicks("c" + std::to_string(number)), 10 * number);
    }
    /// Turns 1 to `count` are there, whole and in their order, each the child of the one before, in one session.
    void expectTurns(int count) {
        const auto from = reader();
        const auto sessions = from.sessions().value();
        ASSERT_EQ(sessions.size(), 1U);
        const auto turns = from.turns(sessions[0].id).value();
        ASSERT_EQ(turns.size(), static_cast<std::size_t>(count));
        for (int number = 1; number <= count; ++number) {
            const model::Turn& turn = turns[static_cast<std::size_t>(number - 1)];
            EXPECT_EQ(turn.status, model::TurnStatus::complete) << number;
            EXPECT_EQ(from.requestBody(turn.id).value(), messagesBody(conversation(number))) << number;
            EXPECT_EQ(from.responseBody(turn.id).value(), clicks("c" + std::to_string(number)).body) << number;
            EXPECT_EQ(turn.latency.gap.has_value(), number < count) << number;
            if (number == 1) continue;
            EXPECT_EQ(turn.parent, turns[static_cast<std::size_t>(number - 2)].id) << number;
        }
        EXPECT_EQ(sessions[0].model, "rand");
        ASSERT_EQ(m_heard.size(), static_cast<std::size_t>(count));
        for (const Heard& heard : m_heard) EXPECT_TRUE(heard.stored);
    }
};

TEST_F(TurnGroupTest, LastsAndIsHeardOfWhenItIsSettled) {
    for (int number = 1; number <= 4; ++number) EXPECT_TRUE(recordTurn(number));
    EXPECT_TRUE(m_recorder->grouping());
    EXPECT_TRUE(m_recorder->holds(m_exchange));
    EXPECT_TRUE(m_heard.empty());
    EXPECT_EQ(reader().sessions().value().at(0).turns, 0);
    m_recorder->settle();
    EXPECT_TRUE(m_recorder->grouping()) << "it is not time yet, and nobody waits";
    m_recorder->settle(true);
    EXPECT_FALSE(m_recorder->grouping());
    EXPECT_FALSE(m_recorder->holds(m_exchange));
    expectTurns(4);
}

TEST_F(TurnGroupTest, EndsByItselfAfterItsTimeAndByItsSize) {
    m_groupFor = std::chrono::milliseconds(1);
    startRecorder("short");
    recordTurn(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    m_recorder->settle();
    EXPECT_FALSE(m_recorder->grouping());
    m_groupFor = std::chrono::hours(1);
    startRecorder("large");
    const std::string text(TurnRecorder::kMaxGroupedBody * 3 / 4, 'x');
    for (int turn = 0; turn < 5; ++turn) {
        EXPECT_LT(turn, 4) << "there is no end to it";
        record(R"({"role":"user","content":")" + text + R"("})", clicks("c1"), turn);
        m_recorder->settle();
        if (!m_recorder->grouping()) break;
    }
    record(R"({"role":"user","content":")" + text + text + R"("})", clicks("c1"));
    EXPECT_FALSE(m_recorder->grouping()) << "too large to keep others waiting";
}

TEST_F(TurnGroupTest, ThatIsLostOnAFullDiskIsStoredAnewInItsOrder) {
    for (int number = 1; number <= 3; ++number) EXPECT_TRUE(recordTurn(number));
    {
        const FullDisk full;
        m_recorder->settle(true);
        EXPECT_FALSE(m_recorder->grouping());
        EXPECT_TRUE(m_recorder->waiting());
        EXPECT_TRUE(m_recorder->holds(m_exchange));
        EXPECT_TRUE(m_heard.empty());
        EXPECT_FALSE(recordTurn(4));
    }
    EXPECT_EQ(reader().sessions().value().at(0).turns, 0);
    EXPECT_TRUE(m_recorder->retry());
    expectTurns(4);
    const auto marks = reader().gapMarks(m_heard[0].session.id).value();
    ASSERT_EQ(marks.size(), 1U);
    EXPECT_NE(marks[0].reason.find("4 turns from here on were stored late"), std::string::npos) << marks[0].reason;
}

TEST_F(TurnGroupTest, ThatIsLostInTheMiddleTakesNothingOfWhatLastsWithIt) {
    recordTurn(1);
    RequestReceived second = requestOf(messagesBody(conversation(2)), ++m_exchange, 20);
    EXPECT_TRUE(m_recorder->begin(second));
    m_recorder->settle(true);  // the second is begun for good, its reply not yet there
    ReplyReceived reply = clicks("c2");
    reply.exchange = m_exchange;
    EXPECT_TRUE(m_recorder->finish(reply));
    EXPECT_TRUE(recordTurn(3));
    {
        const FullDisk full;
        recordTurn(4);  // which may go well: the disk is only asked at the end
        m_recorder->settle(true);
        EXPECT_TRUE(m_recorder->waiting());
    }
    EXPECT_TRUE(m_recorder->retry());
    expectTurns(4);
}

TEST_F(TurnGroupTest, GivesWayToOthersThatWantToWrite) {
    recordTurn(1);
    m_recorder->settle(true);
    recordTurn(2);
    ASSERT_TRUE(m_recorder->grouping());
    model::Note note;
    note.session = m_heard[0].session.id;
    note.text = "now";
    auto others = storage::TraceWriter::open(store());
    ASSERT_TRUE(others) << others.error().message;
    support::Result<support::NoteId> added = support::Error{support::ErrorCode::internal, "not yet"};
    std::thread other([&] { added = others->addNote(note); });
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(4);
    while (m_recorder->grouping() && std::chrono::steady_clock::now() < patience) {
        m_recorder->settle();
        std::this_thread::sleep_for(TurnRecorder::kGroupPoll);
    }
    EXPECT_FALSE(m_recorder->grouping());
    other.join();
    EXPECT_TRUE(added) << added.error().message;
    expectTurns(2);
}

TEST_F(TurnGroupTest, IsSettledWhenTheRecorderGoes) {
    recordTurn(1);
    recordTurn(2);
    m_recorder.reset();
    expectTurns(2);
}

}  // namespace
}  // namespace turntable::turns
