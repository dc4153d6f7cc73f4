#include "recorder/screen/playwright_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

constexpr bool isRoleCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Index of the quote that closes the string opened at `open`, backslash escapes respected; npos when it stays open.
std::size_t closingQuote(std::string_view text, std::size_t open) {
    for (std::size_t i = open + 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            return i;
    }
    return std::string_view::npos;
}

/// Index of the quote that closes a single-quoted YAML scalar opened at 0; two quotes in a row stand for one.
std::size_t closingSingleQuote(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] != '\'') continue;
        if (i + 1 < text.size() && text[i + 1] == '\'')
            ++i;
        else
            return i;
    }
    return std::string_view::npos;
}

std::string withoutDoubledQuotes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        out.push_back(text[i]);
        if (text[i] == '\'' && i + 1 < text.size() && text[i + 1] == '\'') ++i;
    }
    return out;
}

/// Reads `role "name" [attr] [attr]` from the front of `key`; returns what follows it, or nothing when the form is
/// another.
std::optional<std::string_view> readKey(std::string_view key, SnapshotNode& node) {
    std::size_t at = 0;
    while (at < key.size() && isRoleCharacter(key[at])) ++at;
    if (at == 0) return std::nullopt;
    node.role = key.substr(0, at);
    if (key.substr(at, 2) == " \"") {
        const std::size_t close = closingQuote(key, at + 1);
        if (close == std::string_view::npos) return std::nullopt;
        node.name = key.substr(at + 2, close - at - 2);
        at = close + 1;
    }
    const std::size_t attributes = at;
    while (key.substr(at, 2) == " [") {
        const std::size_t close = key.find(']', at);
        if (close == std::string_view::npos) return std::nullopt;
        if (key.substr(at + 2, 4) == "ref=") node.ref = key.substr(at + 6, close - at - 6);
        at = close + 1;
    }
    node.attributes = key.substr(attributes, at - attributes);
    return key.substr(at);
}

/// Reads "", ":" or ": value".
bool readTail(std::string_view tail, SnapshotNode& node) {
    if (isBlank(tail)) return true;
    if (tail.front() != ':') return false;
    tail.remove_prefix(1);
    if (isBlank(tail)) return true;
    if (tail.front() != ' ') return false;
    node.hasValue = true;
    node.value = trimmed(tail);
    return true;
}

bool readProperty(std::string_view item, SnapshotNode& node) {
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos || colon < 2) return false;
    if (!std::all_of(item.begin() + 1, item.begin() + static_cast<std::ptrdiff_t>(colon), isRoleCharacter))
        return false;
    node.kind = SnapshotNode::Kind::property;
    node.role = item.substr(0, colon);
    return readTail(item.substr(colon), node);
}

bool readUnchanged(std::string_view item, SnapshotNode& node) {
    const auto ref = after(item, "ref=");
    if (!ref) return false;
    const std::size_t space = ref->find(' ');
    if (space == std::string_view::npos || trimmed(ref->substr(space)) != "[unchanged]") return false;
    node.kind = SnapshotNode::Kind::unchanged;
    node.ref = ref->substr(0, space);
    return true;
}

bool readElement(std::string_view item, SnapshotNode& node, std::deque<std::string>& owned) {
    std::string_view tail;
    if (!item.empty() && item.front() == '\'') {
        const std::size_t close = closingSingleQuote(item);
        if (close == std::string_view::npos) return false;
        std::string_view key = item.substr(1, close - 1);
        if (key.find("''") != std::string_view::npos) key = owned.emplace_back(withoutDoubledQuotes(key));
        if (const auto changed = after(key, "<changed> ")) {
            node.changed = true;
            key = *changed;
        }
        const auto rest = readKey(key, node);
        if (!rest || !isBlank(*rest)) return false;
        tail = item.substr(close + 1);
    } else {
        const auto rest = readKey(item, node);
        if (!rest) return false;
        tail = *rest;
    }
    node.kind = SnapshotNode::Kind::element;
    return readTail(tail, node);
}

/// Reads a number the way JavaScript prints small ones: digits, at most one point, a sign.
std::optional<double> readNumber(std::string_view text) {
    std::array<char, 32> digits{};
    if (text.empty() || text.size() >= digits.size()) return std::nullopt;
    int whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error == std::errc() && end == text.data() + text.size()) return whole;
    if (text.find_first_not_of("0123456789+-.e") != std::string_view::npos) return std::nullopt;
    std::copy(text.begin(), text.end(), digits.begin());
    char* stop = nullptr;
    const double value = std::strtod(digits.data(), &stop);
    if (stop != digits.data() + text.size() || !(value > -1e12 && value < 1e12)) return std::nullopt;
    return value;
}

std::optional<model::Box> readBox(std::string_view numbers) {
    std::array<double, 4> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t comma = i + 1 < values.size() ? numbers.find(',') : numbers.size();
        if (comma == std::string_view::npos) return std::nullopt;
        const auto value = readNumber(numbers.substr(0, comma));
        if (!value) return std::nullopt;
        values[i] = *value;
        numbers.remove_prefix(std::min(comma + 1, numbers.size()));
    }
    return model::Box{values[0], values[1], values[2], values[3]};
}

void readAttributes(std::string_view attributes, model::Element& element) {
    std::size_t open = attributes.find('[');
    while (open != std::string_view::npos) {
        const std::size_t close = attributes.find(']', open);
        if (close == std::string_view::npos) return;
        const std::string_view attribute = attributes.substr(open + 1, close - open - 1);
        const auto boxText = after(attribute, "box=");
        const auto box = boxText ? readBox(*boxText) : std::nullopt;
        if (box)
            element.box = box;
        else if (!after(attribute, "ref="))
            element.states.emplace_back(attribute);
        open = attributes.find('[', close);
    }
}

}  // namespace

SnapshotNode parseSnapshotItem(std::string_view item, std::deque<std::string>& owned) {
    SnapshotNode node;
    const auto changed = after(item, "<changed> ");
    const std::string_view content = changed ? *changed : item;
    bool known = false;
    if (!content.empty() && content.front() == '/')
        known = readProperty(content, node);
    else
        known = readUnchanged(content, node) || readElement(content, node, owned);
    if (!known) {
        node = SnapshotNode();
        node.value = item;
        node.hasValue = true;
    }
    node.changed = node.changed || changed.has_value();
    return node;
}

bool endsInside(std::string_view item) {
    if (!item.empty() && item.front() == '\'') return closingSingleQuote(item) == std::string_view::npos;
    const std::size_t quote = item.find('"');
    if (quote != std::string_view::npos && closingQuote(item, quote) == std::string_view::npos) return true;
    const std::size_t open = item.rfind('[');
    return open != std::string_view::npos && item.find(']', open) == std::string_view::npos;
}

std::string yamlText(std::string_view scalar) {
    if (scalar.size() < 2 || scalar.front() != scalar.back()) return std::string(scalar);
    const std::string_view inner = scalar.substr(1, scalar.size() - 2);
    if (scalar.front() == '"') return unescaped(inner);
    if (scalar.front() == '\'') return withoutDoubledQuotes(inner);
    return std::string(scalar);
}

model::Element toElement(const SnapshotNode& node) {
    model::Element element;
    if (node.kind == SnapshotNode::Kind::unknown || node.kind == SnapshotNode::Kind::unchanged) {
        element.role = "unknown";
        element.text = node.value;
        element.ref = node.ref;
        if (node.kind == SnapshotNode::Kind::unchanged) element.states.emplace_back("unchanged");
        return element;
    }
    element.role = node.role;
    element.text = unescaped(node.name);
    element.ref = node.ref;
    readAttributes(node.attributes, element);
    if (!node.hasValue) return element;
    if (node.role == "text" && node.name.empty())
        element.text = yamlText(node.value);
    else
        element.value = yamlText(node.value);
    return element;
}

}  // namespace turntable::screen
