#include "recorder/wire/messages_error.h"

#include <algorithm>
#include <array>
#include <optional>

#include "recorder/wire/content_decoder.h"
#include "recorder/wire/reply_state.h"

namespace turntable::wire {

namespace {

constexpr int kBadGateway = 502;

bool isErrorStatus(std::int64_t status) { return status >= 400 && status <= 599; }

struct Known {
    std::string_view type;
    int status;
};

/// Types that an error body may have in place of a status: those of the Messages API, of OpenAI's, and of llama-server
/// (tools/server/server-common.cpp, format_error_response).
constexpr std::array<Known, 17> kTypes = {{{"invalid_request_error", 400},
                                           {"exceed_context_size_error", 400},
                                           {"authentication_error", 401},
                                           {"billing_error", 402},
                                           {"permission_error", 403},
                                           {"not_found_error", 404},
                                           {"request_too_large", 413},
                                           {"rate_limit_error", 429},
                                           {"rate_limit_exceeded", 429},
                                           {"insufficient_quota", 429},
                                           {"tokens", 429},
                                           {"requests", 429},
                                           {"api_error", 500},
                                           {"server_error", 500},
                                           {"unavailable_error", 503},
                                           {"timeout_error", 504},
                                           {"overloaded_error", 529}}};

std::optional<int> statusOfType(std::string_view type) {
    const auto* found =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const Known& known) { return known.type == type; });
    if (found == kTypes.end()) return std::nullopt;
    return found->status;
}

/// What the document says of its status: {"error":{"code":503,"type":…}}, or the same without the outer object, as
/// llama.cpp sends it in the middle of a stream.
std::optional<int> statusIn(const JsonValue& document) {
    for (const JsonValue& place : {document.find("error"), document}) {
        for (const std::string_view name : {"code", "status"}) {
            const auto code = place.find(name).count();
            if (code && isErrorStatus(*code)) return static_cast<int>(*code);
        }
        for (const std::string_view name : {"type", "code"}) {
            if (const auto status = statusOfType(place.find(name).text())) return status;
        }
    }
    return std::nullopt;
}

MessagesError errorOf(int status, std::string words) {
    MessagesError error;
    error.status = isErrorStatus(status) ? status : kBadGateway;
    error.type = messagesErrorType(error.status);
    error.message = std::move(words);
    return error;
}

}  // namespace

std::string_view messagesErrorType(int status) {
    switch (status) {
        case 401: return "authentication_error";
        case 402: return "billing_error";
        case 403: return "permission_error";
        case 404: return "not_found_error";
        case 408:
        case 504: return "timeout_error";
        case 413: return "request_too_large";
        case 429: return "rate_limit_error";
        case 503:
        case 529: return "overloaded_error";
        default: return status < 500 ? "invalid_request_error" : "api_error";
    }
}

std::string errorDocument(const MessagesError& error) {
    return R"({"type":"error","error":{"type":)" + encodeString(error.type) + R"(,"message":)" +
           encodeString(error.message) + "}}";
}

MessagesError messagesErrorOf(int status, const JsonValue& document) {
    return errorOf(isErrorStatus(status) ? status : statusIn(document).value_or(kBadGateway), errorWords(document));
}

MessagesError messagesErrorOf(int status, std::string_view text) {
    text = trimmedJsonSpace(text);
    if (!text.empty()) return errorOf(status, shortened(text));
    return errorOf(status, "the server answered with status " + std::to_string(status) + " and said nothing");
}

}  // namespace turntable::wire
