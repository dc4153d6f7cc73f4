#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <vector>

#include "recorder/tokens/breakdown.h"
#include "tests/recorder/screen/screen_text.h"

namespace turntable::tokens {
namespace {

/// Counts of o200k_base, taken with the npm package gpt-tokenizer 4.0.0.
struct Counted {
    const char* fixture;
    std::int64_t tokens;
};
constexpr Counted kCounted[] = {
    {"todo-0.0.83/tools.json", 4396},
    {"todo-0.0.41/tools.json", 2762},
    {"todo-0.0.83/07_browser_snapshot.txt", 634},
    {"todo-0.0.83/12_browser_snapshot.txt", 480},
    {"tiddly-boxes-0.0.83/03_browser_snapshot.txt", 11446},
    {"tiddly-boxes-0.0.83/18_browser_snapshot.txt", 27456},
    {"tiddly-0.0.55/01_browser_navigate.txt", 8041},
    {"grid-boxes-0.0.83/01_snapshot.yml", 102086},
    {"macos-use/tiddly_01.flat.txt", 6197},
    {"macos-use/grid_capped2000_01.flat.txt", 37088},
};

double errorOf(std::string_view text, std::int64_t tokens) {
    return static_cast<double>(estimateTokens(text)) / static_cast<double>(tokens) - 1.0;
}

TEST(EstimateTokens, StaysNearTheCountsOfATokenizer) {
    std::vector<double> errors;
    for (const Counted& counted : kCounted) {
        const double error = errorOf(screen::testing::fixture(counted.fixture), counted.tokens);
        EXPECT_LT(std::abs(error), 0.10) << counted.fixture << ": " << error;
        errors.push_back(std::abs(error));
    }
    std::sort(errors.begin(), errors.end());
    std::cout << "[ measured ] median error " << errors[errors.size() / 2] << ", worst " << errors.back() << "\n";
    EXPECT_LT(errors[errors.size() / 2], 0.05);
}

TEST(EstimateTokens, StaysNearForProseOfSeveralScripts) {
    EXPECT_LT(std::abs(errorOf(
                  "这是一个桌面代理。请打开设置窗口,然后启用深色模式。点击\"清除\"按钮,检查列表中是否还有两个项目。"
                  "如果没有,请再次运行该命令并报告结果。",
                  45)),
              0.15);
    EXPECT_LT(std::abs(errorOf("Откройте окно настроек и включите тёмный режим. Затем нажмите кнопку «Сохранить» и "
                               "проверьте, что в списке осталось две задачи.",
                               37)),
              0.15);
    EXPECT_LT(std::abs(errorOf(
                  "Öffne die Einstellungen und schalte den dunklen Modus ein. Danach prüfe, ob in der Liste noch "
                  "zwei Aufgaben übrig sind; sonst lösche die überflüssigen Einträge.",
                  41)),
              0.15);
}

TEST(EstimateTokens, CountsNothingForNothingAndSomethingForAnything) {
    EXPECT_EQ(estimateTokens(""), 0);
    for (const char* text : {"a", "1", " ", "\n", "{", "é", "中", "😀", "\xFF", "\xE2\x9C"})
        EXPECT_GE(estimateTokens(text), 1);
}

TEST(EstimateTokens, ReadsEveryCutOfAText) {
    const std::string text = "a中😀é 12345\r\n\t{\"k\": [1.5, \"v\"]}";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        EXPECT_GE(estimateTokens(std::string_view(text).substr(size)), size == text.size() ? 0 : 1);
        EXPECT_LE(estimateTokens(std::string_view(text).substr(0, size)), static_cast<std::int64_t>(2 * size));
    }
}

}  // namespace
}  // namespace turntable::tokens
