#include "recorder/turns/turn_recovery.h"

#include <gtest/gtest.h>

#include "tests/recorder/turns/stored_turns.h"

namespace turntable::turns {
namespace {

using namespace turntable::turns::testing;

class TurnRecoveryTest : public StoredTurns {
protected:
    /// A turn whose recorder is gone, and a writer that comes after it.
    support::TurnId tornTurn(const std::string& messages) {
        EXPECT_TRUE(m_recorder->begin(requestOf(messagesBody(messages), 7)));
        m_recorder.reset();
        const auto from = reader();
        return from.turnByNumber(from.findSession("desk").value().id, 1).value().id;
    }
    support::Status finishStored(support::TurnId turn, const ReplyReceived& reply) {
        auto writer = storage::TraceWriter::open(store());
        if (!writer) return writer.error();
        return finishStoredTurn(reader(), *writer, turn, reply);
    }
};

TEST_F(TurnRecoveryTest, EndsATurnAsItsRecorderWouldHave) {
    const support::TurnId torn = tornTurn(kUserMessage + "," + step("c1", kSnapshot));
    const support::Status finished = finishStored(torn, clicks("c2"));
    ASSERT_TRUE(finished) << finished.error().message;
    const auto recovered = reader().turn(torn).value();

    startRecorder("again");
    ASSERT_TRUE(record(kUserMessage + "," + step("c1", kSnapshot), clicks("c2")));
    model::Turn straight = reader().turn(m_heard.back().turn.id).value();
    straight.id = recovered.id;
    straight.session = recovered.session;
    straight.screenId = recovered.screenId;
    EXPECT_EQ(recovered, straight);
    EXPECT_EQ(reader().responseBody(torn).value(), clicks("c2").body);
    EXPECT_EQ(reader().findSession("desk").value().model, "rand");
}

TEST_F(TurnRecoveryTest, InterruptsAReplyThatWasStillComing) {
    const support::TurnId torn = tornTurn(kUserMessage);
    ReplyReceived half = replyOf({{100, messageStart() + textBlock("hal")}}, kLlamaStream);
    half.end = ExchangeEnd::recorderStopped;
    ASSERT_TRUE(finishStored(torn, half));
    const auto turn = reader().turn(torn).value();
    EXPECT_EQ(turn.status, model::TurnStatus::interrupted);
    EXPECT_EQ(turn.text, "hal");
    EXPECT_EQ(reader().responseBody(torn).value(), half.body);
}

TEST_F(TurnRecoveryTest, FindsLinkedFilesInTheStoreAgain) {
    const support::TurnId torn =
        tornTurn(kUserMessage + "," + step("c1", R"(### Snapshot\n- [Snapshot](.playwright-mcp/page.yml))"));
    ASSERT_TRUE(finishStored(torn, clicks("c2")));
    const auto turn = reader().turn(torn).value();
    ASSERT_TRUE(turn.screenId.has_value());
    EXPECT_EQ(reader().screen(*turn.screenId).value().elements.at(0).text, "Linked");
}

TEST_F(TurnRecoveryTest, LeavesATurnAloneThatHasItsReply) {
    record(kUserMessage, clicks("c1"));
    const support::TurnId whole = m_heard[0].turn.id;
    ReplyReceived other = replyOf({{1, messageStart()}}, kLlamaStream);
    ASSERT_TRUE(finishStored(whole, other));
    EXPECT_EQ(reader().responseBody(whole).value(), clicks("c1").body);
}

TEST_F(TurnRecoveryTest, RefusesATurnThatIsNotThere) {
    const support::Status finished = finishStored(support::TurnId{99}, clicks("c1"));
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, support::ErrorCode::notFound);
}

}  // namespace
}  // namespace turntable::turns
