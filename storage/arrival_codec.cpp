#include "storage/arrival_codec.h"

#include <utility>

#include "storage/byte_codec.h"
#include "storage/digest/sha256.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

constexpr unsigned kPlain = 0;
constexpr unsigned kZstd = 1;
constexpr int kLevel = 9;
constexpr std::size_t kCheckBytes = 4;
constexpr std::size_t kMaxPlainBytes = std::size_t{256} << 20;

std::string checkOf(std::string_view plain) {
    const auto digest = digest::sha256(plain);
    return {reinterpret_cast<const char*>(digest.data()), kCheckBytes};
}

// Moments first, sizes second: each column compresses better alone than the two interleaved.
std::string plainBytes(std::span<const model::Arrival> arrivals) {
    ByteWriter out;
    out.varint(arrivals.size());
    std::uint64_t previous = 0;
    for (const auto& arrival : arrivals) {
        const auto at = static_cast<std::uint64_t>(arrival.at.count());
        out.signedVarint(static_cast<std::int64_t>(at - previous));  // wraps both ways: any two moments will do
        previous = at;
    }
    for (const auto& arrival : arrivals) out.varint(arrival.size);
    return out.take();
}

}  // namespace

Result<std::string> encodeArrivals(std::span<const model::Arrival> arrivals, compression::Zstandard& zstandard) {
    const std::string plain = plainBytes(arrivals);
    auto packed = zstandard.compress(plain, kLevel);
    if (!packed) return packed;
    ByteWriter out;
    const bool pays = packed->size() < plain.size();
    out.byte(pays ? kZstd : kPlain);
    out.bytes(checkOf(plain));
    out.bytes(pays ? *packed : plain);
    return out.take();
}

Result<std::vector<model::Arrival>> decodeArrivals(std::string_view bytes, compression::Zstandard& zstandard) {
    const Error damaged{ErrorCode::corrupt, "stored arrival times are damaged"};
    ByteReader head(bytes);
    const unsigned codec = head.byte();
    const auto check = head.bytes(kCheckBytes);
    const auto stored = head.bytes(head.left());
    if (!head.ok() || codec > kZstd) return damaged;
    std::string plain(stored);
    if (codec == kZstd) {
        auto unpacked = zstandard.decompress(stored, kMaxPlainBytes);
        if (!unpacked) return damaged;
        plain = std::move(*unpacked);
    }
    if (checkOf(plain) != check) return damaged;
    ByteReader in(plain);
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.left() / 2) return damaged;  // an arrival takes two bytes at least
    std::vector<model::Arrival> arrivals(static_cast<std::size_t>(count));
    std::uint64_t at = 0;
    for (auto& arrival : arrivals) {
        at += static_cast<std::uint64_t>(in.signedVarint());
        arrival.at = support::Nanoseconds(static_cast<std::int64_t>(at));
    }
    for (auto& arrival : arrivals) arrival.size = static_cast<std::size_t>(in.varint());
    if (!in.ok() || in.left() != 0) return damaged;
    return arrivals;
}

}  // namespace turntable::storage
