#include "storage/support/common_bytes.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace turntable::support {
namespace {

TEST(CommonBytes, CountsWhatIsShared) {
    EXPECT_EQ(commonHead("", "a"), 0u);
    EXPECT_EQ(commonHead("abcX", "abcY"), 3u);
    EXPECT_EQ(commonHead("abc", "abcdef"), 3u);
    EXPECT_EQ(commonTail("", "a"), 0u);
    EXPECT_EQ(commonTail("Xabc", "Yabc"), 3u);
    EXPECT_EQ(commonTail("abc", "defabc"), 3u);
}

TEST(CommonBytes, FindsADifferenceWhereverItIs) {
    std::mt19937 random(20261124);
    for (int round = 0; round < 2000; ++round) {
        std::string text(1 + random() % 1500, ' ');
        for (char& c : text) c = static_cast<char>(random());
        std::string other = text;
        const std::size_t at = random() % text.size();
        other[at] = static_cast<char>(other[at] + 1);
        EXPECT_EQ(commonHead(text, other), at);
        EXPECT_EQ(commonTail(text, other), text.size() - at - 1);
        EXPECT_EQ(commonHead(text, text), text.size());
        EXPECT_EQ(commonTail(text, text), text.size());
        EXPECT_EQ(commonHead(text, text + "x"), text.size());
        EXPECT_EQ(commonTail(text, "x" + text), text.size());
    }
}

}  // namespace
}  // namespace turntable::support
