#include <map>
#include <utility>

#include "recorder/wire/api_reply.h"
#include "recorder/wire/prompt_parts.h"

namespace turntable::wire {

namespace {

using At = std::optional<support::Nanoseconds>;

/// Replies of POST /v1/chat/completions. The usage chunk has no choices; llama.cpp puts `timings` on the last chunk and
/// sends role frames with `prompt_progress` while it still reads the prompt; the name of the reasoning field, and
/// whether calls carry an index, differ from server to server.
class ChatReply final : public ApiReply {
public:
    explicit ChatReply(ReplyState& state) : m_state(state) {}

    void applyEvent(std::string_view type, const JsonValue& data, support::Nanoseconds at) override;
    void applyDocument(const JsonValue& root) override;
    void finishStream() override;

private:
    void readHead(const JsonValue& root);
    void readUsage(const JsonValue& usage);
    void readChoices(const JsonValue& root, At at);
    void readMessage(const JsonValue& message, At at);
    void addText(BlockKind kind, const std::string& piece, At at);
    void addCall(const JsonValue& call, At at);
    void addFunction(ReplyBlock& block, const JsonValue& function, At at);
    std::size_t placeOf(const JsonValue& call);
    std::size_t newCall(std::int64_t number);

    ReplyState& m_state;
    std::map<std::int64_t, std::size_t> m_calls;  ///< the stream's number of a call, to its block
    std::optional<std::size_t> m_lastCall;
};

void ChatReply::applyEvent(std::string_view type, const JsonValue& data, support::Nanoseconds at) {
    const JsonValue error = data.find("error");
    if (type == "error" || (error.exists() && !error.is(JsonKind::null))) {
        m_state.noteError(errorWords(data));
        return;
    }
    if (!data.find("choices").exists() && !data.find("usage").exists() && !data.find("timings").exists()) {
        m_state.noteOddity("a chunk without choices, usage or timings");
    }
    readHead(data);
    const bool progress = data.find("prompt_progress").exists();
    const JsonValue delta = data.find("choices").first().find("delta");
    ParsedReply& reply = m_state.reply();
    if (!progress && !reply.messageStart && delta.find("role").exists()) reply.messageStart = at;
    readChoices(data, at);
}

void ChatReply::readHead(const JsonValue& root) {
    ParsedReply& reply = m_state.reply();
    if (reply.id.empty()) reply.id = root.find("id").text();
    if (reply.model.empty()) reply.model = root.find("model").text();
    readUsage(root.find("usage"));
    m_state.readTimings(root.find("timings"));
}

/// prompt_tokens includes the cached ones. Servers that count on the way repeat usage: the last one counts. An empty
/// prompt does not exist, so a 0 says nothing.
void ChatReply::readUsage(const JsonValue& reported) {
    if (!reported.is(JsonKind::object)) return;
    Usage& usage = m_state.reply().usage;
    const auto input = reported.find("prompt_tokens").count();
    const auto output = reported.find("completion_tokens").count();
    const auto cached = reported.find("prompt_tokens_details").find("cached_tokens").count();
    if (output) usage.output = output;
    if (input == 0) return;
    if (input) usage.promptTotal = usage.input = input;
    if (cached) usage.cachedRead = cached;
}

void ChatReply::readChoices(const JsonValue& root, At at) {
    for (JsonValue choice = root.find("choices").first(); choice.exists(); choice = choice.next()) {
        if (choice.find("index").count().value_or(0) != 0) {
            m_state.noteOddity("more than one choice; the first is read");
            continue;
        }
        const JsonValue delta = choice.find("delta");
        readMessage(delta.exists() ? delta : choice.find("message"), at);
        if (const std::string reason = choice.find("finish_reason").text(); !reason.empty()) {
            m_state.reply().stopReason = reason;
            m_state.closeBlocks();
        }
    }
}

void ChatReply::readMessage(const JsonValue& message, At at) {
    const JsonValue reasoning = message.find("reasoning_content");
    addText(BlockKind::thinking, (reasoning.is(JsonKind::string) ? reasoning : message.find("reasoning")).text(), at);
    addText(BlockKind::text, contentText(message.find("content")), at);
    addText(BlockKind::text, message.find("refusal").text(), at);
    for (JsonValue call = message.find("tool_calls").first(); call.exists(); call = call.next()) addCall(call, at);
    if (const JsonValue call = message.find("function_call"); call.is(JsonKind::object)) {
        const std::size_t place = m_lastCall ? *m_lastCall : newCall(0);
        addFunction(m_state.reply().blocks[place], call, at);
    }
}

void ChatReply::addText(BlockKind kind, const std::string& piece, At at) {
    if (piece.empty()) return;
    auto& blocks = m_state.reply().blocks;
    if (blocks.empty() || blocks.back().kind != kind) blocks.emplace_back().kind = kind;
    blocks.back().text += piece;
    m_state.noteContent(blocks.back(), at);
}

std::size_t ChatReply::newCall(std::int64_t number) {
    auto& blocks = m_state.reply().blocks;
    blocks.emplace_back().kind = BlockKind::toolUse;
    m_lastCall = blocks.size() - 1;
    m_calls[number] = *m_lastCall;
    return *m_lastCall;
}

/// Which block a piece of a call belongs to: by its index; where a server sends none, a new id begins a new call.
std::size_t ChatReply::placeOf(const JsonValue& call) {
    const auto& blocks = m_state.reply().blocks;
    const std::string id = call.find("id").text();
    const auto next = static_cast<std::int64_t>(m_calls.size());
    const auto number = call.find("index").count();
    std::optional<std::size_t> place = m_lastCall;
    if (number) {
        const auto known = m_calls.find(*number);
        place = known == m_calls.end() ? std::nullopt : std::optional(known->second);
    }
    if (!place) return newCall(number.value_or(next));
    const std::string& known = blocks[*place].callId;
    if (id.empty() || known.empty() || id == known) return *place;
    if (number) m_state.noteOddity("two calls share the index " + std::to_string(*number));
    return newCall(number.value_or(next));
}

void ChatReply::addCall(const JsonValue& call, At at) {
    ReplyBlock& block = m_state.reply().blocks[placeOf(call)];
    if (const std::string id = call.find("id").text(); !id.empty()) block.callId = id;
    addFunction(block, call.find("function"), at);
}

void ChatReply::addFunction(ReplyBlock& block, const JsonValue& function, At at) {
    // A name comes whole; servers that repeat it on every piece do not mean a longer one.
    const std::string name = function.find("name").text();
    const JsonValue given = function.find("arguments");
    const std::string arguments = given.is(JsonKind::object) ? std::string(given.raw()) : given.text();
    if (block.tool.empty()) block.tool = name;
    block.arguments += arguments;
    if (!name.empty() || !arguments.empty()) m_state.noteContent(block, at);
}

void ChatReply::applyDocument(const JsonValue& root) {
    ParsedReply& reply = m_state.reply();
    const JsonValue error = root.find("error");
    if (error.exists() && !error.is(JsonKind::null)) m_state.noteError(errorWords(root));
    // Another document is no completion, however whole it is.
    reply.ended = root.find("choices").is(JsonKind::array) || !reply.error.empty();
    if (!reply.ended) m_state.noteOddity("the reply has no list \"choices\"");
    readHead(root);
    readChoices(root, {});
    m_state.closeBlocks();
}

void ChatReply::finishStream() {
    if (!m_state.reply().ended) m_state.noteOddity("the stream ended without [DONE]");
}

}  // namespace

std::unique_ptr<ApiReply> makeChatReply(ReplyState& state) { return std::make_unique<ChatReply>(state); }

}  // namespace turntable::wire
