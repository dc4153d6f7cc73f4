#include "recorder/screen/playwright_snapshot.h"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "tests/recorder/screen/screen_text.h"

namespace turntable::screen {
namespace {

using testing::expectInvariants;
using testing::fixture;
using testing::outline;

model::Screen screenOf(std::string_view yaml) {
    std::deque<std::string> owned;
    model::Screen screen;
    fillScreen(parseSnapshot(yaml, owned), screen);
    return screen;
}

std::string rebuilt(std::string_view before, std::string_view patch) {
    std::deque<std::string> owned;
    model::Screen screen;
    fillScreen(applySnapshot(parseSnapshot(before, owned), parseSnapshot(patch, owned)), screen);
    expectInvariants(screen);
    return outline(screen);
}

TEST(PlaywrightSnapshot, ReadsARecordedListWithBoxes) {
    const auto screen = screenOf(fixture("todo-0.0.83/05_snapshot.yml"));
    EXPECT_EQ(outline(screen), R"(generic #e1 [8,21 1264x294]
  banner #e2 [8,21 1264x43]
    heading "todos" #e3 [8,21 1264x43] {level=1}
  main #e4 [8,86 1264x230]
    generic #e5 [8,86 1264x24]
      text "What needs to be done?"
      textbox "What needs to be done?" #e6 [193,86 206x24] {active} {/placeholder: Buy milk}
      button "Add" #e7 [404,86 41x24]
    list "Todo list" #e14 [8,126 1264x72]
      listitem #e24 [48,126 1224x24]
        checkbox "Buy milk" #e25 [52,130 13x13]
        text "Buy milk"
        button "Delete Buy milk" #e26 [137,126 24x24] = ×
      listitem #e27 [48,150 1224x24]
        checkbox "Write report" #e28 [52,154 13x13]
        text "Write report"
        button "Delete Write report" #e29 [164,150 24x24] = ×
      listitem #e30 [48,174 1224x24]
        checkbox "Call "Bob": 5 pm" #e31 [52,178 13x13]
        text "Call "Bob": 5 pm"
        button "Delete Call" #e32 [193,174 24x24] = ×
    navigation "Filters" #e8 [8,214 1264x24]
      button "All" #e9 [8,214 31x24] {pressed}
      button "Active" #e10 [39,214 53x24]
      button "Completed" #e11 [93,214 85x24]
    status #e12 [8,254 1264x22] = 3 items left
    button "Clear completed" #e13 [8,292 118x24] {disabled}
)");
    EXPECT_EQ(screen.elementsSeen, screen.elements.size());
    EXPECT_EQ(screen.truncation, model::Truncation::none);
}

TEST(PlaywrightSnapshot, ReadsAttributesInAnyOrder) {
    EXPECT_EQ(outline(screenOf("- button \"A\" [box=1,2,3,4] [ref=e1] [cursor=pointer] [active]\n"
                               "- checkbox [checked=mixed] [aria-hidden] [ref=f1e9] [box=-1.5,0,2,3]\n")),
              "button \"A\" #e1 [1,2 3x4] {cursor=pointer} {active}\n"
              "checkbox #f1e9 [-1.5,0 2x3] {checked=mixed} {aria-hidden}\n");
}

TEST(PlaywrightSnapshot, UndoesQuotingOfKeysNamesAndValues) {
    EXPECT_EQ(outline(screenOf("- 'link \"It''s: \\\"here\\\"\" [ref=e1]': \"a: b\\n\"\n"
                               "- link [ref=e2]:\n"
                               "  - /url: \"#A%20B\"\n"
                               "- text: 'it''s'\n"
                               "- text: \", to plan\"\n"
                               "- text: \"\"\n")),
              "link \"It's: \"here\"\" #e1 = a: b\n\n"
              "link #e2 {/url: #A%20B}\n"
              "text \"it's\"\n"
              "text \", to plan\"\n"
              "text\n");
}

TEST(PlaywrightSnapshot, KeepsUnknownLinesWithTheirText) {
    const auto screen =
        screenOf("- list [ref=e1]:\n  - ??? what\n  plain words\n  - button \"ok\" nonsense\n- /url: x\n");
    EXPECT_EQ(outline(screen),
              "list #e1\n  unknown \"??? what\"\n  unknown \"plain words\"\n  unknown \"button \"ok\" nonsense\"\n"
              "unknown \"/url: x\"\n");
    EXPECT_EQ(screen.elementsSeen, 5U);
    EXPECT_EQ(screen.truncation, model::Truncation::none);
}

TEST(PlaywrightSnapshot, CapsElementsAndSaysHowManyAreMissing) {
    const auto screen = screenOf(fixture("grid-boxes-0.0.83/01_snapshot.yml"));
    expectInvariants(screen);
    EXPECT_EQ(screen.elements.size(), model::kMaxElements);
    EXPECT_EQ(screen.elementsSeen, 4014U);
    EXPECT_EQ(screen.truncation, model::Truncation::flagged);
    EXPECT_EQ(screen.truncationReason, "element cap 2000: 2014 of 4014 elements left out");
}

TEST(PlaywrightSnapshot, CapsDepthAndSaysHowManyAreMissing) {
    std::string yaml;
    for (std::size_t depth = 0; depth < 103; ++depth) yaml += std::string(depth * 2, ' ') + "- generic:\n";
    const auto screen = screenOf(yaml);
    expectInvariants(screen);
    EXPECT_EQ(screen.elements.size(), 100U);
    EXPECT_EQ(screen.truncation, model::Truncation::flagged);
    EXPECT_EQ(screen.truncationReason, "depth cap 100: 3 of 103 elements left out");
}

TEST(PlaywrightSnapshot, DoesNotRecurseIntoDeepTrees) {
    std::string yaml;
    for (std::size_t depth = 0; depth < 5000; ++depth) yaml += std::string(depth, ' ') + "- generic:\n";
    EXPECT_EQ(screenOf(yaml).elementsSeen, 5000U);
}

TEST(PlaywrightSnapshot, MarksATextThatSaysItWasCut) {
    const auto screen = screenOf("- list:\n  - button \"A\"\n (truncated to 40000 characters)\n");
    EXPECT_EQ(screen.truncation, model::Truncation::marked);
    EXPECT_EQ(screen.truncationReason, "the text says: (truncated to 40000 characters)");
    EXPECT_EQ(screen.elements.size(), 2U);
}

TEST(PlaywrightSnapshot, SuspectsALastLineThatEndsInAName) {
    const auto screen = screenOf("- list:\n  - button \"Delete Wri");
    EXPECT_EQ(screen.truncation, model::Truncation::suspected);
    EXPECT_EQ(screen.truncationReason, "the last line is cut in the middle");
    EXPECT_EQ(outline(screen), "list\n  unknown \"button \"Delete Wri\"\n");
}

TEST(PlaywrightSnapshot, KeepsItsPromisesWhereverTheTextIsCut) {
    for (const char* name : {"todo-0.0.83/07_browser_snapshot.txt", "todo-0.0.55/05_browser_click.txt"}) {
        const std::string text = fixture(name);
        for (std::size_t size = 0; size <= text.size(); ++size) {
            expectInvariants(screenOf(std::string_view(text).substr(0, size)));
            expectInvariants(screenOf(std::string_view(text).substr(size)));
        }
    }
}

TEST(ApplySnapshot, GraftsUnchangedSubtrees) {
    EXPECT_EQ(
        rebuilt("- main [ref=e1]:\n  - banner [ref=e2]:\n    - heading \"H\" [ref=e3]\n  - status [ref=e4]: old\n",
                "- <changed> main [active] [ref=e1]:\n  - ref=e2 [unchanged]\n  - status [ref=e4]: new\n"),
        "main #e1 {active}\n  banner #e2\n    heading \"H\" #e3\n  status #e4 = new\n");
}

TEST(ApplySnapshot, ReplacesSeveralRootsInPlace) {
    EXPECT_EQ(rebuilt("- main [ref=e1]:\n  - list [ref=e2]:\n    - text: a\n  - link [ref=e3]:\n    - /url: x\n  - "
                      "button [ref=e4]\n",
                      "- <changed> list [ref=e2]:\n  - text: b\n  - text: c\n- <changed> button [disabled] [ref=e4]\n"),
              "main #e1\n  list #e2\n    text \"b\"\n    text \"c\"\n  link #e3 {/url: x}\n  button #e4 {disabled}\n");
}

TEST(ApplySnapshot, PutsANewRootBehindThePage) {
    EXPECT_EQ(rebuilt("- main [ref=e1]:\n  - button [ref=e2]\n",
                      "- <changed> button [disabled] [ref=e2]\n- <changed> iframe [ref=e9]:\n  - link [ref=f1e1]\n"),
              "main #e1\n  button #e2 {disabled}\niframe #e9\n  link #f1e1\n");
}

TEST(ApplySnapshot, TakesUnknownRootsForANewPage) {
    EXPECT_EQ(rebuilt("- main [ref=e1]:\n  - button [ref=e2]\n",
                      "- <changed> generic [ref=e9]:\n  - ref=e2 [unchanged]\n  - link [ref=e10]\n"),
              "generic #e9\n  button #e2\n  link #e10\n");
}

TEST(ApplySnapshot, SaysWhatItCouldNotGraft) {
    std::deque<std::string> owned;
    model::Screen screen;
    fillScreen(applySnapshot({}, parseSnapshot("- <changed> main [ref=e1]:\n  - ref=e2 [unchanged]\n", owned)), screen);
    EXPECT_EQ(outline(screen), "main #e1\n  unknown #e2 {unchanged}\n");
    EXPECT_EQ(screen.truncation, model::Truncation::marked);
}

TEST(ApplySnapshot, StaysBoundedWhenSubtreesAreGraftedOverAndOver) {
    std::deque<std::string> owned;
    std::string patch = "- <changed> main [ref=e1]:\n  - generic [ref=e2]\n";
    for (int i = 0; i < 50; ++i) patch += "  - ref=e1 [unchanged]\n";
    SnapshotTree tree = parseSnapshot("- main [ref=e1]\n", owned);
    for (int round = 0; round < 12; ++round) tree = applySnapshot(tree, parseSnapshot(patch, owned));
    EXPECT_LE(tree.nodes.size(), kMaxSnapshotNodes);
}

TEST(PlaywrightSnapshot, ReadsALargeSnapshotAndPrintsItsRate) {
    const std::string text = fixture("grid-boxes-0.0.83/01_snapshot.yml");
    constexpr int kRounds = 5;
    const auto start = std::chrono::steady_clock::now();
    std::size_t elements = 0;
    for (int round = 0; round < kRounds; ++round) elements += screenOf(text).elements.size();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    const double megabytes = static_cast<double>(text.size()) * kRounds / 1e6;
    std::cout << "[ measured ] " << megabytes / elapsed.count() << " MB/s, " << elapsed.count() * 1e3 / kRounds
              << " ms a snapshot of " << text.size() << " bytes\n";
    EXPECT_EQ(elements, model::kMaxElements * kRounds);
}

}  // namespace
}  // namespace turntable::screen
