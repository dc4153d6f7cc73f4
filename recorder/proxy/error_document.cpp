#include "recorder/proxy/error_document.h"

#include <nlohmann/json.hpp>

namespace turntable::proxy {
namespace {

using Json = nlohmann::ordered_json;

// Names of the Messages API; Chat Completions clients go by the status.
const char* errorType(int status) {
    switch (status) {
        case 401: return "authentication_error";
        case 403: return "permission_error";
        case 404: return "not_found_error";
        case 413: return "request_too_large";
        case 503: return "overloaded_error";
        default: return status < 500 ? "invalid_request_error" : "api_error";
    }
}

std::string text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string errorDocument(int status, model::Api api, std::string_view message) {
    if (api == model::Api::openaiChat) {
        return text(
            {{"error", {{"message", message}, {"type", errorType(status)}, {"param", nullptr}, {"code", nullptr}}}});
    }
    return text({{"type", "error"}, {"error", {{"type", errorType(status)}, {"message", message}}}});
}

const char* reasonPhrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 413: return "Content Too Large";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        default: return "";
    }
}

}  // namespace turntable::proxy
