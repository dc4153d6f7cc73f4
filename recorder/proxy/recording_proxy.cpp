#include "recorder/proxy/recording_proxy.h"

#include <nlohmann/json.hpp>

#include "recorder/http/url.h"
#include "recorder/proxy/access_token.h"
#include "recorder/proxy/agent_body.h"
#include "recorder/proxy/agent_connection.h"
#include "recorder/proxy/control.h"
#include "recorder/proxy/forwarding.h"
#include "recorder/proxy/http_server.h"
#include "recorder/proxy/recording.h"
#include "recorder/proxy/reply_writer.h"
#include "recorder/proxy/request_target.h"
#include "recorder/screen/observe.h"
#include "storage/support/process.h"

namespace turntable::proxy {
namespace {

using support::Error;
using support::Status;
using Json = nlohmann::ordered_json;

constexpr auto kApi = model::Api::anthropicMessages;

RecordingOptions recordingOptions(const ProxyOptions& options, const std::string& listen, const std::string& upstream,
                                  const std::string& token, ProxyListener listener) {
    RecordingOptions recording;
    recording.store = options.store;
    recording.recorder.process = support::currentProcess();
    recording.recorder.listen = listen;
    recording.recorder.upstream = upstream;
    recording.recorder.controlToken = token;
    recording.privacy = options.privacy;
    recording.turns.sessionName = options.sessionName;
    recording.turns.endpoint = upstream;
    recording.turns.groupFor = options.groupFor;
    recording.turns.files = screen::linkedFilesBelow(options.linkedFileRoots);
    recording.queueCapacity = options.queueCapacity;
    recording.maxExchanges = options.maxConnections;
    recording.listener = std::move(listener);
    return recording;
}

}  // namespace

namespace {

/// A recorder before itself would ask itself without end.
Status notItself(const std::string& upstream, const std::string& listenHost, std::uint16_t port) {
    const auto url = http::parseUrl(upstream);
    if (!url) return url.error();
    for (const std::string& host :
         {listenHost, std::string("127.0.0.1"), std::string("localhost"), std::string("::1")}) {
        if (url->endpoint != hostAndPort(host, port)) continue;
        return Error{support::ErrorCode::invalidArgument,
                     "the upstream " + upstream + " is this recorder itself: name the model server"};
    }
    return {};
}

}  // namespace

struct RecordingProxy::State {
    std::string listenHost;
    std::string listenUrl;
    std::string accessToken;
    RequestLimits limits;
    ControlTarget control;
    std::unique_ptr<Recording> recording;
    std::unique_ptr<Forwarder> forwarder;
    std::unique_ptr<HttpServer> server;  ///< last: its threads use the rest

    void serve(AgentSocket& socket, const std::stop_token& stop);
    void answer(AgentRequest& request, AgentSocket& socket, ReplyWriter& reply, const std::stop_token& stop);
    [[nodiscard]] Status setUpstream(const std::string& url, std::optional<model::Api> api);
    [[nodiscard]] std::string statusJson() const;
};

void RecordingProxy::State::serve(AgentSocket& socket, const std::stop_token& stop) {
    AgentConnection connection(socket, limits);
    while (!stop.stop_requested()) {
        auto request = connection.next();
        if (!request) return;
        ReplyWriter reply(socket, *request);
        answer(*request, socket, reply, stop);
        if (!reply.keepAlive()) return;
    }
}

void RecordingProxy::State::answer(AgentRequest& request, AgentSocket& socket, ReplyWriter& reply,
                                   const std::stop_token& stop) {
    AgentBody body(socket, request);
    const std::string_view host = http::headerValue(request.headers, "host");
    if (!hostAllowed(host, listenHost)) {
        if (!body.await()) return;
        static_cast<void>(reply.sendError(403, kApi,
                                          "this recorder listens on this machine only and does not serve the name '" +
                                              std::string(host) + "'; use " + listenUrl));
        return;
    }
    const auto target = parseTarget(request.target);
    const bool ours = !target || target->path.starts_with(kControlPath);
    if (ours && !body.await()) return;
    if (!ours && !accessToken.empty() && !sameToken(accessToken, target->accessToken)) {
        if (!body.await()) return;
        static_cast<void>(reply.sendError(401, kApi,
                                          "this recorder asks for its access token: the base URL is " + listenUrl +
                                              "/t/TOKEN, with the token that it printed when it began"));
        return;
    }
    if (!target) {
        static_cast<void>(reply.sendError(400, kApi, target.error().message));
    } else if (ours) {
        answerControl(control, request, target->path, reply);
    } else {
        forwarder->forward(request, *target, body, socket, reply, stop);
    }
}

Status RecordingProxy::State::setUpstream(const std::string& url, std::optional<model::Api> api) {
    const auto upstream = parseUpstream(url, api.value_or(forwarder->upstream().api));
    if (!upstream) return upstream.error();
    if (Status other = notItself(upstream->url, listenHost, server->port()); !other) return other;
    forwarder->setUpstream(*upstream);
    recording->upstreamChanged(*upstream);
    return {};
}

std::string RecordingProxy::State::statusJson() const {
    const Upstream upstream = forwarder->upstream();
    const Json status{{"listen", listenUrl},
                      {"upstream", upstream.url},
                      {"upstream_api", model::apiName(upstream.api)},
                      {"turns", recording->turns()}};
    return status.dump(-1, ' ', false, Json::error_handler_t::replace);
}

support::Result<std::unique_ptr<RecordingProxy>> RecordingProxy::start(const ProxyOptions& options,
                                                                       ProxyListener listener) {
    const auto upstream = parseUpstream(options.upstream, options.upstreamApi);
    if (!upstream) return upstream.error();
    if (options.accessToken.empty() && !isLoopbackAddress(options.listenHost)) {
        return Error{support::ErrorCode::invalidArgument,
                     options.listenHost + " can be reached by other machines: that needs an access token"};
    }
    auto server = HttpServer::bind(options.listenHost, options.listenPort, options.maxConnections);
    if (!server) return std::move(server).error();
    if (Status other = notItself(upstream->url, options.listenHost, (*server)->port()); !other) return other.error();
    // What an earlier recorder left behind is put in order first; if that fails it stays for the next time.
    const auto recovered = recoverStore(options.store);

    auto state = std::make_unique<State>();
    state->listenHost = options.listenHost;
    state->listenUrl = "http://" + hostAndPort(options.listenHost, (*server)->port());
    state->accessToken = options.accessToken;
    state->limits = {options.maxRequestBytes, options.maxHeaderBytes};
    state->server = *std::move(server);
    state->control.token = makeToken();
    state->control.setUpstream = [self = state.get()](const std::string& url, std::optional<model::Api> api) {
        return self->setUpstream(url, api);
    };
    state->control.statusJson = [self = state.get()] { return self->statusJson(); };
    auto recording = Recording::start(
        recordingOptions(options, state->listenUrl, upstream->url, state->control.token, std::move(listener)));
    if (!recording) return std::move(recording).error();
    state->recording = *std::move(recording);
    state->forwarder = std::make_unique<Forwarder>(options.modelRules, *upstream, *state->recording);
    if (!recovered)
        state->recording->notice("an earlier recording could not be put in order: " + recovered.error().message);
    if (!isLoopbackAddress(options.listenHost)) {
        state->recording->notice("listening on " + options.listenHost +
                                 ": other machines can reach the upstream through it, with the access token");
    }
    state->server->serve(
        [self = state.get()](AgentSocket& socket, const std::stop_token& stop) { self->serve(socket, stop); });
    return std::unique_ptr<RecordingProxy>(new RecordingProxy(std::move(state)));
}

RecordingProxy::RecordingProxy(std::unique_ptr<State> state) : m_state(std::move(state)) {}

RecordingProxy::~RecordingProxy() { stop(); }

std::string RecordingProxy::listenUrl() const { return m_state->listenUrl; }

Status RecordingProxy::setUpstream(const std::string& url, std::optional<model::Api> api) {
    return m_state->setUpstream(url, api);
}

std::int64_t RecordingProxy::secretsReplaced() const { return m_state->recording->secretsReplaced(); }
std::int64_t RecordingProxy::turnsLost() const { return m_state->recording->turnsLost(); }
std::int64_t RecordingProxy::repliesUnread() const { return m_state->recording->repliesUnread(); }
support::Nanoseconds RecordingProxy::longestWait() const { return m_state->recording->longestWait(); }

void RecordingProxy::stop() {
    m_state->server->stop();
    m_state->recording->stop();
}

}  // namespace turntable::proxy
