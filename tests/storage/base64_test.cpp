#include "storage/base64.h"

#include <gtest/gtest.h>

namespace turntable::storage {
namespace {

// RFC 4648, section 10
TEST(Base64, EncodesTheExamplesOfTheStandard) {
    const std::pair<std::string, std::string> kExamples[] = {{"f", "Zg=="},         {"fo", "Zm8="},
                                                             {"foo", "Zm9v"},       {"foob", "Zm9vYg=="},
                                                             {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : kExamples) {
        std::string encoded;
        appendBase64(encoded, bytes);
        EXPECT_EQ(encoded, text);
        EXPECT_EQ(decodeBase64(text), bytes);
    }
}

TEST(Base64, DecodesOnlyWhatItWouldEncodeAgain) {
    for (const char* text : {"", "Zg", "Zg=", "Zh==", "Zm9=", "Zm-v", "Zm9v=", "Z===", "Zg==Zg=="}) {
        EXPECT_EQ(decodeBase64(text), std::nullopt) << text;
    }
}

TEST(Base64, FindsALongTextAmongWords) {
    const std::string text(2048, 'A');
    const std::string before = "some words and then \"";
    const auto found = findBase64(before + text + "\" and more", 1024);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->offset, before.size());
    EXPECT_EQ(found->size, text.size());
}

TEST(Base64, TakesThePaddingAlong) {
    const auto found = findBase64(std::string(1022, 'A') + "==\"", 1024);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size, 1024u);
}

TEST(Base64, PassesOverWhatIsTooShortOrOfAnotherLength) {
    EXPECT_FALSE(findBase64(std::string(1000, 'A') + " " + std::string(1000, 'B'), 1024));
    EXPECT_FALSE(findBase64(std::string(1025, 'A'), 1024));
    EXPECT_FALSE(findBase64("", 1024));
}

}  // namespace
}  // namespace turntable::storage
