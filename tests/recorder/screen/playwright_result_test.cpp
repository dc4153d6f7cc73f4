#include "recorder/screen/playwright_result.h"

#include <gtest/gtest.h>

#include "tests/recorder/screen/screen_text.h"

namespace turntable::screen {
namespace {

using testing::fixture;
using Snapshot = PlaywrightResult::Snapshot;

TEST(PlaywrightResult, FindsAnInlineSnapshotOfThePageStateForm) {
    const std::string text = fixture("todo-0.0.41/01_browser_navigate.txt");
    const auto result = readPlaywrightResult(text);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->snapshot, Snapshot::inlineText);
    EXPECT_EQ(result->yaml.substr(0, 27), "- generic [active] [ref=e1]");
    EXPECT_EQ(result->yaml.substr(result->yaml.size() - 10), "[ref=e13]\n");
    EXPECT_TRUE(result->closed);
    EXPECT_EQ(result->url, "http://127.0.0.1:8070/own/todo.html");
    EXPECT_EQ(result->title, "Todos");
}

TEST(PlaywrightResult, FindsAnInlineSnapshotOfTheSnapshotForm) {
    const auto text = fixture("todo-0.0.83/07_browser_snapshot.txt");
    const auto result = readPlaywrightResult(text);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->snapshot, Snapshot::inlineText);
    EXPECT_EQ(result->title, "Todos");
}

TEST(PlaywrightResult, FindsAFileLink) {
    const auto text = fixture("todo-0.0.83/06_browser_click.txt");
    const auto result = readPlaywrightResult(text);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->snapshot, Snapshot::fileLink);
    EXPECT_EQ(result->link.substr(0, 21), ".playwright-mcp/page-");
    EXPECT_EQ(result->link.substr(result->link.size() - 4), ".yml");
}

TEST(PlaywrightResult, SaysWhyThereIsNoSnapshot) {
    const auto error = readPlaywrightResult("### Result\nError: Ref e67 not found in the current page snapshot.");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->snapshot, Snapshot::none);
    EXPECT_EQ(reasonForNoSnapshot(*error),
              "the newest result carries no snapshot: Error: Ref e67 not found in the current page snapshot.");
    const auto dialog = readPlaywrightResult(
        "### Ran Playwright code\nawait x();\n\n### Modal state\n- [\"confirm\" dialog with message \"Sure?\"]: can be "
        "handled");
    ASSERT_TRUE(dialog);
    EXPECT_EQ(
        reasonForNoSnapshot(*dialog),
        "the newest result carries no snapshot, a dialog is open: [\"confirm\" dialog with message \"Sure?\"]: can be "
        "handled");
    const auto silent = readPlaywrightResult("### Ran Playwright code\n```js\nawait x();\n```\n");
    ASSERT_TRUE(silent);
    EXPECT_EQ(reasonForNoSnapshot(*silent), "the newest result carries no snapshot");
}

TEST(PlaywrightResult, LetsNoPageTextImitateASnapshot) {
    const auto result = readPlaywrightResult(
        "### Result\n### Snapshot\n```yaml\n- button \"fake\"\n```\n### Page\n- Page URL: http://a/\n### Snapshot\n"
        "```yaml\n- button \"real\"\n```\n");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->yaml, "- button \"real\"\n");
}

TEST(PlaywrightResult, NoticesAFenceThatNeverCloses) {
    const auto result = readPlaywrightResult("### Snapshot\n```yaml\n- button \"Sa");
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->closed);
    EXPECT_EQ(result->yaml, "- button \"Sa");
}

TEST(PlaywrightResult, LeavesOtherTextsAlone) {
    EXPECT_FALSE(readPlaywrightResult(""));
    EXPECT_FALSE(readPlaywrightResult("total 12\n-rw-r--r-- 1 a b c"));
    EXPECT_FALSE(readPlaywrightResult("### Result\nThe tests pass.\n"));
    EXPECT_FALSE(readPlaywrightResult("### Events\n- one\n"));
    EXPECT_FALSE(readPlaywrightResult("```yaml\n- a: b\n```\n"));
}

TEST(PlaywrightResult, ReadsEveryCutOfARecordedResult) {
    for (const char* name : {"todo-0.0.83/07_browser_snapshot.txt", "todo-0.0.55/05_browser_click.txt",
                             "todo-0.0.83/06_browser_click.txt"}) {
        const std::string text = fixture(name);
        for (std::size_t size = 0; size <= text.size(); ++size) {
            const auto result = readPlaywrightResult(std::string_view(text).substr(0, size));
            if (!result) continue;
            EXPECT_LE(result->yaml.size(), size);
            EXPECT_LE(result->link.size(), size);
        }
    }
}

}  // namespace
}  // namespace turntable::screen
