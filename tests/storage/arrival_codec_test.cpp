#include "storage/arrival_codec.h"

#include <limits>

#include <gtest/gtest.h>

namespace turntable::storage {
namespace {

using model::Arrival;
using support::Nanoseconds;

std::vector<Arrival> sample() {
    std::vector<Arrival> arrivals;
    for (int piece = 0; piece < 300; ++piece) {
        arrivals.push_back(
            {Nanoseconds(120'000'000 + piece * 25'000'123LL), static_cast<std::size_t>(90 + piece % 40)});
    }
    return arrivals;
}

TEST(ArrivalCodec, KeepsMomentsAndSizes) {
    compression::Zstandard zstandard;
    const std::vector<Arrival> odd = {
        {Nanoseconds(-5), 0}, {Nanoseconds::max(), std::numeric_limits<std::size_t>::max()}, {Nanoseconds::min(), 1}};
    for (const auto& arrivals : {sample(), odd, std::vector<Arrival>()}) {
        const auto bytes = encodeArrivals(arrivals, zstandard);
        ASSERT_TRUE(bytes.ok());
        const auto decoded = decodeArrivals(*bytes, zstandard);
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(*decoded, arrivals);
    }
}

TEST(ArrivalCodec, FindsEveryChangedByte) {
    compression::Zstandard zstandard;
    const std::string bytes = *encodeArrivals(sample(), zstandard);
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        std::string changed = bytes;
        changed[index] = static_cast<char>(changed[index] ^ 0x10);
        const auto decoded = decodeArrivals(changed, zstandard);
        // Some bits of a zstd frame mean nothing; what decodes all the same must be right.
        if (!decoded) continue;
        EXPECT_EQ(*decoded, sample()) << "byte " << index;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decodeArrivals(std::string_view(bytes).substr(0, size), zstandard).ok());
    }
}

}  // namespace
}  // namespace turntable::storage
