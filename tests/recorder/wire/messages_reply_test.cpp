#include <gtest/gtest.h>

#include "recorder/wire/response.h"
#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using test::describe;

/// Feeds events one by one, each a millisecond after the one before.
ParsedReply streamOf(const std::vector<std::string>& events) {
    const auto parser = makeReplyParser(model::Api::anthropicMessages, 200, "text/event-stream", "");
    double at = 0;
    for (const std::string& event : events) parser->feed("data: " + event + "\n\n", support::fromMs(++at));
    parser->finish();
    return parser->reply();
}

std::string start(const std::string& usage) {
    return R"({"type":"message_start","message":{"id":"m","model":"x","content":[],"usage":)" + usage + "}}";
}
std::string end(const std::string& usage) {
    return R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":)" + usage + "}";
}
const std::string kStop = R"({"type":"message_stop"})";

std::string usageOf(const std::string& startUsage, const std::string& endUsage) {
    const std::string all = describe(streamOf({start(startUsage), end(endUsage), kStop}));
    const std::size_t at = all.find("usage ");
    return all.substr(at + 6, all.find('\n', at) - at - 6);
}

TEST(MessagesUsage, AddsWhatIsCachedToTheInput) {
    EXPECT_EQ(
        usageOf(
            R"({"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":5,"output_tokens":1})",
            R"({"output_tokens":7})"),
        "input 10 read 100 creation 5 output 7 prompt 115");
}

TEST(MessagesUsage, LaterCountsReplaceEarlierOnes) {
    // Ollama: an estimate first, the real total at the end, nothing about the cache.
    EXPECT_EQ(usageOf(R"({"input_tokens":500,"output_tokens":0})", R"({"input_tokens":1234,"output_tokens":7})"),
              "input 1234 read - creation - output 7 prompt 1234");
    // The documented API: all four counts again.
    EXPECT_EQ(
        usageOf(
            R"({"input_tokens":10,"cache_read_input_tokens":0,"cache_creation_input_tokens":90,"output_tokens":1})",
            R"({"input_tokens":12,"cache_read_input_tokens":0,"cache_creation_input_tokens":90,"output_tokens":8})"),
        "input 12 read 0 creation 90 output 8 prompt 102");
}

TEST(MessagesUsage, ZeroInputIsNoCount) {
    EXPECT_EQ(usageOf(R"({"input_tokens":0,"output_tokens":0})", R"({"output_tokens":9})"),
              "input - read - creation - output 9 prompt -");
    EXPECT_EQ(usageOf(R"({"input_tokens":0,"output_tokens":0})", R"({"input_tokens":321,"output_tokens":9})"),
              "input 321 read - creation - output 9 prompt 321");
    // A gateway that fills in zeros for the cache before it knows.
    EXPECT_EQ(usageOf(R"({"input_tokens":0,"cache_read_input_tokens":0,"cache_creation_input_tokens":0})",
                      R"({"input_tokens":50,"output_tokens":2})"),
              "input 50 read - creation - output 2 prompt 50");
    // Zero with a full hit is a count.
    EXPECT_EQ(usageOf(R"({"input_tokens":0,"cache_read_input_tokens":70})", R"({"output_tokens":0})"),
              "input 0 read 70 creation - output 0 prompt 70");
}

TEST(MessagesUsage, NullAndNonsenseAreAbsent) {
    EXPECT_EQ(usageOf(R"({"input_tokens":5,"cache_read_input_tokens":null,"cache_creation_input_tokens":"many"})",
                      R"({"input_tokens":null,"output_tokens":null})"),
              "input 5 read - creation - output - prompt 5");
    EXPECT_EQ(usageOf("null", "null"), "input - read - creation - output - prompt -");
}

TEST(MessagesReply, FirstContentIsTheFirstThatIsNotEmpty) {
    const ParsedReply reply =
        streamOf({start("null"), R"({"type":"ping"})",
                  R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
                  R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}})",
                  R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})",
                  R"({"type":"content_block_stop","index":0})", kStop});
    EXPECT_EQ(reply.messageStart, support::fromMs(1));
    EXPECT_EQ(reply.firstContent, support::fromMs(5));
    EXPECT_EQ(reply.lastContent, support::fromMs(5));
    EXPECT_TRUE(reply.oddities.empty());
}

TEST(MessagesReply, AToolsNameIsContent) {
    const ParsedReply reply = streamOf(
        {start("null"),
         R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"click"}})"});
    EXPECT_EQ(reply.firstContent, support::fromMs(2));
}

std::string argumentsOf(const std::string& block, const std::vector<std::string>& pieces) {
    std::vector<std::string> events = {start("null"),
                                       R"({"type":"content_block_start","index":0,"content_block":)" + block + "}"};
    for (const std::string& piece : pieces) {
        events.push_back(
            R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":")" + piece +
            "\"}}");
    }
    events.push_back(R"({"type":"content_block_stop","index":0})");
    return streamOf(events).blocks.at(0).arguments;
}

TEST(MessagesReply, ArgumentsAreKeptAsTheyCame) {
    const std::string bare = R"({"type":"tool_use","id":"t","name":"f"})";
    const std::string empty = R"({"type":"tool_use","id":"t","name":"f","input":{}})";
    const std::string whole = R"({"type":"tool_use","id":"t","name":"f","input":{ "x":1.0 }})";
    EXPECT_EQ(argumentsOf(bare, {"{\\\"x\\\":", " 1.50}"}), "{\"x\": 1.50}");
    EXPECT_EQ(argumentsOf(empty, {"", "{\\\"x\\\":1}"}), "{\"x\":1}");
    EXPECT_EQ(argumentsOf(whole, {}), "{ \"x\":1.0 }");
    EXPECT_EQ(argumentsOf(whole, {"{}"}), "{}");
    EXPECT_EQ(argumentsOf(empty, {""}), "{}");
    EXPECT_EQ(argumentsOf(bare, {""}), "");
}

TEST(MessagesReply, ReadsAnErrorInTheMiddleOfAStream) {
    EXPECT_EQ(
        streamOf({start("null"), R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"})
            .error,
        "Overloaded");
    EXPECT_EQ(streamOf({start("null"), R"({"code":500,"message":"out of memory","type":"server_error"})"}).error,
              "out of memory");
    const auto parser = makeReplyParser(model::Api::anthropicMessages, 200, "text/event-stream", "");
    parser->feed("event: error\ndata: {\"code\":500,\"message\":\"slot lost\",\"type\":\"server_error\"}\n\n", {});
    parser->feed("event: error\ndata: plain words\n\n", {});
    parser->finish();
    EXPECT_EQ(parser->reply().error, "slot lost");
    EXPECT_FALSE(parser->reply().ended);
}

TEST(MessagesReply, KeepsDeltasOfABlockThatNeverStarted) {
    EXPECT_EQ(
        describe(streamOf({R"({"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"lost"}})",
                           R"({"type":"content_block_stop","index":9})", kStop})),
        "id \nmodel \nstop \ntext closed [lost]   \nusage input - read - creation - output - prompt -\nended\n"
        "odd: a delta of block 3 came without its start\n"
        "odd: a stop of a block that was not started\n"
        "odd: the stream has no message_start\n");
}

TEST(MessagesReply, NamesWhatItDoesNotKnow) {
    EXPECT_EQ(
        describe(streamOf(
            {start("null"), R"({"type":"content_block_start","index":0,"content_block":{"type":"hologram"}})",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"hologram_delta","x":1}})",
             R"({"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","name":"web"}})",
             R"({"type":"telemetry"})", kStop})),
        "id m\nmodel x\nstop \nunknown closed []   \nunknown closed [] web  \n"
        "usage input - read - creation - output - prompt -\nended\n"
        "odd: unknown content block type \"hologram\"\n"
        "odd: unknown delta type \"hologram_delta\"\n"
        "odd: unknown event \"telemetry\"\n");
}

TEST(MessagesReply, NumbersMayBeUsedAgainOnceABlockIsStopped) {
    const std::string block = R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}})";
    const ParsedReply reply =
        streamOf({start("null"), block, R"({"type":"content_block_stop","index":0})", block, kStop});
    EXPECT_EQ(reply.blocks.size(), 2U);
    EXPECT_TRUE(reply.oddities.empty());
}

}  // namespace
}  // namespace turntable::wire
