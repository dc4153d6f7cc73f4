#include "recorder/proxy/control.h"

#include <nlohmann/json.hpp>

#include "recorder/proxy/access_token.h"
#include "recorder/proxy/recording_proxy.h"

namespace turntable::proxy {
namespace {

using Json = nlohmann::ordered_json;
using support::Error;
using support::ErrorCode;

constexpr auto kApi = model::Api::anthropicMessages;
constexpr const char* kJson = "application/json";

constexpr const char* kApiMember = "upstream_api";

/// A swap as it is asked for; no API: the one in use stays.
struct Swap {
    std::string url;
    std::optional<model::Api> api;
};

support::Result<Swap> swapIn(const std::string& body) {
    const Json document = Json::parse(body, nullptr, false);
    if (!document.is_object() || !document.contains("url") || !document["url"].is_string()) {
        return Error{ErrorCode::invalidArgument, R"(expected {"url":"http://..."})"};
    }
    Swap swap{document["url"].get<std::string>(), std::nullopt};
    if (!document.contains(kApiMember)) return swap;
    const Json& named = document[kApiMember];
    const auto api = parseUpstreamApi(named.is_string() ? named.get<std::string>() : named.dump());
    if (!api) return api.error();
    swap.api = *api;
    return swap;
}

bool answerUpstream(const ControlTarget& control, const AgentRequest& request, ReplyWriter& reply) {
    if (request.method != "POST") return reply.sendError(405, kApi, "the upstream is set with POST");
    const auto swap = swapIn(request.body);
    if (!swap) return reply.sendError(400, kApi, swap.error().message);
    const auto set = control.setUpstream(swap->url, swap->api);
    if (!set) return reply.sendError(400, kApi, set.error().message);
    return reply.sendWhole(200, kJson, control.statusJson());
}

bool answer(const ControlTarget& control, const AgentRequest& request, std::string_view path, ReplyWriter& reply) {
    if (!sameToken(control.token, http::headerValue(request.headers, kControlTokenHeader))) {
        return reply.sendError(403, kApi, "this needs the control token that stands in the recorder's store");
    }
    const std::string_view verb = path.substr(kControlPath.size(), path.find('?') - kControlPath.size());
    if (verb == "upstream") return answerUpstream(control, request, reply);
    if (verb != "status") return reply.sendError(404, kApi, "there is no control request '" + std::string(verb) + "'");
    if (request.method != "GET") return reply.sendError(405, kApi, "the status is asked for with GET");
    return reply.sendWhole(200, kJson, control.statusJson());
}

std::string messageOf(const std::string& body) {
    const Json document = Json::parse(body, nullptr, false);
    const auto pointer = Json::json_pointer("/error/message");
    if (!document.is_object() || !document.contains(pointer) || !document[pointer].is_string()) return {};
    return document[pointer].get<std::string>();
}

/// What a recorder says that it uses now. One from before it knew of APIs says nothing of them, and has done the rest.
support::Result<Upstream> upstreamNow(const std::string& status, const std::string& url,
                                      std::optional<model::Api> asked, const std::string& which) {
    const Json document = Json::parse(status, nullptr, false);
    const auto textOf = [&document](const char* name) {
        const bool there = document.is_object() && document.contains(name) && document[name].is_string();
        return there ? document[name].get<std::string>() : std::string();
    };
    const auto api = parseUpstreamApi(textOf(kApiMember));
    if (!api && asked) {
        return Error{ErrorCode::unsupportedVersion,
                     which + " now asks " + url + ", but is too old to know of --upstream-api: start it anew"};
    }
    const std::string named = textOf("upstream");
    return Upstream{named.empty() ? url : named, api ? *api : model::Api::anthropicMessages};
}

}  // namespace

void answerControl(const ControlTarget& control, const AgentRequest& request, std::string_view path,
                   ReplyWriter& reply) {
    // Whether the asker still listens changes nothing.
    static_cast<void>(answer(control, request, path, reply));
}

support::Result<Upstream> swapUpstream(const storage::RecorderRecord& recorder, const std::string& url,
                                       std::optional<model::Api> api) {
    const std::string which = "recorder " + std::to_string(recorder.id.value);
    if (recorder.listen.empty()) {
        return Error{ErrorCode::invalidArgument, which + " does not listen: it belongs to a replay run"};
    }
    auto client = http::Client::create();
    if (!client) return std::move(client).error();
    Json asked{{"url", url}};
    if (api) asked[kApiMember] = model::apiName(*api);
    const std::string body = asked.dump(-1, ' ', false, Json::error_handler_t::replace);
    http::Request request;
    request.method = "POST";
    request.url = recorder.listen + std::string(kControlPath) + "upstream";
    request.headers = {{"content-type", kJson}, {std::string(kControlTokenHeader), recorder.controlToken}};
    request.body = body;
    request.totalTimeout = std::chrono::seconds(10);
    const auto reply = http::fetch(*client, request);
    if (!reply) return support::withContext({ErrorCode::network, reply.error().message}, which);
    if (reply->head.status == 200) return upstreamNow(reply->body, url, api, which);
    const std::string message = messageOf(reply->body);
    return Error{ErrorCode::invalidArgument,
                 which + " refuses: " + (message.empty() ? "status " + std::to_string(reply->head.status) : message)};
}

}  // namespace turntable::proxy
