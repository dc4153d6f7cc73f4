#include "recorder/screen/macos_use_line.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

std::optional<double> readInteger(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Splits "AXButton (close button)" in role and localised description.
void setRole(std::string_view displayed, model::Element& element) {
    const std::size_t open = displayed.find(" (");
    if (open == std::string_view::npos || displayed.back() != ')') {
        element.role = displayed;
        return;
    }
    element.role = displayed.substr(0, open);
    element.roleDescription = displayed.substr(open + 2, displayed.size() - open - 3);
}

/// Reads "[role]" from the front; returns what follows, or nothing when the line begins otherwise.
std::optional<std::string_view> readRole(std::string_view line, model::Element& element) {
    line = trimmed(line);
    if (line.empty() || line.front() != '[') return std::nullopt;
    // A localised description may hold brackets of its own; the role ends where text, coordinates or the line follow.
    std::size_t close = line.find(']');
    while (close != std::string_view::npos && close + 1 < line.size() && line[close + 1] != ' ') {
        close = line.find(']', close + 1);
    }
    if (close == std::string_view::npos || close < 2) return std::nullopt;
    setRole(line.substr(1, close - 1), element);
    return trimmed(line.substr(close + 1));
}

/// Takes `"text"`, quotes inside it not escaped; an empty rest is no text.
bool readText(std::string_view rest, model::Element& element) {
    rest = trimmed(rest);
    if (rest.empty()) return true;
    if (rest.size() < 2 || rest.front() != '"' || rest.back() != '"') return false;
    element.text = rest.substr(1, rest.size() - 2);
    return true;
}

/// Takes the last word of `rest` when it is `key:number`.
std::optional<double> takeNumber(std::string_view& rest, std::string_view key) {
    const std::size_t space = rest.rfind(' ');
    const std::string_view word = space == std::string_view::npos ? rest : rest.substr(space + 1);
    const auto digits = after(word, key);
    const auto value = digits ? readInteger(*digits) : std::nullopt;
    if (!value) return std::nullopt;
    rest = space == std::string_view::npos ? std::string_view() : trimmed(rest.substr(0, space));
    return value;
}

/// Takes "(121,25 119×28)" from the end of `rest`.
std::optional<model::Box> takeBox(std::string_view& rest) {
    constexpr std::string_view kTimes = "×";
    if (rest.empty() || rest.back() != ')') return std::nullopt;
    const std::size_t open = rest.rfind('(');
    if (open == std::string_view::npos) return std::nullopt;
    const std::string_view inside = rest.substr(open + 1, rest.size() - open - 2);
    const std::size_t comma = inside.find(',');
    const std::size_t space = inside.find(' ');
    const std::size_t times = inside.find(kTimes);
    if (comma == std::string_view::npos || space == std::string_view::npos || times == std::string_view::npos ||
        comma > space || space > times) {
        return std::nullopt;
    }
    const auto x = readInteger(inside.substr(0, comma));
    const auto y = readInteger(inside.substr(comma + 1, space - comma - 1));
    const auto width = readInteger(inside.substr(space + 1, times - space - 1));
    const auto height = readInteger(inside.substr(times + kTimes.size()));
    if (!x || !y || !width || !height) return std::nullopt;
    rest = trimmed(rest.substr(0, open));
    return model::Box{*x, *y, *width, *height};
}

}  // namespace

std::optional<model::Element> parseSummaryElement(std::string_view line) {
    model::Element element;
    auto rest = readRole(line, element);
    if (!rest) return std::nullopt;
    element.box = takeBox(*rest);
    if (!readText(*rest, element)) return std::nullopt;
    return element;
}

std::optional<model::Element> parseFlatElement(std::string_view line) {
    model::Element element;
    auto rest = readRole(line, element);
    if (!rest) return std::nullopt;
    constexpr std::string_view kVisible = "visible";
    if (rest->size() >= kVisible.size() && rest->substr(rest->size() - kVisible.size()) == kVisible) {
        const std::string_view before = rest->substr(0, rest->size() - kVisible.size());
        if (before.empty() || before.back() == ' ') {
            element.states.emplace_back(kVisible);
            rest = trimmed(before);
        }
    }
    const auto height = takeNumber(*rest, "h:");
    const auto width = takeNumber(*rest, "w:");
    const auto y = takeNumber(*rest, "y:");
    const auto x = takeNumber(*rest, "x:");
    if (x && y) element.box = model::Box{*x, *y, width.value_or(0), height.value_or(0)};
    if (!readText(*rest, element)) return std::nullopt;
    return element;
}

bool opensText(std::string_view line) {
    model::Element element;
    const auto rest = readRole(line, element);
    return rest && !rest->empty() && rest->front() == '"';
}

}  // namespace turntable::screen
