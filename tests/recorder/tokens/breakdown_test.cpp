#include "recorder/tokens/breakdown.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/recorder/screen/screen_text.h"

namespace turntable::tokens {
namespace {

using model::Basis;
using model::PartKind;
using model::Section;
using nlohmann::ordered_json;

screen::testing::Prompt sample(const ordered_json& lastContent) {
    return screen::testing::promptOf(ordered_json{
        {"model", "m"},
        {"system", "You are a desktop agent. Use the tools to act on windows."},
        {"tools", ordered_json::array(
                      {{{"name", "click"},
                        {"description", "Click at a point of a window."},
                        {"input_schema", {{"type", "object"}, {"properties", {{"x", {{"type", "integer"}}}}}}}}})},
        {"messages",
         ordered_json::array(
             {{{"role", "user"}, {"content", "Open the settings window and turn on dark mode."}},
              {{"role", "assistant"},
               {"content",
                ordered_json::array({{{"type", "tool_use"}, {"id", "c1"}, {"name", "click"}, {"input", {{"x", 5}}}}})}},
              {{"role", "user"}, {"content", lastContent}}})}});
}

ordered_json resultOf(const ordered_json& content) {
    return ordered_json::array({{{"type", "tool_result"}, {"tool_use_id", "c1"}, {"content", content}}});
}

std::int64_t sumOf(const model::TokenBreakdown& breakdown) {
    std::int64_t sum = 0;
    for (const auto& section : breakdown.sections) {
        EXPECT_TRUE(section.tokens.has_value());
        EXPECT_GE(section.tokens.value_or(-1), 0);
        sum += section.tokens.value_or(0);
    }
    return sum;
}

std::optional<std::size_t> indexOf(const screen::testing::Prompt& prompt, PartKind kind) {
    for (std::size_t i = prompt.parts.size(); i-- > 0;) {
        if (prompt.parts[i].kind == kind) return i;
    }
    return std::nullopt;
}

TEST(BreakDown, SumsExactlyToTheServersTotal) {
    auto prompt = sample(resultOf("### Snapshot\n```yaml\n- main [ref=e1]\n```"));
    const auto breakdown = breakDown(prompt.body, prompt.parts, indexOf(prompt, PartKind::toolResult),
                                     {.cachedRead = 10, .output = 7, .promptTotal = 333});
    EXPECT_EQ(sumOf(breakdown), 333);
    EXPECT_EQ(breakdown.input, (model::TokenFigure{333, Basis::exact}));
    EXPECT_EQ(breakdown.cached, (model::TokenFigure{10, Basis::exact}));
    EXPECT_EQ(breakdown.output, (model::TokenFigure{7, Basis::exact}));
    for (const Section section : {Section::system, Section::tools, Section::screen, Section::other}) {
        EXPECT_GT(breakdown.of(section).tokens, 0) << sectionName(section);
        EXPECT_EQ(breakdown.of(section).basis, Basis::estimated);
    }
    EXPECT_EQ(prompt.parts.at(*indexOf(prompt, PartKind::toolResult)).section, Section::screen);
}

TEST(BreakDown, SumsExactlyForAnyTotal) {
    constexpr unsigned kSeed = 20260101;
    SCOPED_TRACE(kSeed);
    std::mt19937_64 random(kSeed);
    const auto prompt = sample(resultOf("[AXButton] \"Save\""));
    std::vector<std::int64_t> totals = {0, 1, 2, 3, 5, 47, 614, std::numeric_limits<std::int64_t>::max()};
    for (int i = 0; i < 2000; ++i) totals.push_back(static_cast<std::int64_t>(random() >> (1 + random() % 62)));
    for (const std::int64_t total : totals) {
        auto parts = prompt.parts;
        for (auto& part : parts) part.section = model::kSections[random() % model::kSectionCount];
        const auto breakdown = breakDown(prompt.body, parts, random() % parts.size(), {.promptTotal = total});
        ASSERT_EQ(sumOf(breakdown), total);
        ASSERT_EQ(breakdown.input.tokens, total);
        std::int64_t ofParts = 0;
        for (const auto& part : parts) ofParts += part.tokens.tokens.value_or(0);
        ASSERT_LE(ofParts, total);
    }
}

TEST(BreakDown, EstimatesTheTotalWhenTheServerSaysNone) {
    auto prompt = sample(resultOf("done"));
    const auto breakdown = breakDown(prompt.body, prompt.parts, std::nullopt, {});
    EXPECT_EQ(breakdown.input.basis, Basis::estimated);
    EXPECT_EQ(sumOf(breakdown), breakdown.input.tokens);
    EXPECT_EQ(breakdown.of(Section::screen).tokens, 0);
    EXPECT_EQ(breakdown.cached.tokens, std::nullopt);
    EXPECT_EQ(breakdown.output.tokens, std::nullopt);
}

TEST(BreakDown, LeavesUnknownWhatIsUnknown) {
    std::vector<model::PromptPart> none;
    const auto nothing = breakDown("not json", none, std::nullopt, {});
    EXPECT_EQ(nothing.input.tokens, std::nullopt);
    for (const auto& section : nothing.sections) EXPECT_EQ(section.tokens, std::nullopt);
    const auto total = breakDown("not json", none, std::nullopt, {.promptTotal = 12});
    EXPECT_EQ(total.of(Section::other).tokens, 12);
    EXPECT_EQ(sumOf(total), 12);
}

TEST(BreakDown, TakesNegativeFiguresForUnknown) {
    auto prompt = sample("hello");
    const auto breakdown =
        breakDown(prompt.body, prompt.parts, std::nullopt, {.cachedRead = -1, .output = -5, .promptTotal = -7});
    EXPECT_EQ(breakdown.cached.tokens, std::nullopt);
    EXPECT_EQ(breakdown.output.tokens, std::nullopt);
    EXPECT_EQ(breakdown.input.basis, Basis::estimated);
    EXPECT_GT(breakdown.input.tokens, 0);
}

TEST(BreakDown, PricesAScreenshotAsScreen) {
    const std::string data(400000, 'A');
    const ordered_json image = {{"type", "image"},
                                {"source", {{"type", "base64"}, {"media_type", "image/png"}, {"data", data}}}};
    auto direct = sample(ordered_json::array({image}));
    const auto shown = breakDown(direct.body, direct.parts, std::nullopt, {});
    EXPECT_EQ(shown.of(Section::screen).tokens, 3000);
    auto nested = sample(resultOf(ordered_json::array({image})));
    const auto result = breakDown(nested.body, nested.parts, std::nullopt, {});
    EXPECT_GE(result.of(Section::screen).tokens, 1500);
    EXPECT_LE(result.of(Section::screen).tokens, 3010);
}

TEST(BreakDown, PricesRecordedToolsNearTheirCount) {
    // The recorded tools are 4,396 tokens of o200k_base, and of Qwen 3.
    auto prompt = screen::testing::promptOf(
        ordered_json{{"model", "m"},
                     {"tools", ordered_json::parse(screen::testing::fixture("todo-0.0.83/tools.json"))},
                     {"messages", ordered_json::array({{{"role", "user"}, {"content", "Go."}}})}});
    const auto breakdown = breakDown(prompt.body, prompt.parts, std::nullopt, {});
    EXPECT_NEAR(static_cast<double>(*breakdown.of(Section::tools).tokens), 4396, 4396 * 0.10);
}

}  // namespace
}  // namespace turntable::tokens
