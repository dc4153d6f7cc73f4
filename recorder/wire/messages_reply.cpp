#include <algorithm>
#include <map>
#include <utility>

#include "recorder/wire/api_reply.h"

namespace turntable::wire {

namespace {

using At = std::optional<support::Nanoseconds>;

BlockKind kindOf(std::string_view type) {
    if (type == "text") return BlockKind::text;
    if (type == "thinking" || type == "redacted_thinking") return BlockKind::thinking;
    if (type == "tool_use") return BlockKind::toolUse;
    return BlockKind::unknown;
}

BlockKind kindOfDelta(std::string_view type) {
    if (type == "text_delta" || type == "citations_delta") return BlockKind::text;
    if (type == "thinking_delta" || type == "signature_delta") return BlockKind::thinking;
    if (type == "input_json_delta") return BlockKind::toolUse;
    return BlockKind::unknown;
}

/// Block types of tools that run on the server: known, but no call of the agent's tools.
bool isServerSide(std::string_view type) { return type.ends_with("_tool_use") || type.ends_with("_tool_result"); }

/// Replies of POST /v1/messages. Servers differ from the documented stream: message_start may be missing (llama.cpp,
/// first token half a character), may come before prefill (vllm-mlx), its counts may be estimates (Ollama) or zeros
/// (SGLang) that message_delta corrects; blocks overlap and are closed together at the end (llama.cpp); a tool_use
/// start may lack `input` (llama.cpp).
class MessagesReply final : public ApiReply {
public:
    explicit MessagesReply(ReplyState& state) : m_state(state) {}

    void applyEvent(std::string_view type, const JsonValue& data, support::Nanoseconds at) override;
    void applyDocument(const JsonValue& root) override;
    void finishStream() override;

private:
    void startMessage(const JsonValue& message, At at);
    void startBlock(const JsonValue& event, At at);
    void openBlock(std::int64_t number, const JsonValue& content, At at);
    void addDelta(const JsonValue& event, At at);
    void applyDelta(ReplyBlock& block, const JsonValue& delta, At at);
    void stopBlock(const JsonValue& event);
    void readMessageDelta(const JsonValue& event);
    void readPromptUsage(const JsonValue& usage);
    ReplyBlock& blockFor(std::int64_t number, BlockKind kind);
    void append(ReplyBlock& block, std::string& to, const std::string& piece, At at);

    ReplyState& m_state;
    std::map<std::int64_t, std::size_t> m_open;         ///< the stream's number of a block, to its place in the reply
    std::map<std::size_t, std::string> m_initialInput;  ///< `input` of a block's start, by place, until deltas come
    bool m_sawStart = false;
};

void MessagesReply::applyEvent(std::string_view type, const JsonValue& data, support::Nanoseconds at) {
    const std::string named = data.find("type").text();
    // llama.cpp's error event carries the kind of error in "type": there only the stream's name tells.
    const std::string_view event = type == "error" || named.empty() ? type : std::string_view(named);
    if (event == "message_start") return startMessage(data.find("message"), at);
    if (event == "content_block_start") return startBlock(data, at);
    if (event == "content_block_delta") return addDelta(data, at);
    if (event == "content_block_stop") return stopBlock(data);
    if (event == "message_delta") return readMessageDelta(data);
    if (event == "message_stop") {
        m_state.closeBlocks();
        m_state.reply().ended = true;
    } else if (event == "error" || data.find("error").exists() || data.find("code").exists()) {
        m_state.noteError(errorWords(data));
    } else if (event != "ping") {
        m_state.noteOddity("unknown event \"" + shortened(event) + "\"");
    }
}

void MessagesReply::startMessage(const JsonValue& message, At at) {
    m_sawStart = true;
    ParsedReply& reply = m_state.reply();
    if (reply.messageStart) m_state.noteOddity("more than one message_start");
    if (!reply.messageStart) reply.messageStart = at;
    reply.id = message.find("id").text();
    reply.model = message.find("model").text();
    // output_tokens is a placeholder here: nothing has been generated yet.
    readPromptUsage(message.find("usage"));
    std::int64_t number = 0;
    const JsonValue content = message.find("content");
    for (JsonValue block = content.first(); block.exists(); block = block.next()) openBlock(number++, block, at);
}

void MessagesReply::startBlock(const JsonValue& event, At at) {
    const auto next = static_cast<std::int64_t>(m_state.reply().blocks.size());
    openBlock(event.find("index").count().value_or(next), event.find("content_block"), at);
}

void MessagesReply::openBlock(std::int64_t number, const JsonValue& content, At at) {
    const std::string type = content.find("type").text();
    ReplyBlock block;
    block.kind = kindOf(type);
    block.tool = content.find("name").text();
    block.callId = content.find("id").text();
    if (block.kind == BlockKind::unknown && !isServerSide(type)) {
        m_state.noteOddity("unknown content block type \"" + shortened(type) + "\"");
    }
    auto& blocks = m_state.reply().blocks;
    if (const auto open = m_open.find(number); open != m_open.end() && !blocks[open->second].closed) {
        m_state.noteOddity("block " + std::to_string(number) + " started again before it was stopped");
    }
    const std::size_t place = blocks.size();
    m_open[number] = place;
    blocks.push_back(std::move(block));
    ReplyBlock& added = blocks.back();
    if (const JsonValue input = content.find("input"); input.is(JsonKind::object)) {
        m_initialInput[place] = std::string(input.raw());
        if (input.first().exists()) added.arguments = input.raw();
    }
    if (!added.tool.empty()) m_state.noteContent(added, at);
    append(added, added.text, content.find(added.kind == BlockKind::thinking ? "thinking" : "text").text(), at);
}

ReplyBlock& MessagesReply::blockFor(std::int64_t number, BlockKind kind) {
    auto& blocks = m_state.reply().blocks;
    if (const auto open = m_open.find(number); open != m_open.end()) return blocks[open->second];
    m_state.noteOddity("a delta of block " + std::to_string(number) + " came without its start");
    m_open[number] = blocks.size();
    blocks.emplace_back().kind = kind;
    return blocks.back();
}

void MessagesReply::addDelta(const JsonValue& event, At at) {
    const JsonValue delta = event.find("delta");
    const std::string type = delta.find("type").text();
    const auto last = static_cast<std::int64_t>(m_state.reply().blocks.size()) - 1;
    const std::int64_t number = event.find("index").count().value_or(std::max<std::int64_t>(last, 0));
    if (kindOfDelta(type) == BlockKind::unknown) {
        m_state.noteOddity("unknown delta type \"" + shortened(type) + "\"");
        return;
    }
    applyDelta(blockFor(number, kindOfDelta(type)), delta, at);
}

void MessagesReply::applyDelta(ReplyBlock& block, const JsonValue& delta, At at) {
    append(block, block.text, delta.find("text").text(), at);
    append(block, block.text, delta.find("thinking").text(), at);
    const std::string piece = delta.find("partial_json").text();
    if (piece.empty()) return;
    // What is streamed takes the place of what the start announced.
    const auto place = static_cast<std::size_t>(&block - m_state.reply().blocks.data());
    if (m_initialInput.erase(place) > 0) block.arguments.clear();
    append(block, block.arguments, piece, at);
}

void MessagesReply::append(ReplyBlock& block, std::string& to, const std::string& piece, At at) {
    if (piece.empty()) return;
    to += piece;
    m_state.noteContent(block, at);
}

void MessagesReply::stopBlock(const JsonValue& event) {
    const auto open = m_open.find(event.find("index").count().value_or(-1));
    if (open == m_open.end()) {
        m_state.noteOddity("a stop of a block that was not started");
        return;
    }
    ReplyBlock& block = m_state.reply().blocks[open->second];
    block.closed = true;
    // A call without arguments: the start said `{}` and nothing was streamed.
    const auto initial = m_initialInput.find(open->second);
    if (block.arguments.empty() && initial != m_initialInput.end()) block.arguments = initial->second;
}

void MessagesReply::readMessageDelta(const JsonValue& event) {
    ParsedReply& reply = m_state.reply();
    if (const std::string reason = event.find("delta").find("stop_reason").text(); !reason.empty()) {
        reply.stopReason = reason;
    }
    const JsonValue usage = event.find("usage");
    readPromptUsage(usage);
    if (const auto output = usage.find("output_tokens").count()) reply.usage.output = output;
    // No server's own: the shim puts there what a Chat Completions reply had (recorder/wire/shim.h).
    m_state.readTimings(event.find("timings"));
}

/// Later counts replace earlier ones, field by field. No prompt has no tokens: an input of 0 with nothing cached is a
/// server that does not know yet, and says nothing.
void MessagesReply::readPromptUsage(const JsonValue& reported) {
    const auto input = reported.find("input_tokens").count();
    const auto read = reported.find("cache_read_input_tokens").count();
    const auto creation = reported.find("cache_creation_input_tokens").count();
    if (input == 0 && read.value_or(0) == 0 && creation.value_or(0) == 0) return;
    Usage& usage = m_state.reply().usage;
    if (input) usage.input = input;
    if (read) usage.cachedRead = read;
    if (creation) usage.cacheCreation = creation;
    if (!usage.input) return;
    usage.promptTotal = *usage.input + usage.cachedRead.value_or(0) + usage.cacheCreation.value_or(0);
}

void MessagesReply::applyDocument(const JsonValue& root) {
    ParsedReply& reply = m_state.reply();
    const JsonValue error = root.find("error");
    if (root.find("type").text() == "error" || (error.exists() && !error.is(JsonKind::null))) {
        m_state.noteError(errorWords(root));
    }
    const JsonValue content = root.find("content");
    // Another document is no message, however whole it is.
    reply.ended = content.is(JsonKind::array) || !reply.error.empty();
    if (!reply.ended) m_state.noteOddity("the reply has no list \"content\"");
    reply.id = root.find("id").text();
    reply.model = root.find("model").text();
    reply.stopReason = root.find("stop_reason").text();
    std::int64_t number = 0;
    for (JsonValue block = content.first(); block.exists(); block = block.next()) openBlock(number++, block, {});
    for (const auto& [place, input] : m_initialInput) reply.blocks[place].arguments = input;
    m_state.closeBlocks();
    readPromptUsage(root.find("usage"));
    if (const auto output = root.find("usage").find("output_tokens").count()) reply.usage.output = output;
    m_state.readTimings(root.find("timings"));
}

void MessagesReply::finishStream() {
    if (!m_sawStart) m_state.noteOddity("the stream has no message_start");
    if (!m_state.reply().ended) m_state.noteOddity("the stream ended without message_stop");
}

}  // namespace

std::unique_ptr<ApiReply> makeMessagesReply(ReplyState& state) { return std::make_unique<MessagesReply>(state); }

}  // namespace turntable::wire
