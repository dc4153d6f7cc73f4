#include "replay/run/question.h"

#include <gtest/gtest.h>

#include "tests/replay/trace_text.h"

namespace turntable::run {
namespace {

TEST(PrepareQuestion, LeavesTheBytesAloneWhenNothingIsAskedFor) {
    const auto question = prepareQuestion({}, tests::messagesRequest(2), {{}, {}, false});
    ASSERT_TRUE(question.ok());
    EXPECT_EQ(question->body, tests::messagesRequest(2));
}

TEST(PrepareQuestion, ChangesTheModelNameAlone) {
    std::string expected = tests::messagesRequest(1);
    expected.replace(expected.find("claude-x"), 8, "qwen");
    const auto question = prepareQuestion({}, tests::messagesRequest(1), {"qwen", {}, false});
    ASSERT_TRUE(question.ok());
    EXPECT_EQ(question->body, expected);
}

TEST(PrepareQuestion, SaysWhatCannotBeRead) {
    const auto question = prepareQuestion({}, "{", {"qwen", {}, false});
    ASSERT_FALSE(question.ok());
    EXPECT_EQ(question.error().code, support::ErrorCode::corrupt);
    EXPECT_TRUE(question.error().message.starts_with("the recorded request: ")) << question.error().message;
}

}  // namespace
}  // namespace turntable::run
