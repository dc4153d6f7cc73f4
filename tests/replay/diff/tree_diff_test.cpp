#include "replay/diff/tree_diff.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/replay/diff/screens.h"

namespace turntable::diff {
namespace {

using tests::fixtureScreen;
using tests::flatOf;
using tests::screenOf;
using tests::tableOf;

constexpr const char* kTodo =
    "- generic [active] [ref=e1] [box=8,21,1264,294]:\n"
    "  - list \"Todo list\" [ref=e14] [box=8,126,1264,72]:\n"
    "    - listitem [ref=e36] [box=48,150,1224,24]:\n"
    "      - checkbox \"Write report\" [ref=e37] [box=52,154,13,13]\n"
    "      - text: Write report\n"
    "      - button \"Delete Write report\" [ref=e38]: ×\n"
    "    - listitem [ref=e39] [box=48,174,1224,24]:\n"
    "      - checkbox \"Buy milk\" [ref=e40] [box=52,178,13,13]\n"
    "      - text: Buy milk\n"
    "      - button \"Delete Buy milk\" [ref=e41]: ×\n";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t place = text.find(from);
    if (place == std::string::npos) return "no such text: " + std::string(from);
    return text.replace(place, from.size(), to);
}

std::string diffText(const model::Screen& before, const model::Screen& after, bool withQuiet = false) {
    const TreeDiff diff = diffTrees(before, after);
    return summarize(diff) + "\n" + renderText(diff, before, after, withQuiet);
}

TEST(TreeDiff, SaysNothingOfEqualScreens) {
    EXPECT_EQ(diffText(screenOf(kTodo), screenOf(kTodo), true), "no change\n");
}

TEST(TreeDiff, NamesTheStateThatChanged) {
    const auto after = screenOf(replaced(kTodo, "\"Buy milk\"", "\"Buy milk\" [checked]"));
    EXPECT_EQ(diffText(screenOf(kTodo), after), "1 changed\n~ checkbox \"Buy milk\" [e40]: state checked added\n");
}

TEST(TreeDiff, TakesStatesOfOneNameAsOneFieldWithTwoValues) {
    const auto before = screenOf("- main:\n  - heading \"News\" [level=1]\n  - text: a\n");
    const auto after = screenOf("- main:\n  - heading \"News\" [level=2]\n  - text: a\n");
    EXPECT_EQ(diffText(before, after), "1 changed\n~ heading \"News\": state level=1 -> level=2\n");
}

TEST(TreeDiff, ReportsARemovedSubtreeAsOneEntryWhereItWas) {
    const auto after = screenOf(std::string(kTodo).substr(0, std::string(kTodo).find("    - listitem [ref=e39]")));
    EXPECT_EQ(diffText(screenOf(kTodo), after), "1 removed\n- listitem [e39] (4 elements)\n");
}

TEST(TreeDiff, ReportsAnAddedSubtreeAsOneEntry) {
    const auto before = screenOf(std::string(kTodo).substr(0, std::string(kTodo).find("    - listitem [ref=e39]")));
    EXPECT_EQ(diffText(before, screenOf(kTodo)), "1 added\n+ listitem [e39] (4 elements)\n");
}

TEST(TreeDiff, CountsRenumberedRefsWithoutCallingThemChanges) {
    std::string after = kTodo;
    after = replaced(after, "e39", "e60");
    after = replaced(after, "e40", "e61");
    EXPECT_EQ(diffText(screenOf(kTodo), screenOf(after)), "no change (2 refs renumbered)\n");
}

TEST(TreeDiff, KeepsFocusAndPlaceQuiet) {
    std::string after = replaced(kTodo, " [active]", "");
    after = replaced(after, "[box=8,126,1264,72]", "[box=8,130,1264,72]");
    EXPECT_EQ(diffText(screenOf(kTodo), screenOf(after)), "no change (2 quiet)\n");
    EXPECT_EQ(diffText(screenOf(kTodo), screenOf(after), true),
              "no change (2 quiet)\n. generic [e1]: state active removed\n"
              ". list \"Todo list\" [e14]: box 8,126,1264,72 -> 8,130,1264,72\n");
}

TEST(TreeDiff, ReportsSiblingsThatChangedPlacesAsOneMove) {
    const auto before = screenOf("- list:\n  - button \"One\"\n  - button \"Two\"\n  - button \"Three\"\n");
    const auto after = screenOf("- list:\n  - button \"Three\"\n  - button \"One\"\n  - button \"Two\"\n");
    EXPECT_EQ(diffText(before, after), "1 moved\n> button \"Three\": moved within list\n");
}

TEST(TreeDiff, FindsASubtreeThatWentToAnotherParent) {
    const auto before = screenOf(
        "- main:\n  - list \"To do\":\n    - listitem:\n      - checkbox \"Milk\"\n      - button \"Delete milk\"\n"
        "    - listitem:\n      - text: Bread\n  - list \"Done\":\n    - listitem:\n      - text: Eggs\n");
    const auto after = screenOf(
        "- main:\n  - list \"To do\":\n    - listitem:\n      - text: Bread\n  - list \"Done\":\n    - listitem:\n"
        "      - text: Eggs\n    - listitem:\n      - checkbox \"Milk\"\n      - button \"Delete milk\"\n");
    EXPECT_EQ(diffText(before, after), "1 moved\n> listitem: moved from list \"To do\" to list \"Done\"\n");
}

TEST(TreeDiff, CallsWhatACutTreeCannotShowUnknown) {
    auto after = screenOf(std::string(kTodo).substr(0, std::string(kTodo).find("    - listitem [ref=e39]")));
    after.truncation = model::Truncation::marked;
    after.truncationReason = "text cut";
    const TreeDiff diff = diffTrees(screenOf(kTodo), after);
    EXPECT_TRUE(diff.uncertain);
    EXPECT_EQ(diff.removed, 0);
    EXPECT_EQ(diff.unknown, 1);
    EXPECT_EQ(renderText(diff, screenOf(kTodo), after, false),
              "? listitem [e39] (4 elements): unknown, the tree after is cut (text cut)\n");
}

TEST(TreeDiff, IsCertainOfWhatIsGoneBeforeTheCut) {
    auto after = screenOf(replaced(kTodo, "      - checkbox \"Write report\" [ref=e37] [box=52,154,13,13]\n", ""));
    after.truncation = model::Truncation::marked;
    const TreeDiff diff = diffTrees(screenOf(kTodo), after);
    EXPECT_EQ(diff.removed, 1);
    EXPECT_EQ(diff.unknown, 0);
}

TEST(TreeDiff, KeepsRecordedControlCharactersOutOfTheTerminal) {
    model::Element element;
    element.role = "button";
    element.text = "a\x1b[31mb\nc\xc2\x9b";
    EXPECT_EQ(describeElement(element), "button \"a [31mb c \"");
}

struct RealPair {
    const char* before;
    const char* after;
    const char* expected;
};

class RealPairs : public testing::TestWithParam<RealPair> {};

TEST_P(RealPairs, AreTheFewChangesThatHappened) {
    const auto before = fixtureScreen(std::string("tiddly-boxes-0.0.83/") + GetParam().before);
    const auto after = fixtureScreen(std::string("tiddly-boxes-0.0.83/") + GetParam().after);
    ASSERT_GT(before.elements.size(), 400U);
    ASSERT_GT(after.elements.size(), 400U);
    EXPECT_EQ(diffText(before, after), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Tiddly, RealPairs,
    testing::Values(
        RealPair{"03_browser_snapshot.txt", "05_browser_snapshot.txt",
                 "1 added, 1 removed, 2 changed (5 quiet, 5 refs renumbered)\n"
                 "~ tab \"Contents\" [e64]: state selected removed\n"
                 "~ tab \"Recent\" [e66]: state selected added\n"
                 "- tabpanel [e70] (84 elements)\n+ tabpanel [e70] (197 elements)\n"},
        RealPair{"09_browser_snapshot.txt", "11_browser_snapshot.txt",
                 "1 added (283 quiet)\n+ region \"Editor\" [e2609] (57 elements)\n"},
        RealPair{"11_browser_snapshot.txt", "13_browser_snapshot.txt",
                 "1 changed\n~ textbox: \"New Tiddler 2\" [e2633]: value \"New Tiddler 2\" -> \"Agent log\"\n"}));

std::vector<int> numbers(int count) {
    std::vector<int> list(static_cast<std::size_t>(count));
    std::iota(list.begin(), list.end(), 1);
    return list;
}

TEST(TreeDiff, ReportsOneDeletedRowOfFiveHundredAsOne) {
    auto rows = numbers(500);
    const auto before = tableOf(rows);
    rows.erase(rows.begin());
    const TreeDiff diff = diffTrees(before, tableOf(rows));
    EXPECT_EQ(diff.removed, 1);
    EXPECT_EQ(diff.added + diff.changed + diff.moved, 0);
    EXPECT_EQ(diff.changes.front().kind == ChangeKind::removed || diff.changes[1].kind == ChangeKind::removed, true);
}

TEST(TreeDiff, ReportsASortedTableAsMovesAlone) {
    auto rows = numbers(500);
    const auto before = tableOf(rows);
    std::reverse(rows.begin(), rows.end());
    const TreeDiff diff = diffTrees(before, tableOf(rows));
    EXPECT_EQ(diff.moved, 499);
    EXPECT_EQ(diff.added + diff.changed + diff.removed, 0);
}

TEST(TreeDiff, TakesNoNoticeOfHowRefsAreNumbered) {
    auto rows = numbers(40);
    const auto before = tableOf(rows);
    rows.erase(rows.begin() + 7);
    std::swap(rows[3], rows[20]);
    const std::string expected = summarize(diffTrees(before, tableOf(rows)));
    auto after = tableOf(rows);
    std::mt19937 random(20260823);
    std::vector<std::string> refs;
    for (const auto& element : after.elements) refs.push_back(element.ref);
    std::shuffle(refs.begin(), refs.end(), random);
    for (std::size_t i = 0; i < refs.size(); ++i) after.elements[i].ref = refs[i];
    const TreeDiff plain = diffTrees(before, tableOf(rows));
    const TreeDiff shuffled = diffTrees(before, after);
    EXPECT_EQ(plain.changes.size(), shuffled.changes.size());
    EXPECT_EQ(plain.moved, shuffled.moved);
    EXPECT_EQ(plain.removed, shuffled.removed) << expected;
}

/// Any tree: random roles, few different words so that ties abound.
model::Screen randomTree(std::mt19937& random, int size) {
    model::Screen screen;
    for (int i = 0; i < size; ++i) {
        model::Element element;
        element.role = std::string("role") + std::to_string(random() % 4);
        if (random() % 3 != 0) element.text = "word" + std::to_string(random() % 6);
        element.parent = i == 0 ? -1 : static_cast<int>(random() % static_cast<unsigned>(i));
        element.depth = element.parent < 0 ? 0 : screen.elements[static_cast<std::size_t>(element.parent)].depth + 1;
        screen.elements.push_back(std::move(element));
    }
    return screen;
}

TEST(TreeDiff, AccountsForEveryElementOfRandomTrees) {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const auto before = randomTree(random, 1 + static_cast<int>(random() % 60));
        const auto after = randomTree(random, 1 + static_cast<int>(random() % 60));
        EXPECT_TRUE(diffTrees(before, before).changes.empty());
        const TreeMatch match = matchTrees(before, after);
        ASSERT_EQ(match.afterOf.size(), before.elements.size());
        ASSERT_EQ(match.beforeOf.size(), after.elements.size());
        int alone = 0;
        for (std::size_t i = 0; i < match.afterOf.size(); ++i) {
            if (match.afterOf[i] < 0) {
                ++alone;
                continue;
            }
            ASSERT_EQ(match.beforeOf[static_cast<std::size_t>(match.afterOf[i])], static_cast<int>(i));
        }
        int removed = 0;
        for (const TreeChange& change : diffTrees(before, after).changes) {
            if (change.kind == ChangeKind::removed) removed += change.subtreeElements;
        }
        EXPECT_EQ(removed, alone);
    }
}

TEST(TreeDiff, SurvivesElementsWhoseParentsMakeNoTree) {
    model::Screen odd;
    odd.elements.resize(3);
    odd.elements[0].parent = 2;
    odd.elements[1].parent = 1;
    odd.elements[2].parent = 7;
    EXPECT_EQ(diffTrees(odd, model::Screen{}).removed, 3);
    EXPECT_EQ(diffTrees(model::Screen{}, odd).added, 3);
}

model::Element flatElement(std::string role, std::string text, double x, double y) {
    model::Element element;
    element.role = std::move(role);
    element.text = std::move(text);
    element.box = model::Box{x, y, 40, 20};
    return element;
}

TEST(FlatDiff, TakesAScrollAsQuiet) {
    std::vector<model::Element> before;
    std::vector<model::Element> after;
    for (int i = 0; i < 20; ++i) {
        before.push_back(flatElement("AXButton", i % 2 == 0 ? "Open" : "Item " + std::to_string(i), 10, 20.0 * i));
        after.push_back(flatElement("AXButton", i % 2 == 0 ? "Open" : "Item " + std::to_string(i), 10, 20.0 * i - 60));
    }
    EXPECT_EQ(diffText(flatOf(before), flatOf(after)), "no change (20 quiet)\n");
}

TEST(FlatDiff, TellsEqualElementsApartByPlace) {
    std::vector<model::Element> before;
    for (int i = 0; i < 6; ++i) before.push_back(flatElement("AXCheckBox", "Done", 10, 20.0 * i));
    std::vector<model::Element> after = before;
    after.erase(after.begin() + 2);
    const TreeDiff diff = diffTrees(flatOf(before), flatOf(after));
    ASSERT_EQ(diff.changes.size(), 1U);
    EXPECT_EQ(diff.changes.front().kind, ChangeKind::removed);
    EXPECT_EQ(diff.changes.front().before, 2);
}

TEST(FlatDiff, SeesAFieldWhoseTextWasTyped) {
    const auto before = flatOf({flatElement("AXButton", "Save", 10, 10), flatElement("AXTextField", "", 10, 40)});
    const auto after = flatOf({flatElement("AXButton", "Save", 10, 10), flatElement("AXTextField", "hello", 10, 40)});
    EXPECT_EQ(diffText(before, after), "1 changed\n~ AXTextField: text \"\" -> \"hello\"\n");
}

TEST(FlatDiff, ReportsOneThatMovedByItself) {
    std::vector<model::Element> before;
    for (int i = 0; i < 6; ++i) before.push_back(flatElement("AXButton", "Button " + std::to_string(i), 10, 20.0 * i));
    std::vector<model::Element> after = before;
    after[3].box->x = 300;
    EXPECT_EQ(diffTrees(flatOf(before), flatOf(after)).moved, 1);
}

TEST(TreeDiff, IsNearLinear) {
    auto rows = numbers(500);
    const auto before = tableOf(rows);
    std::mt19937 random(7);
    std::shuffle(rows.begin(), rows.end(), random);
    const auto after = tableOf(rows);
    const auto start = std::chrono::steady_clock::now();
    const TreeDiff diff = diffTrees(before, after);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    RecordProperty("diff_4000_elements_ms", std::to_string(ms));
    std::printf("4,001 elements, all rows shuffled: %.1f ms\n", ms);
    EXPECT_GT(diff.moved, 400);
    EXPECT_LT(ms, 2000) << "far beyond any build of ours";
}

}  // namespace
}  // namespace turntable::diff
