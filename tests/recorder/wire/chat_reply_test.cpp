#include <gtest/gtest.h>

#include "recorder/wire/response.h"
#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using test::describe;

ParsedReply streamOf(const std::vector<std::string>& chunks) {
    const auto parser = makeReplyParser(model::Api::openaiChat, 200, "text/event-stream; charset=utf-8", "");
    double at = 0;
    for (const std::string& chunk : chunks) parser->feed("data: " + chunk + "\n\n", support::fromMs(++at));
    parser->finish();
    return parser->reply();
}

std::string delta(const std::string& members) { return R"({"choices":[{"index":0,"delta":{)" + members + "}}]}"; }
std::string calls(const std::string& list) { return delta("\"tool_calls\":[" + list + "]"); }
const std::string kFinish = R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})";

std::string blocksOf(const std::vector<std::string>& chunks) {
    const std::string all = describe(streamOf(chunks));
    const std::size_t begin = all.find("stop ");
    const std::size_t first = all.find('\n', begin) + 1;
    return all.substr(first, all.find("usage ") - first);
}

TEST(ChatReply, RoleFramesAndEmptyTextAreNoContent) {
    const ParsedReply reply = streamOf({delta(R"("role":"assistant","content":null)"), delta(R"("content":"")"),
                                        delta(R"("content":"a")"), delta(R"("content":"b")"), "[DONE]"});
    EXPECT_EQ(reply.messageStart, support::fromMs(1));
    EXPECT_EQ(reply.firstContent, support::fromMs(3));
    EXPECT_EQ(reply.lastContent, support::fromMs(4));
    EXPECT_TRUE(reply.ended);
    EXPECT_TRUE(reply.oddities.empty());
}

TEST(ChatReply, ReadsReasoningUnderBothNames) {
    EXPECT_EQ(blocksOf({delta(R"("reasoning_content":"h")"), delta(R"("reasoning_content":"m")"),
                        delta(R"("content":"ok")")}),
              "thinking open [hm]   \ntext open [ok]   \n");
    EXPECT_EQ(blocksOf({delta(R"("reasoning":"hm")"), delta(R"("content":"ok","reasoning_content":null)")}),
              "thinking open [hm]   \ntext open [ok]   \n");
}

TEST(ChatReply, JoinsCallsByTheirIndex) {
    EXPECT_EQ(
        blocksOf({calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":""}})"),
                  calls(R"({"index":1,"id":"b","function":{"name":"g","arguments":"{"}})"),
                  calls(R"({"index":0,"function":{"arguments":"{\"x\""}},{"index":1,"function":{"arguments":"}"}})"),
                  calls(R"({"index":0,"function":{"arguments":": 1.0}"}})"), kFinish}),
        "call closed [] f a {\"x\": 1.0}\ncall closed [] g b {}\n");
}

TEST(ChatReply, TakesCallsThatComeWholeAtTheEnd) {
    EXPECT_EQ(
        blocksOf(
            {delta(R"("content":"t")"),
             calls(
                 R"({"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"{}"}})")}),
        "text open [t]   \ncall open [] f a {}\ncall open [] f b {}\n");
    // Arguments as an object, not as text.
    EXPECT_EQ(blocksOf({calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":{ "x":1 }}})")}),
              "call open [] f a { \"x\":1 }\n");
}

TEST(ChatReply, ANewIdUnderAnOldIndexIsANewCall) {
    const ParsedReply reply =
        streamOf({calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})"),
                  calls(R"({"index":0,"id":"b","function":{"name":"g","arguments":"{}"}})"), "[DONE]"});
    ASSERT_EQ(reply.blocks.size(), 2U);
    EXPECT_EQ(reply.oddities, std::vector<std::string>{"two calls share the index 0"});
}

TEST(ChatReply, ReadsTheLegacyFunctionCall) {
    EXPECT_EQ(blocksOf({delta(R"("function_call":{"name":"f","arguments":"{"})"),
                        delta(R"("function_call":{"arguments":"}"})")}),
              "call open [] f  {}\n");
}

std::string usageOf(const std::vector<std::string>& chunks) {
    const std::string all = describe(streamOf(chunks));
    const std::size_t at = all.find("usage ");
    return all.substr(at + 6, all.find('\n', at) - at - 6);
}

TEST(ChatReply, CachedTokensAreInsideOfTheInput) {
    EXPECT_EQ(
        usageOf(
            {R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":90}}})"}),
        "input 100 read 90 creation - output 5 prompt 100");
    EXPECT_EQ(
        usageOf({R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":0,"prompt_tokens_details":null}})"}),
        "input 100 read - creation - output 0 prompt 100");
}

TEST(ChatReply, NullAndZeroUsageSayNothing) {
    EXPECT_EQ(usageOf({R"({"choices":[],"usage":null})"}), "input - read - creation - output - prompt -");
    EXPECT_EQ(
        usageOf(
            {R"({"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":0}}})"}),
        "input - read - creation - output 3 prompt -");
}

TEST(ChatReply, TheLastOfRepeatedUsageCounts) {
    EXPECT_EQ(usageOf({R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":1}})",
                       R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2}})"}),
              "input 10 read - creation - output 2 prompt 10");
}

TEST(ChatReply, TimingsOnTheWayAreNotTakenForUsage) {
    const std::string timings =
        R"("timings":{"cache_n":4,"prompt_n":6,"prompt_ms":1e300,"predicted_n":2,"predicted_ms":-1})";
    const ParsedReply cut = streamOf({R"({"choices":[{"delta":{"content":"a"}}],)" + timings + "}"});
    EXPECT_EQ(cut.usage.promptTotal, std::nullopt);
    EXPECT_EQ(cut.server.promptTokens, 6);
    EXPECT_EQ(cut.server.prefill, std::nullopt);
    EXPECT_EQ(cut.server.decode, std::nullopt);
    const ParsedReply whole =
        streamOf({R"({"choices":[{"delta":{},"finish_reason":"stop"}],)" + timings + "}", "[DONE]"});
    EXPECT_EQ(whole.usage.promptTotal, 10);
    EXPECT_EQ(whole.usage.output, 2);
}

TEST(ChatReply, ReadsAnErrorInTheMiddleOfAStream) {
    const ParsedReply reply = streamOf({delta(R"("content":"a")"), R"({"error":{"message":"slot lost","code":500}})"});
    EXPECT_EQ(reply.error, "slot lost");
    EXPECT_EQ(reply.blocks.size(), 1U);
    EXPECT_FALSE(reply.ended);
    const auto parser = makeReplyParser(model::Api::openaiChat, 200, "text/event-stream", "");
    parser->feed("error: {\"code\":500,\"message\":\"early form\"}\n\n", {});
    parser->finish();
    EXPECT_EQ(parser->reply().error, "early form");
}

TEST(ChatReply, ReadsTheFirstOfSeveralChoices) {
    const ParsedReply reply =
        streamOf({R"({"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]})"});
    EXPECT_EQ(reply.blocks.at(0).text, "a");
    EXPECT_EQ(reply.oddities.at(0), "more than one choice; the first is read");
}

TEST(ChatReply, ReadsADocumentWithCalls) {
    const std::string body =
        R"({"id":"i","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":)"
        R"([{"type":"text","text":"a"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}}]})";
    EXPECT_EQ(describe(parseStoredReply(model::Api::openaiChat, 200, "application/json", "", body, {})),
              "id i\nmodel m\nstop tool_calls\ntext closed [a]   \ncall closed [] f c {\"x\":1}\n"
              "usage input - read - creation - output - prompt -\nended\n");
}

}  // namespace
}  // namespace turntable::wire
