#include <algorithm>

#include "recorder/tokens/breakdown.h"
#include "recorder/tokens/text_shape.h"

namespace turntable::tokens {

namespace {

// Thousandths of a token each, fitted to the counts of o200k_base on 116 texts: recorded trees of six formats, tool
// schemas, API documents, source code, prose in English, German, Russian and Chinese. Median error 1.4 %, nine of ten
// within 5 %, worst 15 % (a page that is mostly base64). The tokenizer of Qwen 3 writes each digit as a token of its
// own: there the median is 11 %, and trees full of coordinates come out up to 24 % too low.
constexpr std::int64_t kWord = 1185;
constexpr std::int64_t kLongLetter = 300;
constexpr std::int64_t kDigitGroup = 1385;
constexpr std::int64_t kSignRun = 735;
constexpr std::int64_t kLongSign = 210;
constexpr std::int64_t kSpaceRun = 1080;
constexpr std::int64_t kIdeograph = 660;
constexpr std::int64_t kForeignLetter = 305;
constexpr std::int64_t kSymbol = 1200;

}  // namespace

std::int64_t estimateTokens(std::string_view text) {
    if (text.empty()) return 0;
    const TextShape shape = shapeOf(text);
    const std::int64_t thousandths =
        shape.words * kWord + shape.longLetters * kLongLetter + shape.digitGroups * kDigitGroup +
        shape.signRuns * kSignRun + shape.longSigns * kLongSign + shape.spaceRuns * kSpaceRun +
        shape.ideographs * kIdeograph + shape.foreignLetters * kForeignLetter + shape.symbols * kSymbol;
    return std::max<std::int64_t>(1, (thousandths + 500) / 1000);
}

}  // namespace turntable::tokens
