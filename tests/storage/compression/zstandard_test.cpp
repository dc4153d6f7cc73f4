#include "storage/compression/zstandard.h"

#include <gtest/gtest.h>

namespace turntable::compression {
namespace {

using support::ErrorCode;

std::string sampleText() {
    std::string text;
    for (int line = 0; line < 400; ++line) text += "- button \"Save " + std::to_string(line * 7919) + "\" [ref=e1]\n";
    return text;
}

TEST(Zstandard, GivesBackWhatItTook) {
    Zstandard zstandard;
    for (const std::string& text : {std::string(), std::string("x"), std::string(3, '\0'), sampleText()}) {
        const auto packed = zstandard.compress(text, 9);
        ASSERT_TRUE(packed.ok()) << packed.error().message;
        const auto unpacked = zstandard.decompress(*packed, text.size());
        ASSERT_TRUE(unpacked.ok()) << unpacked.error().message;
        EXPECT_EQ(*unpacked, text);
    }
}

TEST(Zstandard, StoresOnlyTheDifferenceFromAPrefix) {
    Zstandard zstandard;
    const std::string before = sampleText();
    std::string after = before;
    after.replace(after.size() / 2, 4, "Undo");
    const auto alone = zstandard.compress(after, 9);
    const auto packed = zstandard.compress(after, 9, before);
    ASSERT_TRUE(alone.ok() && packed.ok());
    EXPECT_LT(packed->size() * 10, alone->size());
    EXPECT_EQ(*zstandard.decompress(*packed, after.size(), before), after);
}

TEST(Zstandard, RefusesMoreThanTheStatedLimit) {
    Zstandard zstandard;
    const auto packed = zstandard.compress(std::string(1'000'000, 'a'), 9);
    const auto unpacked = zstandard.decompress(*packed, 999'999);
    ASSERT_FALSE(unpacked.ok());
    EXPECT_EQ(unpacked.error().code, ErrorCode::limitExceeded);
}

TEST(Zstandard, SurvivesEveryCutAndStaysUsable) {
    Zstandard zstandard;
    const std::string text = sampleText();
    const std::string packed = *zstandard.compress(text, 9);
    for (std::size_t size = 0; size < packed.size(); ++size) {
        ASSERT_FALSE(zstandard.decompress(std::string_view(packed).substr(0, size), text.size()).ok()) << size;
    }
    EXPECT_EQ(*zstandard.decompress(packed, text.size()), text);
}

}  // namespace
}  // namespace turntable::compression
