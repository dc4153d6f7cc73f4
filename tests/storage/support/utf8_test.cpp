#include "storage/support/utf8.h"

#include <gtest/gtest.h>

namespace turntable::support {
namespace {

TEST(ValidUtf8, ReplacesWhatIsNoCodePoint) {
    EXPECT_EQ(validUtf8("plain ✓"), "plain ✓");
    EXPECT_EQ(validUtf8("a\xFF"
                        "b"),
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(validUtf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // overlong
    EXPECT_EQ(validUtf8("\xE2\x9C"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // cut
    EXPECT_EQ(validUtf8("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");  // a surrogate
}

TEST(FindInvalidUtf8, NamesTheFirstByte) {
    EXPECT_EQ(findInvalidUtf8("añ✓😀"), std::string_view("añ✓😀").size());
    EXPECT_EQ(findInvalidUtf8("ab\xFF"), 2U);
    EXPECT_EQ(findInvalidUtf8("ab\xE2\x9C"), 2U);
}

}  // namespace
}  // namespace turntable::support
