#include "storage/prompt_recipe.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "storage/base64.h"

namespace turntable::storage {
namespace {

using support::ByteRange;
using support::ErrorCode;

std::string joined(std::string_view body, std::span<const ByteRange> ranges) {
    const auto entries = splitBody(body, ranges);
    if (!entries) return entries.error().message;
    std::string text;
    for (const auto& entry : *entries) text += support::slice(body, entry.range);
    return text;
}

TEST(PromptRecipe, EntriesCoverTheWholeBody) {
    const std::string body(1000, 'x');
    const std::vector<ByteRange> ranges = {{0, 10}, {10, 200}, {300, 0}, {400, 600}};
    EXPECT_EQ(joined(body, ranges), body);
    EXPECT_EQ(joined(body, {}), body);
    EXPECT_EQ(joined("", {}), "");
}

TEST(PromptRecipe, RefusesRangesThatMakeNoSense) {
    const std::string body(100, 'x');
    const std::vector<std::vector<ByteRange>> wrong = {
        {{0, 20}, {19, 5}}, {{50, 10}, {0, 10}}, {{90, 11}}, {{101, 0}}, {{5, static_cast<std::size_t>(-1)}}};
    for (const auto& ranges : wrong) {
        const auto entries = splitBody(body, ranges);
        ASSERT_FALSE(entries.ok());
        EXPECT_EQ(entries.error().code, ErrorCode::invalidArgument);
    }
}

TEST(PromptRecipe, StoredFormKeepsPartsAndLiterals) {
    std::vector<PromptEntry> entries(6);
    entries[0].literal = std::string("{\0\xFF", 3);
    entries[1].isPart = true;
    entries[1].part = {900};
    entries[2].isPart = true;
    entries[2].part = {7};
    entries[3].literal = "";
    entries[4].isPart = true;
    entries[4].part = {std::numeric_limits<std::int64_t>::max() / 4};
    entries[5].isPart = entries[5].isBase64 = true;
    entries[5].part = {8};
    const std::string bytes = encodeEntries(entries);
    const auto decoded = decodeEntries(bytes, RecipeForm::version2);
    ASSERT_TRUE(decoded.ok());
    ASSERT_EQ(decoded->size(), entries.size());
    for (std::size_t index = 0; index < entries.size(); ++index) {
        EXPECT_EQ((*decoded)[index].isPart, entries[index].isPart) << index;
        EXPECT_EQ((*decoded)[index].isBase64, entries[index].isBase64) << index;
        EXPECT_EQ((*decoded)[index].part, entries[index].part) << index;
        EXPECT_EQ((*decoded)[index].literal, entries[index].literal) << index;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = decodeEntries(std::string_view(bytes).substr(0, size), RecipeForm::version2);
        if (!cut) continue;
        EXPECT_LT(cut->size(), entries.size());
    }
}

TEST(PromptRecipe, ReadsTheFormOfVersion1) {
    // A literal of one byte, then the part 3: one bit told them apart.
    const auto decoded = decodeEntries(std::string("\x03{\x0c", 3), RecipeForm::version1);
    ASSERT_TRUE(decoded.ok());
    ASSERT_EQ(decoded->size(), 2u);
    EXPECT_EQ(decoded->at(0).literal, "{");
    EXPECT_EQ(decoded->at(1).part.value, 3);
}

TEST(PromptRecipe, RefusesATagThatIsNone) {
    EXPECT_FALSE(decodeEntries("\x03", RecipeForm::version2).ok());
    EXPECT_FALSE(decodeEntries(std::string_view("\0", 1), RecipeForm::version2).ok());
}

TEST(PromptRecipe, TakesLongBase64TextsOutOfTheirSurroundings) {
    std::string image;
    for (int byte = 0; byte < 3000; ++byte) image.push_back(static_cast<char>(byte * 31 % 256));
    std::string text;
    appendBase64(text, image);
    const std::string body = R"({"content":[{"type":"image","source":{"data":")" + text + R"("}}]})";
    for (const std::vector<ByteRange>& ranges :
         {std::vector<ByteRange>{}, std::vector<ByteRange>{{11, body.size() - 12}}}) {
        const auto entries = splitBody(body, ranges);
        ASSERT_TRUE(entries.ok());
        const auto found =
            std::find_if(entries->begin(), entries->end(), [](const auto& each) { return each.isBase64; });
        ASSERT_NE(found, entries->end());
        EXPECT_EQ(found->sha256, digest::sha256(image));
        EXPECT_EQ(support::slice(body, found->range), text);
        EXPECT_EQ(joined(body, ranges), body);
    }
}

TEST(PromptRecipe, LeavesLongWordsWhole) {
    const std::string body = R"({"text":")" + std::string(4096, 'w') + R"("})";
    const auto entries = splitBody(body, {});
    ASSERT_TRUE(entries.ok());
    ASSERT_EQ(entries->size(), 1u);
    EXPECT_FALSE(entries->front().isBase64);
}

TEST(PromptRecipe, SharesHeadAndTailWithoutOverlap) {
    const std::string base = "aab", longer = "aaab";
    const auto letters = [](const std::string& text) {
        std::vector<PromptEntry> entries;
        for (const char letter : text) {
            PromptEntry entry;
            entry.literal = letter;
            entries.push_back(entry);
        }
        return entries;
    };
    const auto text = [](const std::vector<PromptEntry>& entries) {
        std::string all;
        for (const auto& entry : entries) all += entry.literal;
        return all;
    };
    for (const std::string& from : {base, longer, std::string("xyz"), std::string()}) {
        for (const std::string& to : {base, longer, std::string("aazb"), std::string("xz"), std::string()}) {
            const auto target = letters(to);
            auto list = letters(from);
            const auto shared = sharedEntries(list, target);
            std::vector<PromptEntry> own(target.begin() + static_cast<std::ptrdiff_t>(shared.head),
                                         target.end() - static_cast<std::ptrdiff_t>(shared.tail));
            ASSERT_TRUE(applyRecipe(list, shared, own).ok()) << from << " to " << to;
            EXPECT_EQ(text(list), to) << "from " << from;
        }
    }
}

TEST(PromptRecipe, RefusesToShareMoreThanThereIs) {
    std::vector<PromptEntry> base(3);
    EXPECT_FALSE(applyRecipe(base, {2, 2}, {}).ok());
    EXPECT_FALSE(applyRecipe(base, {4, 0}, {}).ok());
}

}  // namespace
}  // namespace turntable::storage
