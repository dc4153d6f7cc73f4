#pragma once

#include <string>
#include <string_view>

#include "recorder/wire/json_scan.h"

namespace turntable::wire {

/// An error as the Messages API tells it. `type` is one of its own names (docs.anthropic.com, "Errors").
struct MessagesError {
    int status = 502;
    std::string type = "api_error";
    std::string message;
};

/// The name that the Messages API has for errors of that HTTP status.
[[nodiscard]] std::string_view messagesErrorType(int status);

/// `{"type":"error","error":{"type":…,"message":…}}`
[[nodiscard]] std::string errorDocument(const MessagesError& error);

/// What an error body of another API says; see errorWords for the shapes. Its status is the one it came with, or, where
/// that is no error (a stream that had begun, a 200), the body's own `code`, or what its `type` stands for, else 502.
[[nodiscard]] MessagesError messagesErrorOf(int status, const JsonValue& document);
/// The same for a body that is no JSON.
[[nodiscard]] MessagesError messagesErrorOf(int status, std::string_view text);

}  // namespace turntable::wire
