#include "recorder/wire/messages_writer.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "recorder/wire/json_scan.h"

namespace turntable::wire {

namespace {

void event(std::string_view type, const std::string& members, std::string& out) {
    out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type).append("\"");
    out.append(members).append("}\n\n");
}

std::string indexMember(std::size_t index) { return ",\"index\":" + std::to_string(index); }

void delta(std::size_t index, std::string_view type, std::string_view member, std::string_view text, std::string& out) {
    event("content_block_delta",
          indexMember(index) + R"(,"delta":{"type":")" + std::string(type) + R"(",")" + std::string(member) +
              "\":" + encodeString(text) + "}",
          out);
}

std::string countText(std::optional<std::int64_t> count) { return count ? std::to_string(*count) : "null"; }

const std::string& contentOf(const ReplyBlock& block) {
    return block.kind == BlockKind::toolUse ? block.arguments : block.text;
}

bool isObject(const std::string& json) {
    const std::size_t first = json.find_first_not_of(" \t\r\n");
    return first != std::string::npos && json[first] == '{' && nlohmann::json::accept(json);
}

/// Arguments as a document may hold them. A call that was cut has none that could be read: llama-server writes `{}`
/// there, too, and the stop reason tells.
std::string inputText(const std::string& arguments) { return isObject(arguments) ? arguments : "{}"; }

bool isWhole(const ReplyBlock& block) {
    return block.kind != BlockKind::toolUse || (!block.arguments.empty() && nlohmann::json::accept(block.arguments));
}

/// A call needs a name when it starts, and an id unless its arguments are here already.
bool canStart(const ReplyBlock& block) {
    if (block.closed || block.kind != BlockKind::toolUse) return true;
    return !block.tool.empty() && (!block.callId.empty() || !block.arguments.empty());
}

}  // namespace

MessagesWriter::MessagesWriter(const ParsedReply& reply, const ReplyExtras& extras, FallbackNames names)
    : m_reply(reply), m_extras(extras), m_names(std::move(names)) {}

void MessagesWriter::update(std::string& out) {
    start(out);
    m_written.resize(m_reply.blocks.size());
    for (std::size_t place = 0; place < m_written.size(); ++place) {
        const ReplyBlock& block = m_reply.blocks[place];
        Written& written = m_written[place];
        if (!written.started && canStart(block)) startBlock(place, out);
        if (!written.started) continue;
        if (written.bytes < contentOf(block).size()) writeDelta(place, out);
        if (block.closed && !written.stopped) stopBlock(place, out);
    }
}

void MessagesWriter::start(std::string& out) {
    if (std::exchange(m_started, true)) return;
    event("message_start",
          R"(,"message":{"id":)" + messageId() + R"(,"type":"message","role":"assistant","content":[],"model":)" +
              messageModel() + R"(,"stop_reason":null,"stop_sequence":null,"usage":)" + usageText() + "}",
          out);
}

void MessagesWriter::startBlock(std::size_t place, std::string& out) {
    stopWholeOnes(out);
    Written& written = m_written[place];
    written.started = true;
    written.index = m_nextIndex++;
    const ReplyBlock& block = m_reply.blocks[place];
    std::string content = R"({"type":"text","text":""})";
    if (block.kind == BlockKind::thinking) content = R"({"type":"thinking","thinking":"","signature":""})";
    if (block.kind == BlockKind::toolUse) {
        content =
            R"({"type":"tool_use","id":)" + callId(place) + ",\"name\":" + encodeString(block.tool) + R"(,"input":{}})";
    }
    event("content_block_start", indexMember(written.index) + ",\"content_block\":" + content, out);
}

void MessagesWriter::writeDelta(std::size_t place, std::string& out) {
    const ReplyBlock& block = m_reply.blocks[place];
    Written& written = m_written[place];
    const std::string_view all = contentOf(block);
    const std::string_view fresh = all.substr(written.bytes);
    written.bytes = all.size();
    switch (block.kind) {
        case BlockKind::toolUse: return delta(written.index, "input_json_delta", "partial_json", fresh, out);
        case BlockKind::thinking: return delta(written.index, "thinking_delta", "thinking", fresh, out);
        default: return delta(written.index, "text_delta", "text", fresh, out);
    }
}

void MessagesWriter::stopBlock(std::size_t place, std::string& out) {
    Written& written = m_written[place];
    written.stopped = true;
    // No local server signs what it thinks; the reference sends the signature before the stop, llama-server an empty
    // one.
    if (m_reply.blocks[place].kind == BlockKind::thinking) {
        delta(written.index, "signature_delta", "signature", {}, out);
    }
    event("content_block_stop", indexMember(written.index), out);
}

void MessagesWriter::stopWholeOnes(std::string& out) {
    for (std::size_t place = 0; place < m_written.size(); ++place) {
        const Written& written = m_written[place];
        if (written.started && !written.stopped && isWhole(m_reply.blocks[place])) stopBlock(place, out);
    }
}

void MessagesWriter::end(std::string& out) {
    update(out);
    std::string members = ",\"delta\":{" + stopText() + "},\"usage\":" + usageText();
    if (!m_extras.timings.empty()) members += ",\"timings\":" + m_extras.timings;
    event("message_delta", members, out);
    event("message_stop", {}, out);
}

void MessagesWriter::error(const MessagesError& error, std::string& out) {
    out.append("event: error\ndata: ").append(errorDocument(error)).append("\n\n");
}

void MessagesWriter::comment(std::string_view text, std::string& out) { out.append(":").append(text).append("\n\n"); }

std::string MessagesWriter::callId(std::size_t place) const {
    const std::string& given = m_reply.blocks[place].callId;
    if (!given.empty()) return encodeString(given);
    const std::string& message = m_reply.id.empty() ? m_names.id : m_reply.id;
    return encodeString("call_" + message + "_" + std::to_string(place));
}

std::string MessagesWriter::messageId() const { return encodeString(m_reply.id.empty() ? m_names.id : m_reply.id); }

std::string MessagesWriter::messageModel() const {
    return encodeString(m_reply.model.empty() ? m_names.model : m_reply.model);
}

// The reasons of Chat Completions; a word of a server's own goes on as it is. Some servers say "stop" behind a call
// (vLLM when one tool is demanded): an agent that goes by the reason would never run it.
std::string MessagesWriter::stopText() const {
    const bool calls = std::any_of(m_reply.blocks.begin(), m_reply.blocks.end(),
                                   [](const ReplyBlock& block) { return block.kind == BlockKind::toolUse; });
    std::string reason = m_reply.stopReason;
    std::string sequence = "null";
    if (reason.empty() || reason == "stop" || reason == "tool_calls" || reason == "function_call") {
        reason = calls ? "tool_use" : "end_turn";
        if (!calls && !m_extras.stopSequence.empty()) {
            reason = "stop_sequence";
            sequence = encodeString(m_extras.stopSequence);
        }
    } else if (reason == "length") {
        reason = "max_tokens";
    } else if (reason == "content_filter") {
        reason = "refusal";
    }
    return "\"stop_reason\":" + encodeString(reason) + ",\"stop_sequence\":" + sequence;
}

// OpenAI counts cached tokens inside of prompt_tokens, Anthropic beside input_tokens. Where nobody tells how many were
// cached, input_tokens is the whole prompt.
std::string MessagesWriter::usageText() const {
    const Usage& usage = m_reply.usage;
    const model::ServerTimings& server = m_reply.server;
    std::optional<std::int64_t> input = usage.promptTotal;
    std::optional<std::int64_t> cached = usage.cachedRead;
    if (!input && server.promptTokens && server.cachedTokens && *server.promptTokens + *server.cachedTokens > 0) {
        input = *server.promptTokens + *server.cachedTokens;
        cached = server.cachedTokens;
    }
    if (!input || (cached && *cached > *input)) cached = std::nullopt;
    if (input && cached) *input -= *cached;
    std::string text = "{\"input_tokens\":" + countText(input);
    if (cached) text += ",\"cache_read_input_tokens\":" + countText(cached);
    return text + ",\"output_tokens\":" + countText(usage.output) + "}";
}

std::string MessagesWriter::blockText(std::size_t place) const {
    const ReplyBlock& block = m_reply.blocks[place];
    if (block.kind == BlockKind::thinking) {
        return R"({"type":"thinking","thinking":)" + encodeString(block.text) + R"(,"signature":""})";
    }
    if (block.kind != BlockKind::toolUse) return R"({"type":"text","text":)" + encodeString(block.text) + "}";
    return R"({"type":"tool_use","id":)" + callId(place) + ",\"name\":" + encodeString(block.tool) +
           ",\"input\":" + inputText(block.arguments) + "}";
}

std::string MessagesWriter::unreadableCall() const {
    if (m_reply.stopReason == "length") return {};
    for (const ReplyBlock& block : m_reply.blocks) {
        const bool isRead = block.kind != BlockKind::toolUse || block.arguments.empty() || isObject(block.arguments);
        if (!isRead) return block.tool;
    }
    return {};
}

std::string MessagesWriter::document() const {
    std::string content;
    for (std::size_t place = 0; place < m_reply.blocks.size(); ++place) {
        if (place > 0) content += ",";
        content += blockText(place);
    }
    std::string text = "{\"id\":" + messageId() + R"(,"type":"message","role":"assistant","model":)" + messageModel() +
                       ",\"content\":[" + content + "]," + stopText() + ",\"usage\":" + usageText();
    if (!m_extras.timings.empty()) text += ",\"timings\":" + m_extras.timings;
    return text + "}";
}

}  // namespace turntable::wire
