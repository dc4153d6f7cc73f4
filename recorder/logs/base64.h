#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turntable::logs {

/// The bytes of a base64 text (RFC 4648, section 4); padding may be missing, line breaks are passed over. Empty for
/// any other character, and for a text that ends inside of a byte.
[[nodiscard]] std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace turntable::logs
