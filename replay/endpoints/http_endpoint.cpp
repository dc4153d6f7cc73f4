#include "replay/endpoints/http_endpoint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "replay/endpoints/identity_probe.h"

namespace turntable::endpoints {

namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{256} << 20;
constexpr std::string_view kMessagesPath = "/v1/messages";
constexpr std::string_view kChatPath = "/v1/chat/completions";

bool isSecret(std::string_view name) {
    constexpr std::array<std::string_view, 4> kSecrets = {"set-cookie", "authorization", "x-api-key",
                                                          "proxy-authorization"};
    return std::any_of(kSecrets.begin(), kSecrets.end(), [name](std::string_view secret) {
        return std::equal(name.begin(), name.end(), secret.begin(), secret.end(), [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        });
    });
}

/// Writes a reply down as it comes.
class AnswerSink final : public http::ReplySink {
public:
    AnswerSink(turns::ReplyReceived& reply, support::MonotonicTime sent) : m_reply(reply), m_sent(sent) {}

    void onConnected(support::MonotonicTime at) override { m_reply.wire.upstreamConnected = at - m_sent; }

    bool onHead(const http::ResponseHead& head, support::MonotonicTime at) override {
        m_reply.httpStatus = head.status;
        m_reply.wire.headers = at - m_sent;
        for (const http::Header& header : head.headers) {
            if (!isSecret(header.name)) m_reply.headers += header.name + ": " + header.value + "\n";
        }
        return true;
    }

    bool onBody(std::string_view bytes, support::MonotonicTime at) override {
        m_tooLarge = bytes.size() > kMaxReplyBytes - m_reply.body.size();
        if (m_tooLarge) return false;
        if (bytes.empty()) return true;
        const support::Nanoseconds since = at - m_sent;
        if (!m_reply.wire.firstByte) m_reply.wire.firstByte = since;
        m_reply.arrivals.push_back({since, bytes.size()});
        m_reply.body.append(bytes);
        return true;
    }

    [[nodiscard]] bool tooLarge() const { return m_tooLarge; }

private:
    turns::ReplyReceived& m_reply;
    support::MonotonicTime m_sent;
    bool m_tooLarge = false;
};

}  // namespace

ServerUrls::ServerUrls(std::string_view base) : m_base(base) {
    const auto cut = [this](std::string_view ending) {
        if (m_base.ends_with(ending)) m_base.resize(m_base.size() - ending.size());
    };
    while (m_base.ends_with('/')) m_base.pop_back();
    cut(kMessagesPath);
    cut(kChatPath);
    cut("/v1");
    while (m_base.ends_with('/')) m_base.pop_back();
}

std::string ServerUrls::turn(model::Api api) const {
    return below(api == model::Api::anthropicMessages ? kMessagesPath : kChatPath);
}

HttpEndpoint::HttpEndpoint(const EndpointOptions& options, http::Client client)
    : m_name(options.specification),
      m_urls(options.specification),
      m_apiKey(options.apiKey),
      m_model(options.model),
      m_turnTimeout(options.turnTimeout),
      m_client(std::move(client)) {
    while (m_name.ends_with('/')) m_name.pop_back();
}

support::Result<std::unique_ptr<Endpoint>> HttpEndpoint::make(const EndpointOptions& options) {
    auto client = http::Client::create();
    if (!client) return std::move(client).error();
    return std::unique_ptr<Endpoint>(new HttpEndpoint(options, *std::move(client)));
}

std::vector<http::Header> HttpEndpoint::headersFor(model::Api api) const {
    const std::string key = m_apiKey.empty() ? "none" : m_apiKey;
    std::vector<http::Header> headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}};
    const bool messages = api == model::Api::anthropicMessages;
    if (messages) {
        headers.push_back({"anthropic-version", "2023-06-01"});
        headers.push_back({"x-api-key", key});
    }
    // Local servers ask for a bearer key on either API; Anthropic's own takes x-api-key alone.
    const bool hosted = m_urls.base().find("anthropic.com") != std::string::npos;
    if (!messages || !hosted) headers.push_back({"authorization", "Bearer " + key});
    return headers;
}

support::Result<model::ModelIdentity> HttpEndpoint::probe(std::stop_token stop) {
    return probeIdentity(m_client, m_urls, headersFor(model::Api::openaiChat), m_model, std::move(stop));
}

support::Result<Answer> HttpEndpoint::ask(const Question& question, std::stop_token stop) {
    http::Request request;
    request.method = "POST";
    request.url = m_urls.turn(question.api);
    request.headers = headersFor(question.api);
    request.body = question.body;
    request.totalTimeout = m_turnTimeout;

    Answer answer;
    const support::MonotonicTime sent = m_clock.monotonicNow();
    AnswerSink sink(answer.reply, sent);
    const support::Status done = m_client.exchange(request, sink, std::move(stop));
    if (sink.tooLarge()) {
        return support::Error{support::ErrorCode::limitExceeded, m_name + ": the reply is larger than 256 MiB"};
    }
    if (done) {
        answer.reply.wire.lastByte =
            answer.reply.arrivals.empty() ? m_clock.monotonicNow() - sent : answer.reply.arrivals.back().at;
        return answer;
    }
    const bool cancelled = done.error().code == support::ErrorCode::cancelled;
    if (!answer.reply.httpStatus || answer.reply.body.empty()) return done.error();
    // What came before the break is worth keeping.
    answer.reply.end = cancelled ? turns::ExchangeEnd::clientGone : turns::ExchangeEnd::upstreamFailed;
    answer.reply.error = done.error().message;
    return answer;
}

}  // namespace turntable::endpoints
