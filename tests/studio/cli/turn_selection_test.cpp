#include "studio/cli/turn_selection.h"

#include <gtest/gtest.h>

namespace turntable::cli {
namespace {

TEST(TurnSelection, ReadsOneTurn) { EXPECT_EQ(*parseTurnSelection("4"), std::vector<int>{4}); }

TEST(TurnSelection, ReadsRangesAndListsInOrderAndOnce) {
    EXPECT_EQ(*parseTurnSelection("9,4..6,5"), (std::vector<int>{4, 5, 6, 9}));
}

TEST(TurnSelection, NamesThePieceThatIsWrong) {
    for (const char* text : {"", "0", "x", "4..", "..4", "5..4", "4,,5", "4,", "-1", "4 ", "99999999999", "1000001"}) {
        const auto result = parseTurnSelection(text);
        ASSERT_FALSE(result.ok()) << text;
        EXPECT_EQ(result.error().code, support::ErrorCode::invalidArgument) << text;
        EXPECT_NE(result.error().message.find("does not name turns"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace turntable::cli
