#include "recorder/proxy/forwarding.h"

#include <algorithm>
#include <memory>
#include <optional>

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

turns::RequestReceived receivedOf(const AgentRequest& request, const RequestTarget& target, model::Api api) {
    turns::RequestReceived received;
    received.api = api;
    received.target = turns::storedTarget(target.path);
    received.sessionHint = target.sessionHint;
    received.headers = storedHeaders(request.headers);
    return received;
}

/// The tape of an exchange that may be a turn. It begins when the request has gone on, so that recording takes no time
/// from it, and before the agent gets anything of the reply.
class ExchangeTape {
public:
    ExchangeTape(Recording& recording, const AgentRequest& request, const RequestTarget& target)
        : m_recording(recording),
          m_request(request),
          m_target(target),
          m_api(wire::recognizeTurn(request.method, target.path)) {}

    [[nodiscard]] model::Api api() const { return m_api.value_or(model::Api::anthropicMessages); }
    void connected(support::MonotonicTime at) {
        m_connected = at;
        if (m_tape) m_tape->connected(at);  // a second try, after the first one had sent the request
    }
    /// The request must be whole. Further calls do nothing.
    void begin() {
        if (m_begun) return;
        m_begun = true;
        if (!m_api) return;
        m_tape = m_recording.open(receivedOf(m_request, m_target, *m_api), m_request.body, m_request.received);
        if (m_tape && m_connected) m_tape->connected(sinceWhole(*m_connected));
    }
    /// A large request is on its way, and may be answered, before its last byte is here; stamps count from that byte.
    [[nodiscard]] support::MonotonicTime sinceWhole(support::MonotonicTime at) const {
        return std::max(at, m_request.received);
    }
    /// Null when the exchange is no turn, or its recording is lost.
    [[nodiscard]] TurnTape* tape() const { return m_tape.get(); }

private:
    Recording& m_recording;
    const AgentRequest& m_request;
    const RequestTarget& m_target;
    const std::optional<model::Api> m_api;
    std::optional<support::MonotonicTime> m_connected;
    bool m_begun = false;
    std::unique_ptr<TurnTape> m_tape;
};

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

}  // namespace

Forwarder::Forwarder(std::vector<ModelRule> rules, std::string upstream, Recording& recording)
    : m_rules(std::move(rules)), m_recording(recording), m_upstream(std::move(upstream)) {}

std::string Forwarder::upstream() const {
    return m_upstream.with([](const std::string& url) { return url; });
}

void Forwarder::setUpstream(std::string url) {
    m_upstream.with([&url](std::string& current) { current = std::move(url); });
}

void Forwarder::forward(const AgentRequest& request, const RequestTarget& target, AgentBody& body, AgentSocket& agent,
                        ReplyWriter& reply, const std::stop_token& stop) {
    if (mayRename(m_rules, request.method, target.path) && !body.await()) return;
    const auto mapped =
        body.whole() ? applyModelRules(m_rules, request.method, target.path, request.body) : std::nullopt;

    http::Request upstreamRequest;
    upstreamRequest.method = request.method;
    upstreamRequest.url = upstream() + target.path;
    upstreamRequest.headers = forwardedRequestHeaders(request.headers);
    if (!body.whole()) {
        upstreamRequest.source = &body;
    } else {
        upstreamRequest.body = mapped ? *mapped : request.body;
    }

    ExchangeTape tape(m_recording, request, target);
    PassingSink sink(reply, body, tape);
    auto client = m_clients.take();
    Status done;
    if (client) {
        done = client->exchange(upstreamRequest, sink, stop, agent.descriptor());
        m_clients.giveBack(*std::move(client));
    } else {
        done = client.error();
    }
    // A request that never becomes whole is no turn, and there is nobody to answer.
    const bool cancelled = !done && done.error().code == ErrorCode::cancelled;
    if (!body.whole() && (cancelled || !body.await())) return;
    tape.begin();
    conclude(endingOf(done, reply, stop), tape.api(), reply, tape.tape());
    if (auto* recorded = tape.tape()) recorded->handOver();
}

}  // namespace turntable::proxy
