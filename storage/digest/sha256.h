#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace turntable::digest {

using Sha256 = std::array<unsigned char, 32>;

/// SHA-256 (FIPS 180-4) of the whole text.
[[nodiscard]] Sha256 sha256(std::string_view bytes);
[[nodiscard]] std::string toHex(const Sha256& digest);
[[nodiscard]] inline std::string sha256Hex(std::string_view bytes) { return toHex(sha256(bytes)); }

}  // namespace turntable::digest
