#pragma once

// Private to storage: which characters, pairs and triples of characters a text has, in a fixed number of bits.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace turntable::search {

inline constexpr std::size_t kSignatureBits = 8192;

/// A set bit says: this gram may be here; one that is not set: it is not. Texts of many pieces share one signature.
struct Signature {
    std::array<std::uint64_t, kSignatureBits / 64> words{};

    [[nodiscard]] bool has(std::size_t bit) const { return ((words[bit / 64] >> (bit % 64)) & 1U) != 0; }
    void set(std::size_t bit) { words[bit / 64] |= std::uint64_t{1} << (bit % 64); }
    /// Adds every character, pair and triple of a folded text.
    void add(std::string_view folded);
    void merge(const Signature& other);
    [[nodiscard]] std::size_t count() const;
};

/// The bits that a text has for sure when this (folded, not empty) stands in it; at most `kMaxQueryBits`, ascending.
inline constexpr std::size_t kMaxQueryBits = 24;
[[nodiscard]] std::vector<std::uint32_t> queryBits(std::string_view folded);

}  // namespace turntable::search
