#pragma once

#include <optional>
#include <string_view>

#include "recorder/logs/log_exchange.h"
#include "recorder/wire/json_scan.h"
#include "storage/support/result.h"

namespace turntable::logs {

/// Reads one line of a claude-trace log: {"request":{"timestamp","method","url","headers","body"},"response":{
/// "timestamp","status_code","headers","body" or "body_raw"} or null,"logged_at"}. Pure.
/// - The request's bytes are those of `body` in the line, as they stand there; a string is taken for the text that it
///   is. The reply's are `body_raw` unescaped, or those of `body`.
/// - `request.timestamp` is the start; `response.timestamp` is taken when the reply's headers are there, `logged_at`
///   when its last byte is (badlogic/lemmy, apps/claude-trace/src/interceptor.ts). Pieces of the reply have no times.
/// - No response: a call without a reply.
/// Empty: a call of something else. Errors: those of the reader, and corrupt for a line of another shape.
[[nodiscard]] support::Result<std::optional<LoggedExchange>> readClaudeTraceLine(std::string_view line,
                                                                                 wire::JsonReader& reader);

}  // namespace turntable::logs
