#include "recorder/proxy/error_document.h"

#include <nlohmann/json.hpp>

#include "recorder/wire/messages_error.h"

namespace turntable::proxy {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string errorDocument(int status, model::Api api, std::string_view message) {
    if (api == model::Api::openaiChat) {
        // Clients of Chat Completions go by the status.
        return text({{"error",
                      {{"message", message},
                       {"type", wire::messagesErrorType(status)},
                       {"param", nullptr},
                       {"code", nullptr}}}});
    }
    return wire::errorDocument({status, std::string(wire::messagesErrorType(status)), std::string(message)});
}

const char* reasonPhrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 402: return "Payment Required";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 413: return "Content Too Large";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        default: return "";
    }
}

}  // namespace turntable::proxy
