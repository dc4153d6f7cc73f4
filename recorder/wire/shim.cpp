#include "recorder/wire/shim.h"

#include <utility>

#include "recorder/wire/api_reply.h"
#include "recorder/wire/content_decoder.h"
#include "recorder/wire/json_scan.h"
#include "recorder/wire/messages_writer.h"
#include "recorder/wire/reply_state.h"
#include "recorder/wire/request.h"
#include "recorder/wire/sse.h"
#include "recorder/wire/translate.h"

namespace turntable::wire {

namespace {

using support::Nanoseconds;

constexpr ShimHead kStreamHead{200, "text/event-stream"};
constexpr std::string_view kJson = "application/json";
constexpr int kBadGateway = 502;

bool isSuccess(int status) { return status >= 200 && status <= 299; }

bool beginsJson(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }

bool hasError(const JsonValue& document) {
    const JsonValue error = document.find("error");
    return error.exists() && !error.is(JsonKind::null);
}

/// A value on one line: between the values of valid JSON, and only there, line breaks may stand.
std::string onOneLine(std::string_view json) {
    std::string line(json);
    for (char& c : line) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    return line;
}

}  // namespace

support::Result<ShimRequest> shimRequest(std::string_view messagesBody) {
    constexpr auto kFrom = model::Api::anthropicMessages;
    auto translated = translateRequest(messagesBody, kFrom, model::Api::openaiChat);
    if (!translated) return std::move(translated).error();
    const auto parsed = parseRequest(kFrom, messagesBody);
    if (!parsed) return parsed.error();
    return ShimRequest{std::move(translated->body), std::move(translated->dropped), parsed->model, parsed->streaming};
}

class Shim::State {
public:
    State(Wanted wanted, std::string requestedModel, std::string fallbackId)
        : m_wanted(wanted),
          m_chat(makeChatReply(m_reply)),
          m_sse([this](const SseDecoder::Event& event) { takeEvent(event); },
                [this](std::string_view text) { takeComment(text); }),
          m_writer(m_reply.reply(), m_extras, {std::move(fallbackId), std::move(requestedModel)}) {}

    ShimPiece head(int status, std::string_view contentType, std::string_view contentEncoding) {
        begin();
        m_status = status;
        m_decoder.emplace(contentEncoding, m_reply);
        m_saysStream = lowered(contentType).find("text/event-stream") != std::string::npos;
        if (mayStream() && m_saysStream && !m_decoder->failed()) announceStream();
        return piece();
    }

    ShimPiece feed(std::string_view bytes) {
        begin();
        if (!m_decoder) return piece();
        const std::string_view decoded = m_decoder->decode(bytes);
        if (m_shape == Shape::events) {
            m_sse.feed(decoded);
        } else {
            m_body.append(decoded);
            if (m_shape == Shape::undecided) decide();
        }
        return piece();
    }

    ShimPiece finish() {
        begin();
        if (m_over) return piece();
        if (m_shape == Shape::undecided && m_announced) m_shape = Shape::events;
        if (m_decoder && m_decoder->failed()) {
            fail(messagesErrorOf(kBadGateway, m_reply.reply().oddities.back()));
        } else if (m_shape == Shape::events) {
            finishStream();
        } else {
            finishDocument();
        }
        return piece();
    }

    [[nodiscard]] bool over() const { return m_over; }

    ShimPiece breakOff(std::string_view why) {
        begin();
        if (m_announced && !m_over) fail(messagesErrorOf(kBadGateway, why));
        return piece();
    }

private:
    enum class Shape { undecided, events, document };

    void begin() {
        m_head.reset();
        m_out.clear();
    }
    ShimPiece piece() { return {m_head, m_out}; }

    [[nodiscard]] bool mayStream() const { return m_wanted == Wanted::stream && isSuccess(m_status); }

    void announceStream() {
        if (!std::exchange(m_announced, true)) m_head = kStreamHead;
    }

    /// Some servers send a document under the name of the stream they would have sent, and gateways lose the name: the
    /// first bytes decide.
    void decide() {
        constexpr std::size_t kEnough = 6;  // "event:" and "data:" can be told
        const std::string_view start = trimmedJsonSpace(m_body);
        if (start.empty()) return;
        const bool json = beginsJson(start);
        if (!json && !m_saysStream && start.size() < kEnough) return;
        const bool events = start.starts_with("data:") || start.starts_with("event:") || start.starts_with(':');
        const bool stream = mayStream() && !json && (m_saysStream || events);
        m_shape = stream ? Shape::events : Shape::document;
        if (!stream) return;
        announceStream();
        m_emits = true;
        m_sse.feed(std::exchange(m_body, {}));
    }

    void takeComment(std::string_view text) {
        if (m_emits && !m_over) MessagesWriter::comment(text, m_out);
    }

    void takeEvent(const SseDecoder::Event& event) {
        if (m_over) return;
        const std::string_view data = trimmedJsonSpace(event.data);
        if (data == "[DONE]") {
            m_done = true;
            if (m_emits) endStream();
            return;
        }
        // What an end cuts off is told by the end; what is no JSON at all only keeps the connection alive.
        if (event.cut || (event.type != "error" && !beginsJson(data))) return;
        const auto document = m_reader.read(data);
        if (document) {
            takeChunk(event.type, document->root());
        } else if (event.type == "error") {
            fail(messagesErrorOf(m_status, data));
        } else {
            fail(messagesErrorOf(kBadGateway,
                                 "the server sent an event that cannot be read: " + document.error().message));
        }
    }

    void takeChunk(std::string_view type, const JsonValue& chunk) {
        if (type == "error" || hasError(chunk)) return fail(messagesErrorOf(m_status, chunk));
        readExtras(chunk);
        m_chat->applyEvent(type, chunk, Nanoseconds::zero());
        // Frames that only tell of a prompt's progress, or of filters on it, come before the message.
        const bool ofMessage = chunk.find("choices").first().exists() && !chunk.find("prompt_progress").exists();
        m_sawMessage = m_sawMessage || ofMessage;
        if (m_emits && m_sawMessage) m_writer.update(m_out);
    }

    void readExtras(const JsonValue& root) {
        if (const JsonValue timings = root.find("timings"); timings.is(JsonKind::object)) {
            m_extras.timings = onOneLine(timings.raw());
        }
        // vLLM (vllm/entrypoints/openai, "stop_reason"): the string that ended it; a number is a token's.
        const std::string stop = root.find("choices").first().find("stop_reason").text();
        if (!stop.empty()) m_extras.stopSequence = stop;
    }

    void endStream() {
        if (!m_sawMessage) {
            return fail(messagesErrorOf(kBadGateway, "the server's stream ended without a reply"));
        }
        m_over = true;
        m_reply.closeBlocks();
        completeUsage();
        m_writer.end(m_out);
    }

    void completeUsage() {
        // A server that says [DONE] has come to its end, whether or not it gave a reason.
        if (m_reply.reply().stopReason.empty()) m_reply.reply().stopReason = "stop";
        m_reply.completeUsage();
    }

    /// Many servers end without [DONE]; one that has not said why it stopped was cut off.
    void finishStream() {
        m_sse.finish();
        if (m_over) return;
        if (!m_reply.reply().stopReason.empty()) return endStream();
        fail(messagesErrorOf(kBadGateway, "the server's stream ended in the middle of the reply"));
    }

    void finishDocument() {
        const std::string_view text = trimmedJsonSpace(m_body);
        if (!beginsJson(text)) return finishOtherText(text);
        const auto document = m_reader.read(text);
        if (!document) {
            if (!isSuccess(m_status)) return fail(messagesErrorOf(m_status, text));
            return fail(messagesErrorOf(kBadGateway, "the server's reply cannot be read: " + document.error().message));
        }
        const JsonValue root = document->root();
        if (!isSuccess(m_status) || hasError(root)) return fail(messagesErrorOf(m_status, root));
        if (!root.find("choices").first().exists()) {
            return fail(messagesErrorOf(kBadGateway, "the server's reply is no chat completion: it has no choices"));
        }
        readExtras(root);
        m_chat->applyDocument(root);
        giveWhole();
    }

    /// A stream, though a document was wanted, is put together; anything else is somebody's error page.
    void finishOtherText(std::string_view text) {
        m_sse.feed(m_body);
        m_sse.finish();
        if (m_over) return;
        if (!isSuccess(m_status)) return fail(messagesErrorOf(m_status, text));
        if (m_sawMessage && (m_done || !m_reply.reply().stopReason.empty())) return giveWhole();
        fail(messagesErrorOf(kBadGateway, m_sawMessage
                                              ? "the server's stream ended in the middle of the reply"
                                              : "the server's reply is no chat completion: " + shortened(text)));
    }

    void giveWhole() {
        completeUsage();
        m_over = true;
        if (m_wanted == Wanted::document) {
            if (const std::string call = m_writer.unreadableCall(); !call.empty()) {
                return fail(messagesErrorOf(kBadGateway,
                                            "the model called " + call + " with arguments that are no JSON object"));
            }
            m_head = ShimHead{200, kJson};
            m_out = m_writer.document();
            return;
        }
        announceStream();
        m_reply.closeBlocks();
        m_writer.end(m_out);
    }

    void fail(const MessagesError& error) {
        m_over = true;
        if (m_announced) return MessagesWriter::error(error, m_out);
        m_head = ShimHead{error.status, kJson};
        m_out = errorDocument(error);
    }

    const Wanted m_wanted;
    ReplyState m_reply;
    ReplyExtras m_extras;
    std::unique_ptr<ApiReply> m_chat;
    std::optional<ContentDecoder> m_decoder;
    SseDecoder m_sse;
    JsonReader m_reader;
    MessagesWriter m_writer;
    Shape m_shape = Shape::undecided;
    int m_status = 0;
    bool m_saysStream = false;
    bool m_announced = false;   ///< the agent has been told that a stream comes
    bool m_emits = false;       ///< events go out as they come
    bool m_sawMessage = false;  ///< a chunk of the message itself came
    bool m_done = false;        ///< [DONE] came
    bool m_over = false;        ///< the last thing has been said
    std::string m_body;         ///< of a document, or until it is known what comes
    std::optional<ShimHead> m_head;
    std::string m_out;
};

Shim::Shim(Wanted wanted, std::string requestedModel, std::string fallbackId)
    : m_state(std::make_unique<State>(wanted, std::move(requestedModel), std::move(fallbackId))) {}
Shim::Shim(Shim&&) noexcept = default;
Shim::~Shim() = default;

ShimPiece Shim::head(int status, std::string_view contentType, std::string_view contentEncoding) {
    return m_state->head(status, contentType, contentEncoding);
}
ShimPiece Shim::feed(std::string_view bytes) { return m_state->feed(bytes); }
ShimPiece Shim::finish() { return m_state->finish(); }
ShimPiece Shim::breakOff(std::string_view why) { return m_state->breakOff(why); }
bool Shim::over() const { return m_state->over(); }

}  // namespace turntable::wire
