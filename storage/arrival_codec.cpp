#include "storage/arrival_codec.h"

#include <algorithm>
#include <utility>

#include "storage/byte_codec.h"
#include "storage/digest/sha256.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

// The first byte: bit 0 says that the rest is compressed, bit 1 that moments are microseconds.
constexpr unsigned kZstd = 1;
constexpr unsigned kMicroseconds = 2;
constexpr std::int64_t kNanosecondsAMicrosecond = 1000;
constexpr int kLevel = 9;
constexpr std::size_t kCheckBytes = 4;
constexpr std::size_t kMaxPlainBytes = std::size_t{256} << 20;

// Another stretch of the digest for another unit, so that damage to the unit is found as well.
std::string checkOf(std::string_view plain, bool microseconds) {
    const auto digest = digest::sha256(plain);
    return {reinterpret_cast<const char*>(digest.data()) + (microseconds ? kCheckBytes : 0), kCheckBytes};
}

// Moments first, sizes second: each column compresses better alone than the two interleaved.
std::string plainBytes(std::span<const model::Arrival> arrivals, std::int64_t unit) {
    ByteWriter out;
    out.varint(arrivals.size());
    std::uint64_t previous = 0;
    for (const auto& arrival : arrivals) {
        const auto at = static_cast<std::uint64_t>(arrival.at.count() / unit);
        out.signedVarint(static_cast<std::int64_t>(at - previous));  // wraps both ways: any two moments will do
        previous = at;
    }
    for (const auto& arrival : arrivals) out.varint(arrival.size);
    return out.take();
}

}  // namespace

Result<std::string> encodeArrivals(std::span<const model::Arrival> arrivals, compression::Zstandard& zstandard) {
    const bool whole = std::all_of(arrivals.begin(), arrivals.end(), [](const model::Arrival& arrival) {
        return arrival.at.count() % kNanosecondsAMicrosecond == 0;
    });
    const std::string plain = plainBytes(arrivals, whole ? kNanosecondsAMicrosecond : 1);
    auto packed = zstandard.compress(plain, kLevel);
    if (!packed) return packed;
    ByteWriter out;
    const bool pays = packed->size() < plain.size();
    out.byte((pays ? kZstd : 0) | (whole ? kMicroseconds : 0));
    out.bytes(checkOf(plain, whole));
    out.bytes(pays ? *packed : plain);
    return out.take();
}

Result<std::vector<model::Arrival>> decodeArrivals(std::string_view bytes, compression::Zstandard& zstandard) {
    const Error damaged{ErrorCode::corrupt, "stored arrival times are damaged"};
    ByteReader head(bytes);
    const unsigned codec = head.byte();
    const auto check = head.bytes(kCheckBytes);
    const auto stored = head.bytes(head.left());
    if (!head.ok() || codec > (kZstd | kMicroseconds)) return damaged;
    std::string plain(stored);
    if ((codec & kZstd) != 0) {
        auto unpacked = zstandard.decompress(stored, kMaxPlainBytes);
        if (!unpacked) return damaged;
        plain = std::move(*unpacked);
    }
    if (checkOf(plain, (codec & kMicroseconds) != 0) != check) return damaged;
    ByteReader in(plain);
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.left() / 2) return damaged;  // an arrival takes two bytes at least
    std::vector<model::Arrival> arrivals(static_cast<std::size_t>(count));
    std::uint64_t at = 0;
    for (auto& arrival : arrivals) {
        at += static_cast<std::uint64_t>(in.signedVarint());
        arrival.at = support::Nanoseconds(static_cast<std::int64_t>((codec & kMicroseconds) != 0 ? at * 1000U : at));
    }
    for (auto& arrival : arrivals) arrival.size = static_cast<std::size_t>(in.varint());
    if (!in.ok() || in.left() != 0) return damaged;
    return arrivals;
}

}  // namespace turntable::storage
