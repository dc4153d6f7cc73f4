#pragma once

#include <cstddef>
#include <string_view>

#include "storage/support/result.h"

namespace turntable::wire {

[[nodiscard]] constexpr bool isJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Checks what a parser that reads on demand passes over: that strings are closed, that brackets match, that nothing
/// lies deeper than kMaxJsonDepth and nothing behind the root. Errors as JsonReader::read.
[[nodiscard]] support::Status checkJsonShape(std::string_view text);

/// The first control character inside of a string; the size when there is none.
[[nodiscard]] std::size_t findControlInString(std::string_view text);

/// Whether a token is a number of JSON (RFC 8259, section 6).
[[nodiscard]] bool isJsonNumber(std::string_view token);

}  // namespace turntable::wire
