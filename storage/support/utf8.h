#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace turntable::support {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  ///< U+FFFD

/// The first byte that is not part of a code point in UTF-8 (RFC 3629); the size when there is none.
[[nodiscard]] std::size_t findInvalidUtf8(std::string_view text);

/// `text` with every byte that is not part of a code point replaced by U+FFFD.
[[nodiscard]] std::string validUtf8(std::string text);

}  // namespace turntable::support
