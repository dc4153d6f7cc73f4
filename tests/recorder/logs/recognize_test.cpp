#include "recorder/logs/recognize.h"

#include <gtest/gtest.h>

#include "tests/recorder/logs/logs_fixture.h"

namespace turntable::logs {
namespace {

using testing::contentOf;
using testing::fixture;

std::string formatOf(std::string_view head) {
    const auto format = recognizeFormat(head);
    return format ? std::string(logFormatName(*format)) : format.error().message;
}

TEST(RecognizeFormat, TellsFormatsByTheirContent) {
    EXPECT_EQ(formatOf(contentOf(fixture("claude-trace.jsonl"))), "claude-trace");
    EXPECT_EQ(formatOf(contentOf(fixture("calls.har"))), "har");
    EXPECT_EQ(formatOf(contentOf(fixture("claude-code.jsonl"))), "claude-code");
    EXPECT_EQ(formatOf(std::string_view("SQLite format 3\0", 16)), "store");
}

TEST(RecognizeFormat, NeedsNoWholeLine) {
    EXPECT_EQ(formatOf(R"({"request":{"timestamp":1)"), "claude-trace");
    EXPECT_EQ(formatOf("\xef\xbb\xbf \r\n{ \"log\" : {"), "har");
    EXPECT_EQ(formatOf(R"({"parentUuid":null,"isSidechain":fal)"), "claude-code");
}

TEST(RecognizeFormat, LooksAtTheNextLineWhenOneIsBroken) {
    EXPECT_EQ(formatOf("{\"cut\n{\"a\":1}\n{\"sessionId\":\"x\",\"type\":\"user\"}\n"), "claude-code");
}

TEST(RecognizeFormat, TakesNamesInsideOfValuesForNothing) {
    EXPECT_NE(formatOf(R"({"a":{"request":{}},"b":"\"log\":{"})"), "claude-trace");
    EXPECT_NE(formatOf(R"({"log":"no object"})"), "har");
}

TEST(RecognizeFormat, SaysWhatAFileIsInstead) {
    const auto expectSays = [](std::string_view head, const std::string& what) {
        EXPECT_NE(formatOf(head).find(what), std::string::npos) << formatOf(head);
    };
    expectSays("", "the file is empty");
    expectSays(" \n", "the file is empty");
    expectSays(std::string_view("\xff\xfe{\0", 4), "UTF-16");
    expectSays("\x1f\x8b\x08", "compressed");
    expectSays("Dear diary,\n", "begins with \"Dear diary,.\"");
    expectSays("<html>", "begins with \"<html>\"");
}

TEST(RecognizeFormat, IsQuickWithBracketsThatNeverClose) {
    std::string head;
    while (head.size() < kHeadBytes) head += "{\n";
    EXPECT_FALSE(recognizeFormat(head));
}

}  // namespace
}  // namespace turntable::logs
