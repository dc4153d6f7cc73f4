#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "recorder/turns/exchange.h"
#include "storage/support/clock.h"

/// Small exchanges for the tests of this folder.
namespace turntable::turns::testing {

inline support::Nanoseconds ms(double value) { return support::fromMs(value); }

inline support::WallTime wallTime(int seconds) {
    return support::WallTime(std::chrono::seconds(1'790'000'000 + seconds));
}

inline const std::string kTools =
    R"([{"name":"click","description":"Click","input_schema":{"type":"object","properties":{"target":{"type":"string"}}}},)"
    R"({"name":"done","input_schema":{"type":"object"}}])";

inline const std::string kUserMessage = R"({"role":"user","content":"buy milk"})";

/// A Playwright MCP result with two elements, as the inside of a JSON string.
inline const std::string kSnapshot =
    R"(### Page state\n- Page URL: http://localhost/\n- Page Title: Todo\n- Page Snapshot:\n```yaml\n)"
    R"(- generic [ref=e1]:\n  - button \"Save\" [ref=e2]\n```)";

/// An assistant's call and its result, to be put behind the user's message.
inline std::string step(const std::string& id, const std::string& resultText) {
    return R"({"role":"assistant","content":[{"type":"tool_use","id":")" + id +
           R"(","name":"click","input":{"target":"e2"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":")" +
           id + R"(","content":")" + resultText + R"("}]})";
}

/// A streamed Messages request; `messages` are JSON values with commas between.
inline std::string messagesBody(const std::string& messages) {
    return R"({"model":"claude-x","max_tokens":64,"stream":true,"system":"You act on windows.","tools":)" + kTools +
           R"(,"messages":[)" + messages + "]}";
}

inline RequestReceived requestOf(std::string body, std::uint64_t exchange = 1, int seconds = 0) {
    RequestReceived request;
    request.exchange = exchange;
    request.target = "/v1/messages";
    request.headers = "content-type: application/json\n";
    request.body = std::move(body);
    request.started = wallTime(seconds);
    return request;
}

inline std::string event(const std::string& type, const std::string& members) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.empty() ? "" : ",") + members + "}\n\n";
}
inline std::string messageStart(const std::string& model = "rand") {
    return event("message_start",
                 R"("message":{"id":"m1","type":"message","role":"assistant","content":[],"model":")" + model +
                     R"(","usage":{"input_tokens":30,"cache_read_input_tokens":70,"output_tokens":0}})");
}
inline std::string callStart(const std::string& id, const std::string& tool) {
    return event("content_block_start", R"("index":0,"content_block":{"type":"tool_use","id":")" + id +
                                            R"(","name":")" + tool + R"(","input":{}})");
}
/// `json`: a piece of the arguments, quotes and backslashes already escaped.
inline std::string callDelta(const std::string& json) {
    return event("content_block_delta",
                 R"("index":0,"delta":{"type":"input_json_delta","partial_json":")" + json + R"("})");
}
inline std::string textBlock(const std::string& text) {
    return event("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})") +
           event("content_block_delta", R"("index":0,"delta":{"type":"text_delta","text":")" + text + R"("})");
}
inline std::string messageEnd(const std::string& stopReason) {
    return event("content_block_stop", R"("index":0)") +
           event("message_delta", R"("delta":{"stop_reason":")" + stopReason + R"("},"usage":{"output_tokens":20})") +
           event("message_stop", "");
}

/// A reply of status 200 whose pieces came at the given milliseconds; headers at `headersMs`.
inline ReplyReceived replyOf(std::initializer_list<std::pair<double, std::string>> pieces, std::string headers,
                             double headersMs = 5) {
    ReplyReceived reply;
    reply.exchange = 1;
    reply.httpStatus = 200;
    reply.headers = std::move(headers);
    reply.wire.headers = ms(headersMs);
    for (const auto& [at, bytes] : pieces) {
        reply.body += bytes;
        reply.arrivals.push_back({ms(at), bytes.size()});
        if (!reply.wire.firstByte) reply.wire.firstByte = ms(at);
        reply.wire.lastByte = ms(at);
    }
    return reply;
}

inline const std::string kLlamaStream = "Server: llama.cpp\ncontent-type: text/event-stream\n";
inline const std::string kOtherStream = "Content-Type: text/event-stream; charset=utf-8\n";
inline const std::string kLlamaJson = "server: llama.cpp\ncontent-type: application/json; charset=utf-8\n";

}  // namespace turntable::turns::testing
