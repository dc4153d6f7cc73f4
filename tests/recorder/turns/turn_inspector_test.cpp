#include "recorder/turns/turn_inspector.h"

#include <gtest/gtest.h>

#include "tests/recorder/turns/stored_turns.h"

namespace turntable::turns {
namespace {

using namespace turntable::turns::testing;

class TurnInspectorTest : public StoredTurns {
protected:
    InspectedTurn inspect(std::size_t heard) {
        auto inspected = inspectTurn(reader(), m_heard.at(heard).turn.id);
        EXPECT_TRUE(inspected) << inspected.error().message;
        return inspected ? *std::move(inspected) : InspectedTurn{};
    }
    static std::string newTexts(const InspectedTurn& inspected) {
        std::string texts;
        for (const InspectedPart& part : inspected.parts) {
            if (part.isNew) texts += std::string(model::partKindName(part.part.kind)) + " ";
        }
        return texts;
    }
};

TEST_F(TurnInspectorTest, GivesPartsTextAndReply) {
    record(kUserMessage, clicks("c1"));
    const InspectedTurn inspected = inspect(0);
    EXPECT_EQ(inspected.request, messagesBody(kUserMessage));
    EXPECT_EQ(inspected.response, clicks("c1").body);
    ASSERT_EQ(inspected.parts.size(), 4U);
    EXPECT_EQ(inspected.parts.back().text, "buy milk");
    EXPECT_TRUE(inspected.parts.back().part.tokens.tokens.has_value());
    EXPECT_EQ(newTexts(inspected), "system tool_schema tool_schema text ");
    EXPECT_EQ(inspected.sharedPrefixBytes, 0U);
    ASSERT_EQ(inspected.reply.blocks.size(), 1U);
    EXPECT_EQ(inspected.reply.blocks[0].arguments, R"({"target":"e2"})");
    EXPECT_TRUE(inspected.results.empty());
    EXPECT_FALSE(inspected.screenAfter.has_value());
}

TEST_F(TurnInspectorTest, TellsWhatIsNewSinceTheParent) {
    record(kUserMessage, clicks("c1"));
    record(kUserMessage + "," + step("c1", "clicked"), clicks("c2"));
    const InspectedTurn inspected = inspect(1);
    EXPECT_EQ(newTexts(inspected), "tool_use tool_result ");
    const std::string common = messagesBody(kUserMessage);
    EXPECT_EQ(inspected.sharedPrefixBytes, common.size() - 2);
}

TEST_F(TurnInspectorTest, FindsResultsAndTheNextScreen) {
    record(kUserMessage, clicks("c1"));
    record(kUserMessage + "," + step("c1", kSnapshot), clicks("c2"));
    const InspectedTurn inspected = inspect(0);
    ASSERT_EQ(inspected.results.size(), 1U);
    EXPECT_EQ(inspected.results[0].callId, "c1");
    EXPECT_NE(inspected.results[0].text.find("button \"Save\""), std::string::npos);
    EXPECT_FALSE(inspected.screenBefore.has_value());
    ASSERT_TRUE(inspected.screenAfter.has_value());
    EXPECT_EQ(inspected.screenAfter->elements.size(), 2U);
    EXPECT_EQ(inspect(1).screenBefore, inspected.screenAfter);
}

TEST_F(TurnInspectorTest, GivesNoPartsOfARequestThatCannotBeRead) {
    m_recorder->begin(requestOf("{broken", 7));
    ReplyReceived reply = replyOf({{1, R"({"error":{"message":"parse error"}})"}}, kLlamaJson);
    reply.exchange = 7;
    reply.httpStatus = 400;
    m_recorder->finish(reply);
    const InspectedTurn inspected = inspect(0);
    EXPECT_EQ(inspected.request, "{broken");
    EXPECT_TRUE(inspected.parts.empty());
    EXPECT_EQ(inspected.reply.error, "parse error");
}

TEST_F(TurnInspectorTest, ReadsATurnThatIsStillOpen) {
    m_recorder->begin(requestOf(messagesBody(kUserMessage), 7));
    const auto from = reader();
    const auto turn = from.turnByNumber(from.findSession("desk").value().id, 1);
    ASSERT_TRUE(turn) << turn.error().message;
    const auto inspected = inspectTurn(from, turn->id);
    ASSERT_TRUE(inspected) << inspected.error().message;
    EXPECT_EQ(inspected->parts.size(), 4U);
    EXPECT_EQ(inspected->response, "");
    EXPECT_TRUE(inspected->reply.blocks.empty());
}

TEST_F(TurnInspectorTest, RefusesATurnThatIsNotThere) {
    const auto inspected = inspectTurn(reader(), support::TurnId{99});
    ASSERT_FALSE(inspected);
    EXPECT_EQ(inspected.error().code, support::ErrorCode::notFound);
}

}  // namespace
}  // namespace turntable::turns
