#include "recorder/wire/shim.h"

#include <gtest/gtest.h>

#include "tests/recorder/wire/shim_text.h"

namespace turntable::wire {
namespace {

using namespace turntable::wire::test;  // what the shim says, spelled out
using Wanted = Shim::Wanted;

TEST(Shim, TellsEachEventAsItComes) {
    Shim shim(Wanted::stream, "claude-x", "fallback");
    const ShimPiece head = shim.head(200, "text/event-stream; charset=utf-8", "");
    ASSERT_TRUE(head.head);
    EXPECT_EQ(head.head->status, 200);
    EXPECT_EQ(head.head->contentType, "text/event-stream");
    EXPECT_EQ(head.bytes, "");
    const auto next = [&](const std::string& data) { return events(shim.feed("data: " + data + "\n\n").bytes); };
    EXPECT_EQ(next(delta(R"("role":"assistant","content":null)")), kStart);
    EXPECT_EQ(next(delta(R"("content":"")")), "") << "an empty delta says nothing";
    EXPECT_EQ(next(delta(R"("content":"Hel")")), textStart(0) + textDelta(0, "Hel"));
    EXPECT_EQ(next(delta(R"("content":"lo \"ä\"\n")")), textDelta(0, R"(lo \"ä\"\n)"));
    EXPECT_EQ(next(finish("stop")), blockStop(0));
    EXPECT_EQ(next(usage(R"("prompt_tokens":786,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":614})")),
              "");
    EXPECT_EQ(
        next(kDone),
        messageDelta("end_turn", R"({"input_tokens":172,"cache_read_input_tokens":614,"output_tokens":2})") + kStop);
    EXPECT_EQ(shim.finish().bytes, "");
}

TEST(Shim, KeepsThinkingApart) {
    EXPECT_EQ(shimmed({delta(R"("reasoning_content":"h")"), delta(R"("reasoning_content":"m")"),
                       delta(R"("content":"ok")"), finish("stop"), kDone}),
              kStart +
                  R"(content_block_start {"index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})"
                  "\n"
                  R"(content_block_delta {"index":0,"delta":{"type":"thinking_delta","thinking":"h"}})"
                  "\n"
                  R"(content_block_delta {"index":0,"delta":{"type":"thinking_delta","thinking":"m"}})"
                  "\n"
                  R"(content_block_delta {"index":0,"delta":{"type":"signature_delta","signature":""}})"
                  "\n" +
                  blockStop(0) + textStart(1) + textDelta(1, "ok") + blockStop(1) + messageDelta("end_turn", kNoUsage) +
                  kStop);
}

TEST(Shim, StreamsArgumentsAndClosesOneCallBeforeTheNext) {
    EXPECT_EQ(shimmed({delta(R"("content":"go")"),
                       calls(R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}})"),
                       calls(R"({"index":0,"function":{"arguments":"{\"x\""}})"),
                       calls(R"({"index":0,"function":{"arguments":":1}"}})"),
                       calls(R"({"index":1,"id":"b","function":{"name":"g","arguments":"{}"}})"), finish("tool_calls"),
                       kDone}),
              kStart + textStart(0) + textDelta(0, "go") + blockStop(0) + callStart(1, "a", "f") +
                  jsonDelta(1, R"({\"x\")") + jsonDelta(1, ":1}") + blockStop(1) + callStart(2, "b", "g") +
                  jsonDelta(2, "{}") + blockStop(2) + messageDelta("tool_use", kNoUsage) + kStop);
}

TEST(Shim, KeepsInterleavedCallsOpenUntilTheyAreWhole) {
    EXPECT_EQ(
        shimmed(
            {calls(
                 R"({"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{"}})"),
             calls(R"({"index":1,"function":{"arguments":"}"}})"), calls(R"({"index":0,"function":{"arguments":"}"}})"),
             finish("tool_calls"), kDone}),
        kStart + callStart(0, "a", "f") + jsonDelta(0, "{") + callStart(1, "b", "g") + jsonDelta(1, "{") +
            jsonDelta(1, "}") + jsonDelta(0, "}") + blockStop(0) + blockStop(1) + messageDelta("tool_use", kNoUsage) +
            kStop);
}

TEST(Shim, StartsACallWhenItsNameIsKnown) {
    EXPECT_EQ(
        shimmed({calls(R"({"index":0,"id":"a","function":{"arguments":"{\"a"}})"),
                 calls(R"({"index":0,"function":{"name":"f"}})"),
                 calls(R"({"index":0,"function":{"name":"f","arguments":"\":1}"}})"), finish("tool_calls"), kDone}),
        kStart + callStart(0, "a", "f") + jsonDelta(0, R"({\"a)") + jsonDelta(0, R"(\":1})") + blockStop(0) +
            messageDelta("tool_use", kNoUsage) + kStop);
}

TEST(Shim, NamesACallThatTheServerDidNot) {
    EXPECT_EQ(
        shimmed({calls(R"({"index":0,"function":{"name":"f","arguments":{"x":[1]}}})"), finish("tool_calls"), kDone}),
        kStart + callStart(0, "call_m_0", "f") + jsonDelta(0, R"({\"x\":[1]})") + blockStop(0) +
            messageDelta("tool_use", kNoUsage) + kStop);
}

TEST(Shim, ACallWithoutArgumentsStreamsNone) {
    EXPECT_EQ(
        shimmed({calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":""}})"), finish("tool_calls"), kDone}),
        kStart + callStart(0, "a", "f") + blockStop(0) + messageDelta("tool_use", kNoUsage) + kStop);
}

TEST(Shim, TranslatesStopReasons) {
    const auto reasonFor = [](const std::string& reason) {
        const std::string all = shimmed({delta(R"("content":"a")"), finish(reason), kDone});
        const std::string mark = "\"stop_reason\":\"";
        const std::size_t begin = all.find(mark) + mark.size();
        return all.substr(begin, all.find('"', begin) - begin);
    };
    EXPECT_EQ(reasonFor("stop"), "end_turn");
    EXPECT_EQ(reasonFor("length"), "max_tokens");
    EXPECT_EQ(reasonFor("content_filter"), "refusal");
    EXPECT_EQ(reasonFor("abort"), "abort") << "a word of the server's own goes on as it is";
}

TEST(Shim, ACallBehindWhichAServerSaysStopIsAToolUse) {
    EXPECT_EQ(
        shimmed({calls(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})"), finish("stop"), kDone}),
        kStart + callStart(0, "a", "f") + jsonDelta(0, "{}") + blockStop(0) + messageDelta("tool_use", kNoUsage) +
            kStop);
}

TEST(Shim, TellsTheStopSequenceWhereTheServerDoes) {
    EXPECT_NE(
        shimmed({delta(R"("content":"a")"),
                 chunk(R"("choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":"END"}])"), kDone})
            .find(R"("delta":{"stop_reason":"stop_sequence","stop_sequence":"END"})"),
        std::string::npos);
}

TEST(Shim, PassesTheServersTimingsOn) {
    const std::string timings =
        R"({"cache_n":614,"prompt_n":172,"prompt_ms":111.10,"predicted_n":64,"predicted_ms":312.458})";
    const std::string last = chunk("\"choices\":[],\"timings\":" + timings);
    EXPECT_EQ(shimmed({delta(R"("content":"a")"), finish("stop"), last, kDone}),
              kStart + textStart(0) + textDelta(0, "a") + blockStop(0) +
                  messageDelta("end_turn", R"({"input_tokens":172,"cache_read_input_tokens":614,"output_tokens":64})",
                               ",\"timings\":" + timings) +
                  kStop)
        << "the timings count the same tokens, where there is no usage";
}

TEST(Shim, StartsWithTheCountsThatAreKnownThen) {
    const std::string first = chunk(
        R"("choices":[{"index":0,"delta":{"role":"assistant"}}],"usage":{"prompt_tokens":7,"completion_tokens":0})");
    EXPECT_NE(shimmed({first}).find(R"("usage":{"input_tokens":7,"output_tokens":0})"), std::string::npos);
    EXPECT_NE(
        shimmed(
            {chunk(
                R"("choices":[{"index":0,"delta":{"role":"assistant"}}],"usage":{"prompt_tokens":0,"completion_tokens":0})")})
            .find(R"("usage":{"input_tokens":null,"output_tokens":0})"),
        std::string::npos)
        << "no prompt is empty: a 0 says nothing";
}

TEST(Shim, PassesKeepAlivesOnAndWaitsForTheMessage) {
    EXPECT_EQ(
        shimmedBytes(": keep-alive\n\n:\n\ndata: {\"choices\":[],\"prompt_filter_results\":[]}\n\ndata: ping\n\n"
                     "data: {\"choices\":[{\"index\":0,\"delta\":{}}],\"prompt_progress\":{\"total\":9}}\n\n"),
        ": keep-alive\n\n:\n\nevent: error\ndata: "
        "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the server's stream ended in the middle "
        "of the "
        "reply\"}}\n\n");
}

TEST(Shim, WritesDocuments) {
    const auto reply = document(
        Wanted::document, 200, "application/json",
        R"({"id":"m","model":"q","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","reasoning_content":"hm","content":"go","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.0}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]}}],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3}},"timings":{"prompt_n":6,
"prompt_ms":1.50}})");
    EXPECT_EQ(
        reply,
        "200 application/json\n"
        R"({"id":"m","type":"message","role":"assistant","model":"q","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"go"},{"type":"tool_use","id":"a","name":"f","input":{"x": 1.0}},{"type":"tool_use","id":"b","name":"g","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":6,"cache_read_input_tokens":3,"output_tokens":4},"timings":{"prompt_n":6, "prompt_ms":1.50}})");
}

TEST(Shim, GivesUnnamedMessagesANameOfTheirOwn) {
    EXPECT_EQ(
        document(Wanted::document, 200, "application/json",
                 R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})"),
        "200 application/json\n"
        R"({"id":"fallback","type":"message","role":"assistant","model":"asked","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":null,"output_tokens":null}})");
}

TEST(Shim, GivesADocumentAsTheStreamThatWasWanted) {
    const std::string body =
        R"({"id":"m","model":"q","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})";
    const std::string whole =
        kStart + textStart(0) + textDelta(0, "hi") + blockStop(0) + messageDelta("end_turn", kNoUsage) + kStop;
    EXPECT_EQ(events(document(Wanted::stream, 200, "application/json", body)), "200 text/event-stream\n" + whole);
    EXPECT_EQ(events(document(Wanted::stream, 200, "text/event-stream", body)), "200 text/event-stream\n" + whole)
        << "whatever it is announced as";
}

TEST(Shim, TakesAStreamThatIsNotAnnounced) {
    const std::string body =
        "data: " + delta(R"("content":"hi")") + "\n\ndata: " + finish("stop") + "\n\ndata: [DONE]\n\n";
    const std::string whole =
        kStart + textStart(0) + textDelta(0, "hi") + blockStop(0) + messageDelta("end_turn", kNoUsage) + kStop;
    EXPECT_EQ(events(document(Wanted::stream, 200, "", body)), "200 text/event-stream\n" + whole);
    EXPECT_EQ(
        document(Wanted::document, 200, "text/event-stream", body),
        "200 application/json\n"
        R"({"id":"m","type":"message","role":"assistant","model":"q","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":null,"output_tokens":null}})")
        << "nor one that was not asked for";
}

TEST(ShimRequest, FollowsFromTheBytes) {
    const auto request = shimRequest(
        R"({"model":"claude-x","max_tokens":9,"stream":true,"top_k":4,"metadata":{"user_id":"u"},"messages":[{"role":"user","content":"hi"}]})");
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(
        request->body,
        R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}],"max_tokens":9,"stream":true,"stream_options":{"include_usage":true}})");
    EXPECT_EQ(request->dropped, (std::vector<std::string>{"top_k", "metadata"}));
    EXPECT_EQ(request->model, "claude-x");
    EXPECT_TRUE(request->streaming);
    EXPECT_FALSE(shimRequest("{").ok());
    EXPECT_FALSE(shimRequest(R"({"model":"x"})").ok());
}

}  // namespace
}  // namespace turntable::wire
