#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recorder/wire/shim.h"

/// Chunks of a Chat Completions stream, and what the shim makes of them, in a form that a test can spell out.
namespace turntable::wire::test {

inline std::string chunk(const std::string& members) { return R"({"id":"m","model":"q",)" + members + "}"; }
inline std::string delta(const std::string& members) {
    return chunk(R"("choices":[{"index":0,"delta":{)" + members + "}}]");
}
inline std::string calls(const std::string& list) { return delta("\"tool_calls\":[" + list + "]"); }
inline std::string finish(const std::string& reason) {
    return chunk(R"("choices":[{"index":0,"delta":{},"finish_reason":")" + reason + "\"}]");
}
inline std::string usage(const std::string& members) { return chunk("\"choices\":[],\"usage\":{" + members + "}"); }

// What a Messages stream says, in the form of events().

inline const std::string kDone = "[DONE]";
inline const std::string kStart =
    R"(message_start {"message":{"id":"m","type":"message","role":"assistant","content":[],"model":"q","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":null,"output_tokens":null}}})"
    "\n";
inline const std::string kStop = "message_stop {}\n";

inline std::string textStart(int index) {
    return "content_block_start {\"index\":" + std::to_string(index) +
           R"(,"content_block":{"type":"text","text":""}})" + "\n";
}
inline std::string callStart(int index, const std::string& id, const std::string& name) {
    return "content_block_start {\"index\":" + std::to_string(index) + R"(,"content_block":{"type":"tool_use","id":")" +
           id + R"(","name":")" + name + R"(","input":{}}})" + "\n";
}
inline std::string textDelta(int index, const std::string& text) {
    return "content_block_delta {\"index\":" + std::to_string(index) + R"(,"delta":{"type":"text_delta","text":")" +
           text + "\"}}\n";
}
inline std::string jsonDelta(int index, const std::string& escaped) {
    return "content_block_delta {\"index\":" + std::to_string(index) +
           R"(,"delta":{"type":"input_json_delta","partial_json":")" + escaped + "\"}}\n";
}
inline std::string blockStop(int index) { return "content_block_stop {\"index\":" + std::to_string(index) + "}\n"; }
inline std::string messageDelta(const std::string& reason, const std::string& usageText, const std::string& more = {}) {
    return R"(message_delta {"delta":{"stop_reason":")" + reason + R"(","stop_sequence":null},"usage":)" + usageText +
           more + "}\n";
}
inline std::string errorEvent(const std::string& type, const std::string& message) {
    return R"(error {"error":{"type":")" + type + R"(","message":")" + message + "\"}}\n";
}

inline const std::string kNoUsage = R"({"input_tokens":null,"output_tokens":null})";

/// The events of a Messages stream, one a line: "NAME {members but type}".
inline std::string events(std::string_view stream) {
    std::string lines(stream);
    const auto replaceAll = [&lines](const std::string& from, const std::string& to) {
        for (std::size_t at = lines.find(from); at != std::string::npos; at = lines.find(from, at + to.size())) {
            lines.replace(at, from.size(), to);
        }
    };
    for (const std::string name : {"message_start", "content_block_start", "content_block_delta", "content_block_stop",
                                   "message_delta", "message_stop", "error"}) {
        replaceAll("event: " + name + "\ndata: {\"type\":\"" + name + "\",", name + " {");
        replaceAll("event: " + name + "\ndata: {\"type\":\"" + name + "\"}", name + " {}");
    }
    replaceAll("\n\n", "\n");
    return lines;
}

/// All that comes of one stream of bytes that ends in order.
inline std::string shimmedBytes(std::string_view stream) {
    Shim shim(Shim::Wanted::stream, "asked", "fallback");
    std::string out(shim.head(200, "text/event-stream", "").bytes);
    out += shim.feed(stream).bytes;
    out += shim.finish().bytes;
    return out;
}

inline std::string shimmed(const std::vector<std::string>& chunks) {
    std::string stream;
    for (const std::string& each : chunks) stream += "data: " + each + "\n\n";
    return events(shimmedBytes(stream));
}

/// "STATUS TYPE\nBYTES" of a reply that came in one piece.
inline std::string document(Shim::Wanted wanted, int status, std::string_view type, std::string_view body) {
    Shim shim(wanted, "asked", "fallback");
    std::string head;
    std::string bytes;
    const auto take = [&](const ShimPiece& piece) {
        if (piece.head) head = std::to_string(piece.head->status) + " " + std::string(piece.head->contentType) + "\n";
        bytes += piece.bytes;
    };
    take(shim.head(status, type, ""));
    take(shim.feed(body));
    take(shim.finish());
    return head + bytes;
}

}  // namespace turntable::wire::test
