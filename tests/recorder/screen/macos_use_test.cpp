#include "recorder/screen/macos_use.h"

#include <gtest/gtest.h>

#include "recorder/screen/macos_use_line.h"
#include "tests/recorder/screen/screen_text.h"

namespace turntable::screen {
namespace {

using testing::fixture;
using testing::outline;

model::Screen listOf(std::string_view text) {
    model::Screen screen;
    fillFlatScreen(readMacosUseFile(text).elements, screen);
    return screen;
}

TEST(MacosUseSummary, ReadsARecordedSummary) {
    const std::string text = fixture("macos-use/tiddly_01.summary.txt");
    const auto summary = readMacosUseSummary(text);
    ASSERT_TRUE(summary);
    EXPECT_TRUE(summary->success);
    EXPECT_EQ(summary->pid, "30247");
    EXPECT_EQ(summary->application, "TiddlyWiki");
    EXPECT_EQ(summary->file, "/tmp/macos-use/1776457217163_refresh_traversal.txt");
    EXPECT_EQ(summary->elementCount, 295U);
    EXPECT_EQ(summary->sentence, "Refreshed PID 30247 (TiddlyWiki). 295 elements, 89 visible.");
    ASSERT_EQ(summary->visible.size(), 30U);
    model::Screen screen;
    fillFlatScreen({summary->visible.begin(), summary->visible.begin() + 2}, screen);
    EXPECT_EQ(outline(screen),
              "AXLink/link \"GettingStarted\" [121,25 119x28]\nAXButton/button \"hide sidebar\" [1237,25 28x29]\n");
}

TEST(MacosUseSummary, LeavesOtherTextsAlone) {
    EXPECT_FALSE(readMacosUseSummary(""));
    EXPECT_FALSE(readMacosUseSummary("status: success\n"));
    EXPECT_FALSE(readMacosUseSummary("HTTP status: 200"));
}

TEST(MacosUseSummary, ReadsEveryCutOfARecordedSummary) {
    const std::string text = fixture("macos-use/tiddly_08.summary.txt");
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const auto summary = readMacosUseSummary(std::string_view(text).substr(0, size));
        if (summary) {
            EXPECT_LE(summary->visible.size(), 40U);
        }
    }
}

TEST(MacosUseLine, SplitsRoleAndLocalisedDescription) {
    const auto element = parseFlatElement(" [AXButton (按钮)] \"清除\" x:1 y:-2 w:3 h:4 visible");
    ASSERT_TRUE(element);
    EXPECT_EQ(element->role, "AXButton");
    EXPECT_EQ(element->roleDescription, "按钮");
    EXPECT_EQ(element->text, "清除");
    EXPECT_EQ(element->box, (model::Box{1, -2, 3, 4}));
    EXPECT_EQ(element->states, std::vector<std::string>{"visible"});
}

TEST(MacosUseLine, ReadsTextsThatHoldQuotesAndLookalikes) {
    const auto flat = parseFlatElement("[AXStaticText (text)] \"say \"x:1\" (a) visible\" x:5 y:6");
    ASSERT_TRUE(flat);
    EXPECT_EQ(flat->text, "say \"x:1\" (a) visible");
    EXPECT_EQ(flat->box, (model::Box{5, 6, 0, 0}));
    EXPECT_TRUE(flat->states.empty());
    const auto shown = parseSummaryElement("  [AXButton] \"Open (2)\" (3,4 5×6)");
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->text, "Open (2)");
    EXPECT_EQ(shown->role, "AXButton");
}

TEST(MacosUseFile, ReadsARecordedList) {
    const std::string text = fixture("macos-use/tiddly_01.flat.txt");
    const auto file = readMacosUseFile(text);
    EXPECT_FALSE(file.isDiff);
    EXPECT_EQ(file.application, "TiddlyWiki");
    EXPECT_EQ(file.announced, 295U);
    EXPECT_EQ(file.elements.size(), 295U);
    const auto screen = listOf(text);
    testing::expectInvariants(screen);
    EXPECT_FALSE(screen.hierarchical);
    EXPECT_EQ(screen.truncation, model::Truncation::none);
}

TEST(MacosUseFile, SuspectsTheCapOfTwoHundredChildren) {
    const auto screen = listOf(fixture("macos-use/grid_capped2000_01.flat.txt"));
    EXPECT_EQ(screen.elements.size(), 1613U);
    EXPECT_EQ(screen.truncation, model::Truncation::suspected);
    EXPECT_EQ(screen.truncationReason, "201 rows, the source keeps 200 children a parent");
}

TEST(MacosUseFile, CapsElements) {
    std::string text;
    for (int i = 0; i < 2003; ++i) text += " [AXCell (cell)] x:1 y:" + std::to_string(i) + "\n";
    const auto screen = listOf(text);
    EXPECT_EQ(screen.elements.size(), model::kMaxElements);
    EXPECT_EQ(screen.truncation, model::Truncation::flagged);
    EXPECT_EQ(screen.truncationReason, "element cap 2000: 3 of 2003 elements left out");
}

TEST(MacosUseFile, FollowsATextOverItsLineFeeds) {
    EXPECT_EQ(outline(listOf(" [AXTextArea (text area)] \"one\ntwo\n\nthree\" x:1 y:2 w:3 h:4\n [AXButton] \"b\"\n")),
              "AXTextArea/text area \"one\ntwo\n\nthree\" [1,2 3x4]\nAXButton \"b\"\n");
}

TEST(MacosUseFile, KeepsUnreadableLinesAndTheOtherApplication) {
    EXPECT_EQ(
        outline(listOf("# A — 2 elements (0.1s)\n\n [AXButton] \"a\"\n what is this\n# app_switch: Finder (PID: 3)\n"
                       " [AXWindow (window)] \"Home\"\n")),
        "AXButton \"a\"\nunknown \"what is this\"\nAXWindow/window \"Home\" {app=Finder}\n");
}

TEST(MacosUseFile, AppliesADiffToTheListBefore) {
    auto before =
        readMacosUseFile(
            " [AXButton (button)] \"Old\" x:1 y:1 w:9 h:9\n [AXStaticText (text)] \"1 item\" x:1 y:20 w:5 h:5\n"
            " [AXStaticText (text)] \"2 item\" x:1 y:30 w:5 h:5\n")
            .elements;
    const auto diff = readMacosUseFile(
        "# diff: +1 added, -1 removed, ~2 modified\n\n+ [AXLink (link)] \"New\" x:1 y:25 w:2 h:2 visible\n"
        "- [AXButton (button)] \"Old\" x:1 y:1 w:9 h:9\n~ [AXStaticText (text)] \"3 items\" | text: '2' -> '3s'\n"
        "~ [AXStaticText (text)] \"gone\" | text: 'x' -> 'y'\n");
    ASSERT_TRUE(diff.isDiff);
    ASSERT_EQ(diff.changes.size(), 4U);
    EXPECT_EQ(applyMacosUseDiff(before, diff.changes), 1U);
    model::Screen screen;
    fillFlatScreen(before, screen);
    EXPECT_EQ(outline(screen),
              "AXStaticText/text \"1 item\" [1,20 5x5]\nAXLink/link \"New\" [1,25 2x2] {visible}\n"
              "AXStaticText/text \"3 items\" [1,30 5x5]\n");
}

TEST(MacosUseFile, ReadsEveryCutOfAList) {
    const std::string text = fixture("macos-use/tiddly_01.flat.txt").substr(0, 3000);
    for (std::size_t size = 0; size <= text.size(); ++size) {
        testing::expectInvariants(listOf(std::string_view(text).substr(0, size)));
        testing::expectInvariants(listOf(std::string_view(text).substr(size)));
    }
}

}  // namespace
}  // namespace turntable::screen
