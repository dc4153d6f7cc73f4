#include "studio/cli/plain_output.h"

#include <ostream>
#include <sstream>

#include <gtest/gtest.h>

namespace turntable::cli {
namespace {

std::string plain(std::initializer_list<std::string_view> pieces) {
    std::stringbuf target;
    PlainBuffer buffer(target);
    std::ostream stream(&buffer);
    for (const auto piece : pieces) stream << piece;
    EXPECT_TRUE(stream.flush().good());
    return target.str();
}

TEST(PlainBuffer, LetsTextThrough) {
    EXPECT_EQ(plain({"a line\n", "\ttab, ", "añ✓😀 ", "\xC2\xA0 after a no-break space"}),
              "a line\n\ttab, añ✓😀 \xC2\xA0 after a no-break space");
}

TEST(PlainBuffer, TakesControlsOut) {
    EXPECT_EQ(plain({"a\x1b[2Jb\rc\x07\x7f"}), "a [2Jb c  ");
    EXPECT_EQ(plain({"C1: \xC2\x9B", "2J"}), "C1:  2J");
}

TEST(PlainBuffer, KnowsAControlThatIsWrittenInTwoPieces) {
    EXPECT_EQ(plain({"\xC2", "\x9B", "x"}), " x");
    EXPECT_EQ(plain({"\xC2", "\xA9", "x"}), "\xC2\xA9x");
}

}  // namespace
}  // namespace turntable::cli
