#include "recorder/proxy/forwarding.h"

#include "recorder/proxy/error_document.h"
#include "recorder/proxy/exchange_ending.h"
#include "recorder/proxy/exchange_tape.h"
#include "recorder/proxy/header_filter.h"
#include "recorder/proxy/model_rules.h"
#include "recorder/proxy/shim_call.h"
#include "recorder/proxy/token_count.h"
#include "recorder/wire/request.h"

namespace turntable::proxy {
namespace {

using support::Status;
using turns::ExchangeEnd;

constexpr std::string_view kMessagesPath = "/v1/messages";
constexpr std::string_view kCountPath = "/v1/messages/count_tokens";
constexpr std::string_view kChatPath = "/v1/chat/completions";

/// Where a server names no message: differs from message to message.
std::string fallbackMessageId() {
    return "msg_" + std::to_string(support::SystemClock().wallNow().time_since_epoch().count());
}

/// Gives a reply to the agent as it comes. The tape hears every piece first.
class PassingSink final : public http::ReplySink {
public:
    PassingSink(ReplyWriter& reply, AgentBody& body, ExchangeTape& tape) : m_reply(reply), m_body(body), m_tape(tape) {}

    void onConnected(support::MonotonicTime at) override { m_tape.connected(at); }
    void onRequestSent() override { m_tape.begin(); }
    // A reply that comes before the request is whole (401, 413) waits for it: few agents read while they send.
    bool onHead(const http::ResponseHead& head, support::MonotonicTime at) override {
        if (!m_body.await()) return false;
        m_tape.begin();
        if (auto* tape = m_tape.tape()) tape->head(head, m_tape.sinceWhole(at));
        return m_reply.head(head);
    }
    bool onBody(std::string_view bytes, support::MonotonicTime at) override {
        if (auto* tape = m_tape.tape()) {
            tape->body(bytes, at);
            const auto left = m_reply.left();
            if (left && *left <= bytes.size()) tape->end(ExchangeEnd::whole);
        }
        return m_reply.body(bytes);
    }

private:
    ReplyWriter& m_reply;
    AgentBody& m_body;
    ExchangeTape& m_tape;
};

}  // namespace

Forwarder::Forwarder(std::vector<ModelRule> rules, Upstream upstream, Recording& recording)
    : m_rules(std::move(rules)), m_recording(recording), m_upstream(std::move(upstream)) {}

Upstream Forwarder::upstream() const {
    return m_upstream.with([](const Upstream& upstream) { return upstream; });
}

void Forwarder::setUpstream(Upstream upstream) {
    m_upstream.with([&upstream](Upstream& current) { current = std::move(upstream); });
}

void Forwarder::forward(const AgentRequest& request, const RequestTarget& target, AgentBody& body, AgentSocket& agent,
                        ReplyWriter& reply, const std::stop_token& stop) {
    const Upstream upstream = this->upstream();
    if (upstream.api == model::Api::openaiChat) {
        const bool counts = wire::asksForTokenCount(request.method, target.path);
        const bool messages = wire::recognizeTurn(request.method, target.path) == model::Api::anthropicMessages;
        // A translation needs the whole request.
        if ((counts || messages) && !body.await()) return;
        if (counts) return count(upstream, request, target, reply, stop);
        if (messages) return translate(upstream, request, target, agent, reply, stop);
    }
    pass(upstream, request, target, body, agent, reply, stop);
}

void Forwarder::pass(const Upstream& upstream, const AgentRequest& request, const RequestTarget& target,
                     AgentBody& body, AgentSocket& agent, ReplyWriter& reply, const std::stop_token& stop) {
    if (mayRename(m_rules, request.method, target.path) && !body.await()) return;
    const auto mapped =
        body.whole() ? applyModelRules(m_rules, request.method, target.path, request.body) : std::nullopt;

    http::Request upstreamRequest;
    upstreamRequest.method = request.method;
    upstreamRequest.url = upstream.url + target.path;
    upstreamRequest.headers = forwardedRequestHeaders(request.headers);
    if (!body.whole()) {
        upstreamRequest.source = &body;
    } else {
        upstreamRequest.body = mapped ? *mapped : request.body;
    }

    ExchangeTape tape(m_recording, request, target);
    PassingSink sink(reply, body, tape);
    const Status done = exchange(upstreamRequest, sink, agent, stop);
    // A request that never becomes whole is no turn, and there is nobody to answer.
    const bool cancelled = !done && done.error().code == support::ErrorCode::cancelled;
    if (!body.whole() && (cancelled || !body.await())) return;
    tape.begin();
    conclude(endingOf(done, reply, stop), tape.api(), reply, tape.tape());
    if (auto* recorded = tape.tape()) recorded->handOver();
}

Status Forwarder::exchange(const http::Request& request, http::ReplySink& sink, AgentSocket& agent,
                           const std::stop_token& stop) {
    auto client = m_clients.take();
    if (!client) return client.error();
    Status done = client->exchange(request, sink, stop, agent.descriptor());
    m_clients.giveBack(*std::move(client));
    return done;
}

void Forwarder::translate(const Upstream& upstream, const AgentRequest& request, const RequestTarget& target,
                          AgentSocket& agent, ReplyWriter& reply, const std::stop_token& stop) {
    ExchangeTape tape(m_recording, request, target);
    const auto mapped = applyModelRules(m_rules, request.method, target.path, request.body);
    const auto translated = wire::shimRequest(mapped ? *mapped : request.body);
    if (translated) {
        tape.mark(translationMark(translated->dropped));
        http::Request upstreamRequest;
        upstreamRequest.method = "POST";
        upstreamRequest.url = callUrl(upstream.url, target.path, kMessagesPath, kChatPath);
        upstreamRequest.headers = shimRequestHeaders(request.headers);
        upstreamRequest.body = translated->body;
        const auto wanted = translated->streaming ? wire::Shim::Wanted::stream : wire::Shim::Wanted::document;
        ShimSink sink(reply, tape, wire::Shim(wanted, translated->model, fallbackMessageId()));
        const Status done = exchange(upstreamRequest, sink, agent, stop);
        tape.begin();
        sink.end(endingOf(done, reply, stop));
    } else {
        refuseUntranslatable(translated.error(), reply, tape);
    }
    if (auto* recorded = tape.tape()) recorded->handOver();
}

void Forwarder::count(const Upstream& upstream, const AgentRequest& request, const RequestTarget& target,
                      ReplyWriter& reply, const std::stop_token& stop) {
    const auto answer = [&reply](int status, std::string_view document) {
        static_cast<void>(reply.sendWhole(status, "application/json", document));
    };
    const auto refuse = [&answer](int status, const support::Error& error) {
        answer(status, errorDocument(status, model::Api::anthropicMessages, error.message));
    };
    const auto mapped = applyModelRules(m_rules, request.method, target.path, request.body);
    const auto translated = wire::shimRequest(mapped ? *mapped : request.body);
    if (!translated) return refuse(400, translated.error());
    auto client = m_clients.take();
    if (!client) return refuse(502, client.error());
    const std::string base = callUrl(upstream.url, target.path, kCountPath, "");
    const CountAnswer counted = countTokens(*client, base, shimRequestHeaders(request.headers), translated->body, stop);
    m_clients.giveBack(*std::move(client));
    answer(counted.status, counted.document);
}

}  // namespace turntable::proxy
