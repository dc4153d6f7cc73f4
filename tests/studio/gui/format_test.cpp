#include "studio/gui/format.h"

#include <gtest/gtest.h>

#include "tests/studio/gui/gui_test_support.h"

namespace turntable::gui {
namespace {

using test::estimated;
using test::exact;

TEST(Format, ShowsAnUnknownFigureAsADashAndNeverAsZero) {
    EXPECT_EQ(formatDuration(std::nullopt), QString(kUnknown));
    EXPECT_EQ(formatTokens({}), QString(kUnknown));
    EXPECT_EQ(formatShare(std::nullopt), QString(kUnknown));
    EXPECT_EQ(formatRate(std::nullopt), QString(kUnknown));
    EXPECT_EQ(formatDelta(support::fromMs(5), std::nullopt), QString(kUnknown));
    EXPECT_EQ(basisSentence({}), QStringLiteral("the server did not say"));
}

TEST(Format, MarksEstimatesWithATilde) {
    EXPECT_EQ(formatTokens(exact(12345)), QStringLiteral("12,345"));
    EXPECT_EQ(formatTokens(estimated(12345)), QStringLiteral("~12,345"));
}

TEST(Format, ChoosesAUnitThatCanBeRead) {
    EXPECT_EQ(formatDuration(support::fromMs(0.25)), QStringLiteral("0.25 ms"));
    EXPECT_EQ(formatDuration(support::fromMs(340)), QStringLiteral("340 ms"));
    EXPECT_EQ(formatDuration(support::fromMs(999.6)), QStringLiteral("1.00 s"));
    EXPECT_EQ(formatDuration(support::fromMs(12'340)), QStringLiteral("12.3 s"));
    EXPECT_EQ(formatDuration(support::fromMs(125'000)), QStringLiteral("2 min 05 s"));
}

TEST(Format, SignsDifferences) {
    EXPECT_EQ(formatDelta(support::fromMs(1000), support::fromMs(1420)), QStringLiteral("+420 ms"));
    EXPECT_EQ(formatDelta(support::fromMs(3000), support::fromMs(1000)), QStringLiteral("−2.00 s"));
    EXPECT_EQ(formatDelta(support::fromMs(1000), support::fromMs(1000.2)), QStringLiteral("±0"));
}

TEST(Format, TakesTheServersPrefixFromATool) {
    EXPECT_EQ(toolLabel("mcp__playwright__browser_click"), QStringLiteral("browser_click"));
    EXPECT_EQ(toolLabel("click"), QStringLiteral("click"));
    EXPECT_EQ(toolLabel("odd__"), QStringLiteral("odd__"));
}

TEST(Format, DescribesWhatATurnDid) {
    model::Turn turn = test::makeTurn(1, 0, 1, 1);
    EXPECT_EQ(describeTurn(turn), QStringLiteral("browser_click button \"Save\""));
    turn.actions.push_back(turn.actions.front());
    EXPECT_EQ(describeTurn(turn), QStringLiteral("browser_click button \"Save\" and 1 more"));
    turn.actions.clear();
    turn.text = "Done.";
    EXPECT_EQ(describeTurn(turn), QStringLiteral("\"Done.\""));
    turn.status = model::TurnStatus::open;
    EXPECT_EQ(describeTurn(turn), QStringLiteral("waiting for the answer"));
    turn.status = model::TurnStatus::failed;
    turn.error = "connection refused";
    EXPECT_EQ(describeTurn(turn), QStringLiteral("failed: connection refused"));
}

}  // namespace
}  // namespace turntable::gui
