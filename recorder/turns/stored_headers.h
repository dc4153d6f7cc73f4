#pragma once

#include <string>
#include <string_view>

namespace turntable::turns {

/// Whether a name, of a header or of a query parameter, says that its value is a secret: authorization, cookies, and
/// whatever says token, secret or key. Any case.
[[nodiscard]] bool namesASecret(std::string_view name);

/// What the store keeps of a header: a "name: value\n" line; empty for one that names a secret, for one that only we
/// write (`turntable-…`), and for a name that is none (RFC 9110, section 5.6.2). Control characters in the value
/// become spaces, so that a line stays a line.
[[nodiscard]] std::string storedHeaderLine(std::string_view name, std::string_view value);

/// A request target as the store keeps it: the value of each query parameter that names a secret is "redacted".
[[nodiscard]] std::string storedTarget(std::string_view target);

}  // namespace turntable::turns
