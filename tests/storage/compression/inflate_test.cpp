#include "storage/compression/inflate.h"

#include <gtest/gtest.h>

namespace turntable::compression {
namespace {

using support::ErrorCode;

std::string fromHex(std::string_view hex) {
    std::string bytes;
    for (std::size_t index = 0; index + 1 < hex.size(); index += 2) {
        bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(index, 2)), nullptr, 16)));
    }
    return bytes;
}

// "data: one\n\ndata: two\n\n" four times, by Python's gzip (no file time), zlib and raw deflate.
constexpr std::string_view kGzip = "1f8b08000000000002034b492c49b452c8cf4be5e24a01334bcaf3614c4a4401e368c30f58000000";
constexpr std::string_view kZlib = "789c4b492c49b452c8cf4be5e24a01334bcaf3614c4a4401b9281ab1";
constexpr std::string_view kRaw = "4b492c49b452c8cf4be5e24a01334bcaf3614c4a4401";

std::string plainText() {
    std::string text;
    for (int round = 0; round < 4; ++round) text += "data: one\n\ndata: two\n\n";
    return text;
}

class Framings : public testing::TestWithParam<std::string_view> {};

TEST_P(Framings, DecodesSplitAtEveryByte) {
    const std::string packed = fromHex(GetParam());
    for (std::size_t split = 0; split <= packed.size(); ++split) {
        Inflater inflater(1000);
        std::string out;
        ASSERT_TRUE(inflater.feed(std::string_view(packed).substr(0, split), out).ok()) << "split at " << split;
        ASSERT_TRUE(inflater.feed(std::string_view(packed).substr(split), out).ok()) << "split at " << split;
        EXPECT_EQ(out, plainText()) << "split at " << split;
    }
}

TEST_P(Framings, DecodesByteByByte) {
    Inflater inflater(1000);
    std::string out;
    for (const char byte : fromHex(GetParam())) ASSERT_TRUE(inflater.feed({&byte, 1}, out).ok());
    EXPECT_EQ(out, plainText());
}

TEST_P(Framings, StopsAtTheLimit) {
    Inflater inflater(plainText().size() - 1);
    std::string out;
    const auto fed = inflater.feed(fromHex(GetParam()), out);
    ASSERT_FALSE(fed.ok());
    EXPECT_EQ(fed.error().code, ErrorCode::limitExceeded);
}

INSTANTIATE_TEST_SUITE_P(All, Framings, testing::Values(kGzip, kZlib, kRaw));

TEST(Inflater, DecodesSeveralGzipMembers) {
    Inflater inflater(1000);
    std::string out;
    ASSERT_TRUE(inflater.feed(fromHex(kGzip) + fromHex(kGzip), out).ok());
    EXPECT_EQ(out, plainText() + plainText());
}

TEST(Inflater, RefusesDamagedBytes) {
    std::string packed = fromHex(kGzip);
    packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);  // in the check sum
    Inflater inflater(1000);
    std::string out;
    const auto fed = inflater.feed(packed, out);
    ASSERT_FALSE(fed.ok());
    EXPECT_EQ(fed.error().code, ErrorCode::corrupt);
}

TEST(Inflater, RefusesBytesBehindAZlibStream) {
    Inflater inflater(1000);
    std::string out;
    EXPECT_FALSE(inflater.feed(fromHex(kZlib) + "more", out).ok());
}

}  // namespace
}  // namespace turntable::compression
