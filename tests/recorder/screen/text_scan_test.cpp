#include "recorder/screen/text_scan.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/support/utf8.h"

namespace turntable::screen {
namespace {

std::vector<std::string> linesOf(std::string_view text) {
    std::vector<std::string> lines;
    LineReader reader(text);
    while (const auto line = reader.next()) lines.emplace_back(*line);
    return lines;
}

TEST(LineReader, SplitsAtLineFeedsAndDropsCarriageReturns) {
    EXPECT_EQ(linesOf("a\r\n\nb"), (std::vector<std::string>{"a", "", "b"}));
    EXPECT_EQ(linesOf("a\n"), (std::vector<std::string>{"a"}));
    EXPECT_TRUE(linesOf("").empty());
}

TEST(Clipped, NeverCutsInsideACodePoint) {
    const std::string text = "añ✓😀";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::string cut = clipped(text, size);
        EXPECT_EQ(support::validUtf8(cut), cut) << size;
    }
    EXPECT_EQ(clipped(text, 3), "añ…");
    EXPECT_EQ(clipped(text, 4), "añ…");
    EXPECT_EQ(clipped(text, text.size()), text);
}

TEST(Unescaped, UndoesJsonAndYamlEscapes) {
    EXPECT_EQ(unescaped(R"(Call \"Bob\": 5 pm)"), "Call \"Bob\": 5 pm");
    EXPECT_EQ(unescaped(R"(a\n\t\\\/\x41\u00e9)"), "a\n\t\\/Aé");
    EXPECT_EQ(unescaped(R"(\ud83d\ude00)"), "😀");
    EXPECT_EQ(unescaped(R"(\ud83d!)"), "\xEF\xBF\xBD!");
    EXPECT_EQ(unescaped(R"(\q\u12)"), R"(\q\u12)");
    EXPECT_EQ(unescaped("end\\"), "end\\");
}

TEST(TruncationMark, KnowsTheSentencesOfSources) {
    EXPECT_TRUE(isTruncationMark("[...]"));
    EXPECT_TRUE(isTruncationMark("  [... 120 more lines]"));
    EXPECT_TRUE(isTruncationMark(" (truncated to 40000 characters)"));
    EXPECT_TRUE(isTruncationMark("⚠️  AX tree truncated at 2000 nodes (app has a very large tree"));
    EXPECT_TRUE(isTruncationMark("[OUTPUT TRUNCATED - exceeded 25000 token limit]"));
    EXPECT_FALSE(isTruncationMark("- button \"Save\""));
    EXPECT_FALSE(isTruncationMark(""));
}

TEST(AddTruncation, KeepsTheMoreCertainKindAndEveryReason) {
    model::Screen screen;
    addTruncation(screen, model::Truncation::marked, "a");
    addTruncation(screen, model::Truncation::suspected, "b");
    EXPECT_EQ(screen.truncation, model::Truncation::marked);
    EXPECT_EQ(screen.truncationReason, "a; b");
    addTruncation(screen, model::Truncation::flagged, "c");
    EXPECT_EQ(screen.truncation, model::Truncation::flagged);
}

}  // namespace
}  // namespace turntable::screen
