#include "recorder/wire/shim.h"

#include <gtest/gtest.h>

#include "recorder/wire/response.h"
#include "tests/recorder/wire/shim_text.h"
#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using Wanted = Shim::Wanted;
using test::calls;
using test::chunk;
using test::delta;
using test::events;
using test::finish;
using test::shimmed;
using test::usage;

const std::string kDone = "[DONE]";
const std::string kStart =
    R"(message_start {"message":{"id":"m","type":"message","role":"assistant","content":[],"model":"q","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":null,"output_tokens":null}}})"
    "\n";
const std::string kStop = "message_stop {}\n";

std::string textStart(int index) {
    return "content_block_start {\"index\":" + std::to_string(index) +
           R"(,"content_block":{"type":"text","text":""}})" + "\n";
}
std::string callStart(int index, const std::string& id, const std::string& name) {
    return "content_block_start {\"index\":" + std::to_string(index) + R"(,"content_block":{"type":"tool_use","id":")" +
           id + R"(","name":")" + name + R"(","input":{}}})" + "\n";
}
std::string textDelta(int index, const std::string& text) {
    return "content_block_delta {\"index\":" + std::to_string(index) + R"(,"delta":{"type":"text_delta","text":")" +
           text + "\"}}\n";
}
std::string jsonDelta(int index, const std::string& escaped) {
    return "content_block_delta {\"index\":" + std::to_string(index) +
           R"(,"delta":{"type":"input_json_delta","partial_json":")" + escaped + "\"}}\n";
}
std::string blockStop(int index) { return "content_block_stop {\"index\":" + std::to_string(index) + "}\n"; }
std::string messageDelta(const std::string& reason, const std::string& usageText, const std::string& more = {}) {
    return R"(message_delta {"delta":{"stop_reason":")" + reason + R"(","stop_sequence":null},"usage":)" + usageText +
           more + "}\n";
}
std::string errorEvent(const std::string& type, const std::string& message) {
    return R"(error {"error":{"type":")" + type + R"(","message":")" + message + "\"}}\n";
}

const std::string kNoUsage = R"({"input_tokens":null,"output_tokens":null})";

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
        test::shimmedBytes(": keep-alive\n\n:\n\ndata: {\"choices\":[],\"prompt_filter_results\":[]}\n\ndata: ping\n\n"
                           "data: {\"choices\":[{\"index\":0,\"delta\":{}}],\"prompt_progress\":{\"total\":9}}\n\n"),
        ": keep-alive\n\n:\n\nevent: error\ndata: "
        "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the server's stream ended in the middle "
        "of the "
        "reply\"}}\n\n");
}

TEST(Shim, TellsErrorsInTheStream) {
    const auto after = [](const std::string& event) {
        const std::string all =
            events(test::shimmedBytes("data: " + delta(R"("content":"a")") + "\n\n" + event +
                                      "\n\ndata: " + delta(R"("content":"b")") + "\n\ndata: [DONE]\n\n"));
        const std::string before = kStart + textStart(0) + textDelta(0, "a");
        EXPECT_TRUE(all.starts_with(before)) << all;
        return all.substr(before.size());
    };
    EXPECT_EQ(after(R"(data: {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})"),
              errorEvent("overloaded_error", "Loading model"));
    EXPECT_EQ(after("event: error\ndata: {\"code\":500,\"message\":\"out of memory\",\"type\":\"server_error\"}"),
              errorEvent("api_error", "out of memory"));
    EXPECT_EQ(after(R"(data: {"error":{"message":"slow down","type":"rate_limit_error"}})"),
              errorEvent("rate_limit_error", "slow down"));
    EXPECT_EQ(after("event: error\ndata: it broke"), errorEvent("api_error", "it broke"));
    EXPECT_TRUE(after("data: {\"choices\":[")
                    .starts_with(R"(error {"error":{"type":"api_error","message":"the server sent an event)"));
}

TEST(Shim, TellsAStreamThatEndsInTheMiddle) {
    const std::string cut = errorEvent("api_error", "the server's stream ended in the middle of the reply");
    const std::string begun = kStart + textStart(0) + textDelta(0, "a");
    EXPECT_EQ(shimmed({delta(R"("content":"a")")}), begun + cut);
    EXPECT_EQ(events(test::shimmedBytes("data: " + delta(R"("content":"a")") + "\n\ndata: {\"choi")), begun + cut);
    EXPECT_EQ(shimmed({}), cut);
    EXPECT_EQ(shimmed({kDone}), errorEvent("api_error", "the server's stream ended without a reply"));
    EXPECT_EQ(shimmed({delta(R"("content":"a")"), finish("stop")}),
              begun + blockStop(0) + messageDelta("end_turn", kNoUsage) + kStop)
        << "a server that said why it stopped may leave [DONE] out";

    Shim shim(Wanted::stream, "q", "f");
    static_cast<void>(shim.head(200, "text/event-stream", ""));
    static_cast<void>(shim.feed("data: " + delta(R"("content":"a")") + "\n\n"));
    EXPECT_EQ(events(shim.breakOff("127.0.0.1:1 broke off").bytes), errorEvent("api_error", "127.0.0.1:1 broke off"));
}

TEST(Shim, BreaksOffSilentlyWhileNothingWasSaid) {
    Shim shim(Wanted::document, "q", "f");
    static_cast<void>(shim.head(200, "application/json", ""));
    static_cast<void>(shim.feed("{\"choices\""));
    const ShimPiece piece = shim.breakOff("gone");
    EXPECT_FALSE(piece.head);
    EXPECT_EQ(piece.bytes, "");
}

TEST(Shim, WritesDocuments) {
    const auto reply = test::document(
        Wanted::document, 200, "application/json",
        R"({"id":"m","model":"q","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","reasoning_content":"hm","content":"go","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.0}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{\"x\": 1"}}]}}],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3}},"timings":{"prompt_n":6,
"prompt_ms":1.50}})");
    EXPECT_EQ(
        reply,
        "200 application/json\n"
        R"({"id":"m","type":"message","role":"assistant","model":"q","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"go"},{"type":"tool_use","id":"a","name":"f","input":{"x": 1.0}},{"type":"tool_use","id":"b","name":"g","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":6,"cache_read_input_tokens":3,"output_tokens":4},"timings":{"prompt_n":6, "prompt_ms":1.50}})");
}

TEST(Shim, GivesUnnamedMessagesANameOfTheirOwn) {
    EXPECT_EQ(
        test::document(Wanted::document, 200, "application/json",
                       R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})"),
        "200 application/json\n"
        R"({"id":"fallback","type":"message","role":"assistant","model":"asked","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":null,"output_tokens":null}})");
}

TEST(Shim, GivesADocumentAsTheStreamThatWasWanted) {
    const std::string body =
        R"({"id":"m","model":"q","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})";
    const std::string whole =
        kStart + textStart(0) + textDelta(0, "hi") + blockStop(0) + messageDelta("end_turn", kNoUsage) + kStop;
    EXPECT_EQ(events(test::document(Wanted::stream, 200, "application/json", body)), "200 text/event-stream\n" + whole);
    EXPECT_EQ(events(test::document(Wanted::stream, 200, "text/event-stream", body)), "200 text/event-stream\n" + whole)
        << "whatever it is announced as";
}

TEST(Shim, TakesAStreamThatIsNotAnnounced) {
    const std::string body =
        "data: " + delta(R"("content":"hi")") + "\n\ndata: " + finish("stop") + "\n\ndata: [DONE]\n\n";
    const std::string whole =
        kStart + textStart(0) + textDelta(0, "hi") + blockStop(0) + messageDelta("end_turn", kNoUsage) + kStop;
    EXPECT_EQ(events(test::document(Wanted::stream, 200, "", body)), "200 text/event-stream\n" + whole);
    EXPECT_EQ(
        test::document(Wanted::document, 200, "text/event-stream", body),
        "200 application/json\n"
        R"({"id":"m","type":"message","role":"assistant","model":"q","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":null,"output_tokens":null}})")
        << "nor one that was not asked for";
}

std::string error(int status, const std::string& type, const std::string& message) {
    return std::to_string(status) + " application/json\n" + R"({"type":"error","error":{"type":")" + type +
           R"(","message":")" + message + "\"}}";
}

TEST(Shim, TellsErrorsAsDocuments) {
    const auto said = [](int status, const std::string& body, const std::string& type = "application/json") {
        const std::string streamed = test::document(Wanted::stream, status, type, body);
        EXPECT_EQ(test::document(Wanted::document, status, type, body), streamed);
        return streamed;
    };
    EXPECT_EQ(said(400, R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}})"),
              error(400, "invalid_request_error", "too long"));
    EXPECT_EQ(said(401, R"({"error":{"message":"Invalid API Key","type":"x","code":401}})"),
              error(401, "authentication_error", "Invalid API Key"));
    EXPECT_EQ(said(404, R"({"detail":"Not Found"})"), error(404, "not_found_error", "Not Found"));
    EXPECT_EQ(said(429, R"({"error":"slow"})"), error(429, "rate_limit_error", "slow"));
    EXPECT_EQ(said(503, R"({"error":{"message":"Loading model"}})"), error(503, "overloaded_error", "Loading model"));
    EXPECT_EQ(said(502, "<html>Bad Gateway</html>\n", "text/html"),
              error(502, "api_error", "<html>Bad Gateway</html>"));
    EXPECT_EQ(said(500, ""), error(500, "api_error", "the server answered with status 500 and said nothing"));
    EXPECT_EQ(said(400, R"({"error":)"), error(400, "invalid_request_error", R"({\"error\":)"));
    EXPECT_EQ(said(429, "data: {\"error\":{\"message\":\"slow\"}}\n\n", "text/event-stream"),
              error(429, "rate_limit_error", "slow"));
    EXPECT_EQ(said(302, "", "text/html"),
              error(502, "api_error", "the server answered with status 302 and said nothing"));
    EXPECT_EQ(said(200, R"({"error":{"code":503,"message":"busy"}})"), error(503, "overloaded_error", "busy"));
    EXPECT_EQ(said(200, R"({"object":"list"})"),
              error(502, "api_error", "the server's reply is no chat completion: it has no choices"));
    EXPECT_EQ(said(200, "hello", "text/plain"),
              error(502, "api_error", "the server's reply is no chat completion: hello"));
}

TEST(Shim, RefusesACodingThatItCannotRead) {
    Shim shim(Wanted::stream, "q", "f");
    EXPECT_FALSE(shim.head(200, "text/event-stream", "br").head);
    EXPECT_EQ(shim.feed("\x0b\x02").bytes, "");
    const ShimPiece piece = shim.finish();
    ASSERT_TRUE(piece.head);
    EXPECT_EQ(piece.head->status, 502);
    EXPECT_NE(piece.bytes.find("content encoding"), std::string_view::npos);
}

/// What the recorder reads in the translated reply is what it reads in the reply itself.
class ShimTranscript : public testing::TestWithParam<const char*> {};

TEST_P(ShimTranscript, SaysTheSameHoweverItIsCut) {
    const test::Transcript transcript = test::readTranscript(GetParam());
    const Wanted wanted = transcript.contentType.starts_with("text/event-stream") ? Wanted::stream : Wanted::document;
    const auto translate = [&](const std::vector<std::size_t>& cuts) {
        Shim shim(wanted, "asked", "fallback");
        std::string out(shim.head(transcript.status, transcript.contentType, "").bytes);
        std::size_t from = 0;
        for (const std::size_t cut : cuts) {
            out += shim.feed(std::string_view(transcript.body).substr(from, cut - from)).bytes;
            from = cut;
        }
        out += shim.feed(std::string_view(transcript.body).substr(from)).bytes;
        return out += shim.finish().bytes;
    };
    const std::string whole = translate({});
    for (std::size_t cut = 1; cut < transcript.body.size(); ++cut)
        ASSERT_EQ(translate({cut}), whole) << "cut at " << cut;
    std::vector<std::size_t> everywhere;
    for (std::size_t cut = 1; cut < transcript.body.size(); ++cut) everywhere.push_back(cut);
    EXPECT_EQ(translate(everywhere), whole);

    const char* type = wanted == Wanted::stream ? "text/event-stream" : "application/json";
    ParsedReply translated = parseStoredReply(model::Api::anthropicMessages, 200, type, "", whole, {});
    ParsedReply original = test::parseTranscript(model::Api::openaiChat, transcript);
    EXPECT_EQ(translated.usage.promptTotal, original.usage.promptTotal);
    EXPECT_EQ(translated.usage.cachedRead, original.usage.cachedRead);
    EXPECT_EQ(translated.server, original.server);
    EXPECT_TRUE(translated.ended);
    EXPECT_EQ(translated.oddities, std::vector<std::string>());
    // Each API counts in its own way and names its own reasons.
    for (ParsedReply* reply : {&translated, &original}) {
        reply->usage.input = reply->usage.promptTotal;
        reply->stopReason.clear();
    }
    EXPECT_EQ(test::describe(translated), test::describe(original));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ShimTranscript,
                         testing::Values("sid070-oai-stream-t1", "sid070-oai-stream-t2", "sid070-oai-stream-progress",
                                         "sid070-oai-nonstream-t2"),
                         [](const auto& each) {
                             std::string name = each.param;
                             std::erase(name, '-');
                             return name;
                         });

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
