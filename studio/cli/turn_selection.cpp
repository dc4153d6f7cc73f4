#include "studio/cli/turn_selection.h"

#include <charconv>
#include <optional>
#include <set>
#include <string>

namespace turntable::cli {
namespace {

constexpr int kMaxTurn = 1'000'000;

std::optional<int> parseNumber(std::string_view text) {
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number < 1 || number > kMaxTurn) return {};
    return number;
}

}  // namespace

support::Result<std::vector<int>> parseTurnSelection(std::string_view text) {
    std::set<int> numbers;
    std::size_t at = 0;
    while (at <= text.size()) {
        const auto comma = std::min(text.find(',', at), text.size());
        const auto piece = text.substr(at, comma - at);
        const auto dots = piece.find("..");
        const auto first = parseNumber(piece.substr(0, dots));
        const auto last = dots == std::string_view::npos ? first : parseNumber(piece.substr(dots + 2));
        if (!first || !last || *last < *first) {
            return support::Error{support::ErrorCode::invalidArgument,
                                  "\"" + std::string(piece) + "\" does not name turns: write 4, 4..7 or 4,9"};
        }
        for (int number = *first; number <= *last; ++number) numbers.insert(number);
        at = comma + 1;
    }
    return std::vector<int>(numbers.begin(), numbers.end());
}

}  // namespace turntable::cli
