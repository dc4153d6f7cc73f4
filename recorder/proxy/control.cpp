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

support::Result<std::string> urlOf(const std::string& body) {
    const Json document = Json::parse(body, nullptr, false);
    if (!document.is_object() || !document.contains("url") || !document["url"].is_string()) {
        return Error{ErrorCode::invalidArgument, R"(expected {"url":"http://..."})"};
    }
    return document["url"].get<std::string>();
}

bool answerUpstream(const ControlTarget& control, const AgentRequest& request, ReplyWriter& reply) {
    if (request.method != "POST") return reply.sendError(405, kApi, "the upstream is set with POST");
    const auto url = urlOf(request.body);
    if (!url) return reply.sendError(400, kApi, url.error().message);
    const auto set = control.setUpstream(*url);
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

}  // namespace

void answerControl(const ControlTarget& control, const AgentRequest& request, std::string_view path,
                   ReplyWriter& reply) {
    // Whether the asker still listens changes nothing.
    static_cast<void>(answer(control, request, path, reply));
}

support::Status swapUpstream(const storage::RecorderRecord& recorder, const std::string& url) {
    const std::string which = "recorder " + std::to_string(recorder.id.value);
    if (recorder.listen.empty()) {
        return Error{ErrorCode::invalidArgument, which + " does not listen: it belongs to a replay run"};
    }
    auto client = http::Client::create();
    if (!client) return std::move(client).error();
    const std::string body = Json{{"url", url}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    http::Request request;
    request.method = "POST";
    request.url = recorder.listen + std::string(kControlPath) + "upstream";
    request.headers = {{"content-type", kJson}, {std::string(kControlTokenHeader), recorder.controlToken}};
    request.body = body;
    request.totalTimeout = std::chrono::seconds(10);
    const auto reply = http::fetch(*client, request);
    if (!reply) return support::withContext({ErrorCode::network, reply.error().message}, which);
    if (reply->head.status == 200) return {};
    const std::string message = messageOf(reply->body);
    return Error{ErrorCode::invalidArgument,
                 which + " refuses: " + (message.empty() ? "status " + std::to_string(reply->head.status) : message)};
}

}  // namespace turntable::proxy
