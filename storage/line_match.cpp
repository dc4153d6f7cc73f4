#include "storage/line_match.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace turntable::storage {

using model::Element;
using Kind = LineRule::Kind;

namespace {

constexpr std::size_t kRoleWithin = 6;  // tokens from the beginning of a line

bool isBetweenBrackets(const TextLine& line, std::size_t first, std::size_t last) {
    return first > 0 && last + 1 < line.tokens.size() && line.text[line.tokens[first - 1].begin] == '[' &&
           line.text[line.tokens[last + 1].begin] == ']';
}

std::optional<Span> findQuoted(const TextLine& line, std::string_view text) {
    for (std::size_t index = 0; index < line.tokens.size(); ++index) {
        if (line.tokens[index].kind != TokenKind::quoted) continue;
        const auto raw = line.raw(index, index);
        if (raw.size() < text.size() + 2) continue;
        if (withoutEscapes(raw.substr(1, raw.size() - 2)) == text) return Span{static_cast<std::uint32_t>(index), 1};
    }
    return std::nullopt;
}

std::optional<Span> findRest(const TextLine& line, std::string_view text) {
    if (text.empty()) return std::nullopt;
    for (std::size_t index = 0; index < line.tokens.size(); ++index) {
        if (line.text.size() - line.tokens[index].begin == text.size() && line.rest(index) == text) {
            return Span{static_cast<std::uint32_t>(index), Span::kRest};
        }
    }
    return std::nullopt;
}

// How many tokens from `first` on are `text`; 0: none.
unsigned tokensOf(const TextLine& line, std::size_t first, std::string_view text) {
    if (text.empty() || line.text.compare(line.tokens[first].begin, text.size(), text) != 0) return 0;
    const std::size_t end = line.tokens[first].begin + text.size();
    for (unsigned count = 1; count <= Span::kMaxTokens && first + count <= line.tokens.size(); ++count) {
        const Token& last = line.tokens[first + count - 1];
        if (last.end != end) continue;
        return count == 1 && last.kind == TokenKind::quoted ? 0 : count;
    }
    return 0;
}

// Of several places the first in brackets.
std::optional<Span> findTokens(const TextLine& line, std::string_view text, std::size_t from = 0) {
    std::optional<Span> found;
    for (std::size_t index = from; index < line.tokens.size(); ++index) {
        const unsigned count = tokensOf(line, index, text);
        if (count == 0) continue;
        const Span span{static_cast<std::uint32_t>(index), count};
        if (isBetweenBrackets(line, index, index + count - 1)) return span;
        if (!found) found = span;
    }
    return found;
}

std::optional<Span> findText(const TextLine& line, std::string_view text) {
    if (auto quoted = findQuoted(line, text)) return quoted;
    if (auto rest = findRest(line, text)) return rest;
    return findTokens(line, text);
}

std::optional<Span> findRef(const TextLine& line, std::string_view ref) {
    std::optional<Span> found;
    for (std::size_t index = 0; index < line.tokens.size(); ++index) {
        const unsigned count = tokensOf(line, index, ref);
        if (count == 0) continue;
        const Span span{static_cast<std::uint32_t>(index), count};
        if (index > 0 && line.text[line.tokens[index - 1].begin] == '=') return span;
        if (!found) found = span;
    }
    return found;
}

using Sides = std::array<double, 4>;

// How the sides from `first` token on stand in their order, with a little between them; those that are 0 may be left
// out.
std::optional<std::array<BoxSide, 4>> boxFrom(const TextLine& line, const Sides& sides, std::size_t first) {
    constexpr std::size_t kMaxStep = 4;
    std::array<BoxSide, 4> found{};
    std::size_t at = first;
    std::size_t end = first + 1;
    for (std::size_t side = 0; side < sides.size(); ++side) {
        std::size_t token = at;
        while (token < end && numberAt(line, token) != sides[side]) ++token;
        if (token < end) {
            found[side] = {BoxSide::Kind::token, static_cast<std::uint32_t>(token)};
            at = token + 1;
            end = std::min(at + kMaxStep, line.tokens.size());
        } else if (side == 0 || sides[side] != 0 || std::signbit(sides[side])) {
            return std::nullopt;
        }
    }
    return found;
}

// Told as it is where the line does not have it.
std::array<BoxSide, 4> findBox(const TextLine& line, const model::Box& box) {
    const Sides sides = {box.x, box.y, box.width, box.height};
    for (std::size_t first = 0; first < line.tokens.size(); ++first) {
        if (const auto found = boxFrom(line, sides, first)) return *found;
    }
    constexpr BoxSide kTold{BoxSide::Kind::literal, 0};
    return {kTold, kTold, kTold, kTold};
}

}  // namespace

std::optional<LineRule> elementRule(const Element& element, const TextLine& line) {
    LineRule rule;
    rule.kind = Kind::element;
    const std::size_t last = std::min(kRoleWithin, line.tokens.size());
    std::size_t role = 0;
    while (role < last && tokensOf(line, role, element.role) != 1) ++role;
    if (role == last) return std::nullopt;
    rule.role = {static_cast<std::uint32_t>(role), 1};
    if (!element.ref.empty()) {
        rule.ref = findRef(line, element.ref);
        if (!rule.ref) return std::nullopt;
    }
    if (!element.text.empty()) {
        rule.text = findText(line, element.text);
        if (!rule.text && element.ref.empty()) return std::nullopt;
        if (!rule.text) rule.text = Span();
    }
    if (!element.roleDescription.empty()) {
        rule.description = findTokens(line, element.roleDescription).value_or(Span());
    }
    if (element.value) rule.value = findText(line, *element.value).value_or(Span());
    if (element.box) rule.box = findBox(line, *element.box);
    std::size_t from = role + 1;
    for (const auto& state : element.states) {
        const auto found = findTokens(line, state, from);
        if (!found) break;
        rule.states.push_back(*found);
        from = found->index + found->count;
    }
    return rule;
}

std::optional<LineRule> stateRule(const TextLine& line, std::string_view state) {
    LineRule rule;
    const std::size_t colon = state.find(": ");
    if (colon != std::string_view::npos) {
        const auto key = findTokens(line, state.substr(0, colon));
        const auto quoted = findQuoted(line, state.substr(colon + 2));
        const auto meaning = quoted ? quoted : findRest(line, state.substr(colon + 2));
        rule.kind = Kind::pairState;
        rule.role = key.value_or(Span());
        rule.text = meaning;
        if (key && meaning) return rule;
    }
    const auto whole = findRest(line, state);
    if (!whole) return std::nullopt;
    rule = LineRule();
    rule.kind = Kind::state;
    rule.role = *whole;
    return rule;
}

}  // namespace turntable::storage
