#include "replay/endpoints/questions.h"

namespace turntable::endpoints {

using Json = nlohmann::json;

support::Result<http::Reply> Questions::fetch(std::string_view path, const std::string& body,
                                              std::chrono::nanoseconds time) {
    http::Request request;
    request.method = body.empty() ? "GET" : "POST";
    request.url = m_urls.below(path);
    request.headers = m_headers;
    request.body = body;
    request.connectTimeout = kTime;
    request.totalTimeout = time;
    return http::fetch(m_client, request, m_stop);
}

support::Result<std::string> Questions::ask(std::string_view path, const std::string& body) {
    auto reply = fetch(path, body);
    if (!reply) return std::move(reply).error();
    return reply->head.status == 200 ? std::move(reply->body) : std::string();
}

std::string Questions::tryAsk(std::string_view path, const std::string& body) {
    auto answer = ask(path, body);
    return answer ? *std::move(answer) : std::string();
}

Json parseObject(std::string_view document) {
    Json json = Json::parse(document, nullptr, false);
    return json.is_object() ? json : Json::object();
}

Json memberAt(const Json& json, std::initializer_list<const char*> path) {
    const Json* place = &json;
    for (const char* name : path) {
        if (!place->is_object()) return nullptr;
        const auto member = place->find(name);
        if (member == place->end()) return nullptr;
        place = &*member;
    }
    return *place;
}

std::string jsonText(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace turntable::endpoints
