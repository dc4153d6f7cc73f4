#include "recorder/screen/observe.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/recorder/screen/screen_text.h"

namespace turntable::screen {
namespace {

using model::ScreenCarrier;
using model::Truncation;
using testing::fixture;
using testing::outline;
using testing::resultsPrompt;
using testing::sessionPrompt;

LinkedFileSource filesOf(std::map<std::string, std::string> files) {
    return [files = std::move(files)](std::string_view path) -> support::Result<std::string> {
        const auto found = files.find(std::string(path));
        if (found == files.end()) {
            return support::Error{support::ErrorCode::notFound, "linked file " + std::string(path) + " not found"};
        }
        return found->second;
    };
}

std::string inlineResult(const std::string& yaml, const std::string& url = "http://a/") {
    return "### Page state\n- Page URL: " + url + "\n- Page Title: A\n- Page Snapshot:\n```yaml\n" + yaml + "```\n";
}

TEST(ObserveScreen, FindsNothingWithoutAScreen) {
    EXPECT_FALSE(resultsPrompt({}).observe());
    EXPECT_FALSE(resultsPrompt({"ls: no such file", "### Result\nError: Ref e1 not found"}).observe());
}

TEST(ObserveScreen, TakesTheInlineTreeOfTheNewestResult) {
    const auto prompt = sessionPrompt("todo-0.0.83/session.messages.json", 7);
    const auto seen = prompt.observe();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::inlineFull);
    EXPECT_EQ(seen->screen.application, "Todos");
    EXPECT_EQ(seen->screen.location, "http://127.0.0.1:8070/own/todo.html");
    EXPECT_EQ(seen->screen.elements.size(), 27U);
    EXPECT_EQ(seen->note, "");
    EXPECT_EQ(prompt.parts.at(seen->part).callId, "toolu_0007");
    EXPECT_TRUE(seen->files.empty());
}

TEST(ObserveScreen, ReadsTheFileThatTheNewestResultLinks) {
    const auto prompt = sessionPrompt("todo-0.0.83/session.messages.json", 6);
    const std::string tree = fixture("todo-0.0.83/06_snapshot.yml");
    std::string asked;
    const auto seen = prompt.observe([&](std::string_view path) -> support::Result<std::string> {
        asked = path;
        return tree;
    });
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::fileLink);
    EXPECT_EQ(seen->screen.truncation, Truncation::none);
    ASSERT_EQ(seen->files.size(), 1U);
    EXPECT_EQ(seen->files[0].path, asked);
    EXPECT_EQ(seen->files[0].content, tree);
    EXPECT_NE(outline(seen->screen).find("checkbox \"Write report\" #e37 [52,154 13x13] {checked}"), std::string::npos);
}

TEST(ObserveScreen, GivesAnEmptyTreeAndSaysWhyWhenTheFileIsGone) {
    const auto seen = sessionPrompt("todo-0.0.83/session.messages.json", 6).observe(filesOf({}));
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->screen.elements.empty());
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::fileLink);
    EXPECT_EQ(seen->screen.application, "Todos");
    EXPECT_EQ(seen->note, "linked file .playwright-mcp/page-2026-11-22T19-50-20-472Z.yml not found");
}

// The same page and the same clicks were recorded with full trees (0.0.41) and with changes only (0.0.55).
TEST(ObserveScreen, RebuildsFromChangesWhatTheFullTreesShow) {
    int compared = 0;
    for (int turn = 1; turn <= 9; ++turn) {
        const auto full = sessionPrompt("todo-0.0.41/session.messages.json", turn).observe();
        const auto changed = sessionPrompt("todo-0.0.55/session.messages.json", turn).observe();
        ASSERT_TRUE(full && changed) << turn;
        if (!changed->note.empty()) continue;  // the recorded click of turn 8 failed with 0.0.55
        EXPECT_EQ(changed->screen.carrier, turn == 1 ? ScreenCarrier::inlineFull : ScreenCarrier::inlineIncremental);
        EXPECT_EQ(changed->screen.truncation, Truncation::none);
        testing::expectInvariants(changed->screen);
        if (turn > 7) continue;  // from the failed click on, the two pages differ
        EXPECT_EQ(outline(changed->screen), outline(full->screen)) << "turn " << turn;
        ++compared;
    }
    EXPECT_EQ(compared, 7);
}

TEST(ObserveScreen, RebuildsWhatTheNextFullSnapshotShows) {
    const auto changed = sessionPrompt("todo-0.0.55/session.messages.json", 9).observe();
    const auto full = sessionPrompt("todo-0.0.55/session.messages.json", 10).observe();
    ASSERT_TRUE(changed && full);
    EXPECT_EQ(full->screen.carrier, ScreenCarrier::inlineFull);
    EXPECT_EQ(outline(changed->screen), outline(full->screen));
}

TEST(ObserveScreen, RebuildsALargePageOverSeveralRoots) {
    const auto first = sessionPrompt("tiddly-0.0.55/session.messages.json", 1).observe();
    const auto sixth = sessionPrompt("tiddly-0.0.55/session.messages.json", 6).observe();
    ASSERT_TRUE(first && sixth);
    EXPECT_EQ(sixth->screen.carrier, ScreenCarrier::inlineIncremental);
    EXPECT_EQ(sixth->screen.truncation, Truncation::none) << sixth->screen.truncationReason;
    EXPECT_GT(sixth->screen.elements.size(), first->screen.elements.size());
    EXPECT_EQ(sixth->screen.elements[0].ref, first->screen.elements[0].ref);
    testing::expectInvariants(sixth->screen);
}

TEST(ObserveScreen, LetsTheOlderScreenStandWhenTheNewestShowsNone) {
    const auto seen = sessionPrompt("tiddly-0.0.55/session.messages.json", 8).observe();
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->screen.elements.empty());
    EXPECT_EQ(seen->note.substr(0, 54), "the newest result carries no snapshot, a dialog is ope");
    const auto error =
        resultsPrompt({inlineResult("- main [ref=e1]\n"), "### Result\nError: Ref e9 not found"}).observe();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->note, "the newest result carries no snapshot: Error: Ref e9 not found");
    const auto moved =
        resultsPrompt({inlineResult("- main [ref=e1]\n"), "### Page\n- Page URL: http://b/\n"}).observe();
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->note, "the newest result carries no snapshot; the page is now at http://b/");
}

TEST(ObserveScreen, MarksChangesWithoutTheTreeBeforeThem) {
    const auto seen = resultsPrompt({inlineResult("- <changed> main [ref=e1]:\n  - ref=e2 [unchanged]\n")}).observe();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::inlineIncremental);
    EXPECT_EQ(seen->screen.truncation, Truncation::marked);
}

TEST(ObserveScreen, TakesAnEmptySnapshotForNoChangeOnTheSamePageOnly) {
    const auto same = resultsPrompt({inlineResult("- main [ref=e1]\n"), inlineResult("")}).observe();
    ASSERT_TRUE(same);
    EXPECT_EQ(outline(same->screen), "main #e1\n");
    const auto other = resultsPrompt({inlineResult("- main [ref=e1]\n"), inlineResult("", "about:blank")}).observe();
    ASSERT_TRUE(other);
    EXPECT_TRUE(other->screen.elements.empty());
    EXPECT_EQ(other->screen.carrier, ScreenCarrier::inlineFull);
}

TEST(ObserveScreen, SuspectsASnapshotWhoseFenceIsMissing) {
    const auto seen = resultsPrompt({"### Snapshot\n```yaml\n- main [ref=e1]:\n  - text: half a sen"}).observe();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->screen.truncation, Truncation::suspected);
    EXPECT_EQ(seen->screen.truncationReason, "the text ends inside the snapshot");
}

TEST(ObserveScreen, ReadsTheListBehindAMacosUseSummary) {
    const auto prompt = sessionPrompt("macos-use/tiddly.session.messages.json", 1);
    const auto seen = prompt.observe(
        filesOf({{"/tmp/macos-use/1776457217163_refresh_traversal.txt", fixture("macos-use/tiddly_01.flat.txt")}}));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->screen.format, model::ScreenFormat::macosUse);
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::fileLink);
    EXPECT_EQ(seen->screen.application, "TiddlyWiki");
    EXPECT_EQ(seen->screen.elements.size(), 295U);
    EXPECT_EQ(seen->screen.truncation, Truncation::none);
    EXPECT_FALSE(seen->screen.hierarchical);
}

TEST(ObserveScreen, FallsBackToTheSummaryAndSaysSo) {
    const auto seen = sessionPrompt("macos-use/tiddly.session.messages.json", 1).observe();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::summary);
    EXPECT_EQ(seen->screen.elements.size(), 30U);
    EXPECT_EQ(seen->screen.elementsSeen, 295U);
    EXPECT_EQ(seen->screen.truncation, Truncation::flagged);
    EXPECT_EQ(seen->screen.truncationReason, "summary of 295 elements");
    EXPECT_EQ(seen->note, "linked file /tmp/macos-use/1776457217163_refresh_traversal.txt not found");
}

std::string macosSummary(const std::string& file, const std::string& sentence) {
    return "status: success\npid: 7\napp: Notes\nfile: " + file +
           "\nfile_size: 90 bytes (3 elements)\nsummary: " + sentence +
           "\nvisible_elements:\n  [AXButton (button)] \"Save\" (1,2 3×4)\n";
}

TEST(ObserveScreen, AppliesAMacosUseDiffToTheListBeforeIt) {
    const auto prompt =
        resultsPrompt({macosSummary("/tmp/macos-use/1.txt", "Refreshed PID 7 (Notes). 2 elements, 2 visible."),
                       macosSummary("/tmp/macos-use/2.txt", "Clicked at (1,2). 1 added, 1 removed, 0 modified.")});
    const std::string list = "# Notes — 2 elements (0.1s)\n\n [AXButton] \"A\" x:1 y:1\n [AXButton] \"B\" x:1 y:2\n";
    const std::string diff =
        "# diff: +1 added, -1 removed, ~0 modified\n\n+ [AXLink] \"C\" x:0 y:1\n- [AXButton] \"A\" x:1 y:1\n";
    const auto seen = prompt.observe(filesOf({{"/tmp/macos-use/1.txt", list}, {"/tmp/macos-use/2.txt", diff}}));
    ASSERT_TRUE(seen);
    EXPECT_EQ(outline(seen->screen), "AXLink \"C\" [0,1 0x0]\nAXButton \"B\" [1,2 0x0]\n");
    EXPECT_EQ(seen->screen.carrier, ScreenCarrier::fileLink);
    EXPECT_EQ(seen->files.size(), 2U);

    const auto alone = prompt.observe(filesOf({{"/tmp/macos-use/2.txt", diff}}));
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->screen.carrier, ScreenCarrier::summary);
    EXPECT_EQ(alone->screen.truncationReason, "summary of a change of 3 elements");
    EXPECT_EQ(alone->note, "linked file /tmp/macos-use/1.txt not found");
}

TEST(ObserveScreen, KeepsItsPromisesForEveryTurnOfALongSession) {
    const std::string tree = fixture("tiddly-boxes-0.0.83/01_snapshot.yml");
    for (int turn = 1; turn <= 18; ++turn) {
        const auto seen = sessionPrompt("tiddly-boxes-0.0.83/session.messages.json", turn)
                              .observe([&](std::string_view) -> support::Result<std::string> { return tree; });
        ASSERT_TRUE(seen) << turn;
        testing::expectInvariants(seen->screen);
        EXPECT_GT(seen->screen.elements.size(), 400U) << turn;
        EXPECT_EQ(seen->screen.truncation, Truncation::none) << turn;
        for (const model::Element& element : seen->screen.elements) EXPECT_NE(element.role, "unknown") << element.text;
    }
}

}  // namespace
}  // namespace turntable::screen
