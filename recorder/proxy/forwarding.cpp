#include "recorder/proxy/forwarding.h"

#include "recorder/proxy/error_document.h"
#include "recorder/proxy/header_filter.h"
#include "recorder/proxy/model_rules.h"
#include "recorder/turns/stored_headers.h"
#include "recorder/wire/request.h"

namespace turntable::proxy {
namespace {

using support::ErrorCode;
using support::Status;
using turns::ExchangeEnd;

/// Gives a reply to the agent as it comes. The tape hears every piece first.
class PassingSink final : public http::ReplySink {
public:
    PassingSink(ReplyWriter& reply, TurnTape* tape) : m_reply(reply), m_tape(tape) {}

    void onConnected(support::MonotonicTime at) override {
        if (m_tape != nullptr) m_tape->connected(at);
    }
    bool onHead(const http::ResponseHead& head, support::MonotonicTime at) override {
        if (m_tape != nullptr) m_tape->head(head, at);
        return m_reply.head(head);
    }
    bool onBody(std::string_view bytes, support::MonotonicTime at) override {
        if (m_tape != nullptr) {
            m_tape->body(bytes, at);
            const auto left = m_reply.left();
            if (left && *left <= bytes.size()) m_tape->end(ExchangeEnd::whole);
        }
        return m_reply.body(bytes);
    }

private:
    ReplyWriter& m_reply;
    TurnTape* m_tape;
};

struct Ending {
    ExchangeEnd end = ExchangeEnd::whole;
    std::string error;
    int ownStatus = 0;  ///< what we answer if nothing has been sent yet; 0: nothing
};

Ending endingOf(const Status& done, const ReplyWriter& reply, const std::stop_token& stop) {
    // The last byte may cross with the hang-up of an agent that knows how many it expects.
    if (done || (reply.begun() && reply.left() == 0U)) return {};
    if (stop.stop_requested()) return {ExchangeEnd::recorderStopped, "the recorder was stopped", 503};
    if (done.error().code == ErrorCode::cancelled) return {ExchangeEnd::clientGone, "the agent hung up", 0};
    return {ExchangeEnd::upstreamFailed, done.error().message, 502};
}

void conclude(const Ending& ending, model::Api api, ReplyWriter& reply, TurnTape* tape) {
    if (ending.end == ExchangeEnd::whole) {
        if (tape != nullptr) tape->end(ExchangeEnd::whole);
        if (!reply.end() && tape != nullptr) tape->end(ExchangeEnd::clientGone, "the agent hung up");
        return;
    }
    // In the middle of a reply there is nothing left to say: the connection ends without the last chunk, and the SDK
    // sees it.
    const bool answers = ending.ownStatus != 0 && !reply.begun();
    const std::string document = answers ? errorDocument(ending.ownStatus, api, ending.error) : std::string();
    if (tape != nullptr) tape->end(ending.end, ending.error, document);
    if (answers && !reply.sendWhole(ending.ownStatus, "application/json", document) && tape != nullptr) {
        tape->end(ExchangeEnd::clientGone, ending.error);
    }
}

turns::RequestReceived receivedOf(const AgentRequest& request, const RequestTarget& target, model::Api api) {
    turns::RequestReceived received;
    received.api = api;
    received.target = turns::storedTarget(target.path);
    received.sessionHint = target.sessionHint;
    received.headers = storedHeaders(request.headers);
    return received;
}

}  // namespace

Forwarder::Forwarder(std::vector<ModelRule> rules, std::string upstream, Recording& recording)
    : m_rules(std::move(rules)), m_recording(recording), m_upstream(std::move(upstream)) {}

std::string Forwarder::upstream() const {
    return m_upstream.with([](const std::string& url) { return url; });
}

void Forwarder::setUpstream(std::string url) {
    m_upstream.with([&url](std::string& current) { current = std::move(url); });
}

void Forwarder::forward(const AgentRequest& request, const RequestTarget& target, AgentSocket& agent,
                        ReplyWriter& reply, const std::stop_token& stop) {
    const auto api = wire::recognizeTurn(request.method, target.path);
    const auto tape =
        api ? m_recording.open(receivedOf(request, target, *api), request.body, request.received) : nullptr;
    const auto mapped = applyModelRules(m_rules, request.method, target.path, request.body);

    http::Request upstreamRequest;
    upstreamRequest.method = request.method;
    upstreamRequest.url = upstream() + target.path;
    upstreamRequest.headers = forwardedRequestHeaders(request.headers);
    upstreamRequest.body = mapped ? *mapped : request.body;

    PassingSink sink(reply, tape.get());
    auto client = m_clients.take();
    Status done;
    if (client) {
        done = client->exchange(upstreamRequest, sink, stop, agent.descriptor());
        m_clients.giveBack(*std::move(client));
    } else {
        done = client.error();
    }
    conclude(endingOf(done, reply, stop), api.value_or(model::Api::anthropicMessages), reply, tape.get());
    if (tape) tape->handOver();
}

}  // namespace turntable::proxy
