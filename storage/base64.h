#pragma once

// Private to storage: base64 (RFC 4648, section 4) inside of larger texts.

#include <optional>
#include <string>
#include <string_view>

#include "storage/support/byte_range.h"

namespace turntable::storage {

/// The first stretch of at least `minText` bytes that is the base64 text of something: letters of the alphabet without
/// a break, padded to fours, ending where the alphabet ends. Cost: a look at every `minText / 2`-th byte of what is
/// none.
[[nodiscard]] std::optional<support::ByteRange> findBase64(std::string_view bytes, std::size_t minText);

/// What the text encodes; empty when encoding it again would not give the very same text (other lengths, other
/// padding, bits set behind the end).
[[nodiscard]] std::optional<std::string> decodeBase64(std::string_view text);

void appendBase64(std::string& text, std::string_view bytes);

}  // namespace turntable::storage
