#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/support/result.h"

namespace turntable::digest {

using CipherKey = std::array<unsigned char, 32>;

/// A key nobody can guess. Errors: internal (the library has no randomness).
[[nodiscard]] support::Result<CipherKey> randomKey();

/// AES-256 in counter mode (NIST SP 800-38A, section 6.5): what it made unreadable it makes readable again. It hides
/// and does not protect against change. Under one key no pair of `nonce` and `position`, and no position that a longer
/// text before it has reached (one for each 16 bytes), may be used for two texts. Errors: internal.
[[nodiscard]] support::Result<std::string> applyStream(const CipherKey& key, std::uint64_t nonce,
                                                       std::uint64_t position, std::string_view text);

}  // namespace turntable::digest
