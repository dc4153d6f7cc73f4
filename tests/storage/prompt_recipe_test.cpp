#include "storage/prompt_recipe.h"

#include <limits>

#include <gtest/gtest.h>

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
    std::vector<PromptEntry> entries(5);
    entries[0].literal = std::string("{\0\xFF", 3);
    entries[1].isPart = true;
    entries[1].part = {900};
    entries[2].isPart = true;
    entries[2].part = {7};
    entries[3].literal = "";
    entries[4].isPart = true;
    entries[4].part = {std::numeric_limits<std::int64_t>::max() / 4};
    const std::string bytes = encodeEntries(entries);
    const auto decoded = decodeEntries(bytes);
    ASSERT_TRUE(decoded.ok());
    ASSERT_EQ(decoded->size(), entries.size());
    for (std::size_t index = 0; index < entries.size(); ++index) {
        EXPECT_EQ((*decoded)[index].isPart, entries[index].isPart) << index;
        EXPECT_EQ((*decoded)[index].part, entries[index].part) << index;
        EXPECT_EQ((*decoded)[index].literal, entries[index].literal) << index;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = decodeEntries(std::string_view(bytes).substr(0, size));
        if (!cut) continue;
        EXPECT_LT(cut->size(), entries.size());
    }
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
