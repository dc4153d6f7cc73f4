#include "recorder/wire/response.h"

#include <algorithm>
#include <utility>

#include "recorder/wire/api_reply.h"
#include "recorder/wire/content_decoder.h"
#include "recorder/wire/reply_state.h"
#include "recorder/wire/sse.h"

namespace turntable::wire {

namespace {

using support::Nanoseconds;

enum class Shape { undecided, stream, document };

/// The parser of both APIs: decodes, tells streams from documents, and hands on what they hold.
class WireReplyParser final : public ReplyParser {
public:
    WireReplyParser(model::Api api, int status, std::string_view type, std::string_view encoding)
        : m_decoder(encoding, m_state),
          m_api(api == model::Api::anthropicMessages ? makeMessagesReply(m_state) : makeChatReply(m_state)),
          m_sse([this](const SseDecoder::Event& event) { takeEvent(event); }),
          m_failedStatus(status < 200 || status > 299),
          m_status(status),
          m_saysStream(lowered(type).find("text/event-stream") != std::string::npos) {}
    WireReplyParser(const WireReplyParser&) = delete;
    WireReplyParser& operator=(const WireReplyParser&) = delete;

    void feed(std::string_view bytes, Nanoseconds at) override {
        m_at = at;
        const std::string_view decoded = m_decoder.decode(bytes);
        if (m_shape == Shape::stream) return m_sse.feed(decoded);
        m_body.append(decoded);
        if (m_shape == Shape::undecided) decide(Ending::open);
    }

    void finish() override {
        if (std::exchange(m_finished, true)) return;
        if (m_shape == Shape::undecided) decide(Ending::reached);
        if (m_shape == Shape::stream) {
            m_sse.finish();
            if (!m_failedStatus) m_api->finishStream();
        } else {
            readDocument();
        }
        m_state.completeUsage();
        ParsedReply& reply = m_state.reply();
        if (m_failedStatus && reply.error.empty()) reply.error = "HTTP status " + std::to_string(m_status);
    }

    [[nodiscard]] const ParsedReply& reply() const override { return m_state.reply(); }

private:
    enum class Ending { open, reached };

    /// The content type says what comes, but some servers send an error document with the type of the stream they would
    /// have sent, and gateways lose the type: the first bytes decide.
    void decide(Ending ending) {
        constexpr std::size_t kEnough = 6;  // "event:" and "data:" can be told
        const std::string_view start = trimmedJsonSpace(m_body);
        if (start.empty()) {
            if (ending == Ending::reached) m_shape = m_saysStream ? Shape::stream : Shape::document;
            return;
        }
        const bool json = start.front() == '{' || start.front() == '[';
        if (!json && !m_saysStream && start.size() < kEnough && ending == Ending::open) return;
        const bool events = start.starts_with("data:") || start.starts_with("event:") || start.starts_with(':');
        const bool stream = !json && (m_saysStream || (events && !m_failedStatus));
        m_shape = stream ? Shape::stream : Shape::document;
        if (m_saysStream && !stream) m_state.noteOddity("announced as an event stream, sent as a document");
        if (!m_saysStream && stream) m_state.noteOddity("an event stream that was not announced as one");
        if (stream) m_sse.feed(std::exchange(m_body, {}));
    }

    void takeEvent(const SseDecoder::Event& event) {
        if (trimmedJsonSpace(event.data) == "[DONE]") {
            m_state.reply().ended = true;
            return;
        }
        const auto document = m_reader.read(event.data);
        if (document) return m_api->applyEvent(event.type, document->root(), m_at);
        if (event.type == "error") return m_state.noteError(shortened(event.data));
        m_state.noteOddity(event.cut ? "the stream ends in the middle of an event"
                                     : "an event that cannot be read: " + document.error().message);
    }

    void readDocument() {
        const std::string_view text = trimmedJsonSpace(m_body);
        if (text.empty()) {
            if (!m_decoder.failed()) m_state.noteOddity("the reply has no content");
            return;
        }
        const auto document = m_reader.read(text);
        if (!document) {
            if (m_failedStatus) return m_state.noteError(shortened(text));
            return m_state.noteOddity("the reply cannot be read: " + document.error().message);
        }
        if (m_failedStatus) {
            m_state.noteError(errorWords(document->root()));
            m_state.reply().ended = true;
            return;
        }
        m_api->applyDocument(document->root());
    }

    ReplyState m_state;
    ContentDecoder m_decoder;
    std::unique_ptr<ApiReply> m_api;
    SseDecoder m_sse;
    JsonReader m_reader;
    const bool m_failedStatus;
    const int m_status;
    const bool m_saysStream;
    Shape m_shape = Shape::undecided;
    std::string m_body;  ///< of a document, or until it is known what comes
    Nanoseconds m_at{};
    bool m_finished = false;
};

}  // namespace

std::unique_ptr<ReplyParser> makeReplyParser(model::Api api, int httpStatus, std::string_view contentType,
                                             std::string_view contentEncoding) {
    return std::make_unique<WireReplyParser>(api, httpStatus, contentType, contentEncoding);
}

ParsedReply parseStoredReply(model::Api api, int httpStatus, std::string_view contentType,
                             std::string_view contentEncoding, std::string_view body,
                             const std::vector<model::Arrival>& arrivals) {
    const auto parser = makeReplyParser(api, httpStatus, contentType, contentEncoding);
    std::size_t offset = 0;
    Nanoseconds at{};
    for (const model::Arrival& arrival : arrivals) {
        at = arrival.at;
        const std::size_t size = std::min(arrival.size, body.size() - offset);
        parser->feed(body.substr(offset, size), at);
        offset += size;
    }
    // A body longer than its arrivals tell: nothing is lost, its time is the last one known.
    if (offset < body.size()) parser->feed(body.substr(offset), at);
    parser->finish();
    return parser->reply();
}

}  // namespace turntable::wire
