#include "storage/line_rule.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

namespace turntable::storage {

namespace {

// The flags of a rule, above its kind.
constexpr unsigned kHasText = 1U << 2;
constexpr unsigned kHasDescription = 1U << 3;
constexpr unsigned kHasValue = 1U << 4;
constexpr unsigned kHasBox = 1U << 5;
constexpr unsigned kHasRef = 1U << 6;
constexpr unsigned kHasMore = 1U << 7;  // states, another parent, or that the line stays

// Of a rule that makes nothing: where to go on.
constexpr unsigned kJumps = 1U << 2;

constexpr std::uint64_t kMaxIndex = std::uint64_t{1} << 28;

void writeSpan(ByteWriter& out, const Span& span) { out.varint(std::uint64_t{span.index} * 8 + span.count); }

bool readSpan(ByteReader& in, Span& span) {
    const std::uint64_t packed = in.varint();
    if (!in.ok() || packed / 8 > kMaxIndex) return false;
    span = {static_cast<std::uint32_t>(packed / 8), static_cast<unsigned>(packed % 8)};
    return true;
}

bool readSpan(ByteReader& in, std::optional<Span>& span, bool isThere) {
    return !isThere || readSpan(in, span.emplace());
}

bool readMore(ByteReader& in, LineRule& rule) {
    const std::uint64_t more = in.varint();
    const std::uint64_t parent = more / 2 % 4;
    const std::uint64_t states = more / 8;
    if (parent > static_cast<std::uint64_t>(LineRule::Parent::told) || states > in.left()) return false;
    rule.staysOnLine = more % 2 == 1;
    rule.parent = static_cast<LineRule::Parent>(parent);
    rule.states.resize(static_cast<std::size_t>(states));
    return std::all_of(rule.states.begin(), rule.states.end(), [&in](Span& span) { return readSpan(in, span); });
}

// Of a side of a box: below are its other kinds.
constexpr auto kFirstToken = static_cast<std::uint64_t>(BoxSide::Kind::token);

std::optional<LineRule> readNothing(ByteReader& in, unsigned flags) {
    LineRule rule;
    if (!in.ok() || (flags & ~kJumps) != 0) return std::nullopt;
    if ((flags & kJumps) == 0) return rule;
    const std::uint64_t text = in.varint();
    const std::uint64_t line = in.varint();
    const std::int64_t shift = in.signedVarint();
    constexpr auto kMaxShift = static_cast<std::int64_t>(kMaxIndex);
    if (!in.ok() || text > kMaxIndex || line > kMaxIndex || shift > kMaxShift || shift < -kMaxShift)
        return std::nullopt;
    rule.jump =
        Jump{static_cast<std::uint32_t>(text), static_cast<std::uint32_t>(line), static_cast<std::int32_t>(shift)};
    return rule;
}

bool fill(std::string& text, const std::optional<Span>& span, const TextLine& line, ByteReader& literals) {
    if (!span) return true;
    auto found = textOf(line, *span, literals);
    if (!found) return false;
    text = *std::move(found);
    return true;
}

std::optional<double> sideAt(const TextLine& line, BoxSide side, ByteReader& literals) {
    if (side.kind == BoxSide::Kind::token) return numberAt(line, side.token);
    if (side.kind == BoxSide::Kind::zero) return 0.0;
    const auto bits = literals.fixed64();
    return literals.ok() ? std::optional(std::bit_cast<double>(bits)) : std::nullopt;
}

bool fillBox(model::Element& element, const LineRule& rule, const TextLine& line, ByteReader& literals) {
    if (!rule.box) return true;
    std::array<double, 4> sides{};
    for (std::size_t index = 0; index < sides.size(); ++index) {
        const auto side = sideAt(line, (*rule.box)[index], literals);
        if (!side) return false;
        sides[index] = *side;
    }
    element.box = model::Box{sides[0], sides[1], sides[2], sides[3]};
    return true;
}

}  // namespace

bool LineRule::hasLiterals() const {
    if (kind == Kind::nothing) return false;
    const auto isLiteral = [](const std::optional<Span>& span) { return span && span->count == Span::kLiteral; };
    const auto isTold = [](const BoxSide& side) { return side.kind == BoxSide::Kind::literal; };
    if (box && std::any_of(box->begin(), box->end(), isTold)) return true;
    return isLiteral(role) || isLiteral(text) || isLiteral(description) || isLiteral(value) || isLiteral(ref) ||
           std::any_of(states.begin(), states.end(), isLiteral);
}

void writeRule(ByteWriter& out, const LineRule& rule) {
    unsigned flags = static_cast<unsigned>(rule.kind);
    if (rule.kind == LineRule::Kind::nothing) {
        out.byte(rule.jump ? kJumps : 0);
        if (!rule.jump) return;
        out.varint(rule.jump->text);
        out.varint(rule.jump->line);
        out.signedVarint(rule.jump->shift);
        return;
    }
    const std::uint64_t more =
        rule.states.size() * 8 + static_cast<std::uint64_t>(rule.parent) * 2 + (rule.staysOnLine ? 1U : 0U);
    if (rule.text) flags |= kHasText;
    if (rule.description) flags |= kHasDescription;
    if (rule.value) flags |= kHasValue;
    if (rule.box) flags |= kHasBox;
    if (rule.ref) flags |= kHasRef;
    if (more != 0) flags |= kHasMore;
    out.byte(flags);
    writeSpan(out, rule.role);
    for (const auto& span : {rule.text, rule.description, rule.value, rule.ref}) {
        if (span) writeSpan(out, *span);
    }
    if (rule.box) {
        for (const BoxSide& side : *rule.box) {
            out.varint(side.kind == BoxSide::Kind::token ? side.token + kFirstToken : static_cast<unsigned>(side.kind));
        }
    }
    if (more == 0) return;
    out.varint(more);
    for (const Span& state : rule.states) writeSpan(out, state);
}

std::optional<LineRule> readRule(ByteReader& in) {
    LineRule rule;
    const unsigned flags = in.byte();
    rule.kind = static_cast<LineRule::Kind>(flags & 3U);
    if (rule.kind == LineRule::Kind::nothing) return readNothing(in, flags);
    const bool isRead = readSpan(in, rule.role) && readSpan(in, rule.text, (flags & kHasText) != 0) &&
                        readSpan(in, rule.description, (flags & kHasDescription) != 0) &&
                        readSpan(in, rule.value, (flags & kHasValue) != 0) &&
                        readSpan(in, rule.ref, (flags & kHasRef) != 0);
    if (!isRead) return std::nullopt;
    if ((flags & kHasBox) != 0) {
        for (BoxSide& side : rule.box.emplace()) {
            const std::uint64_t packed = std::min(in.varint(), kMaxIndex);
            side.kind = static_cast<BoxSide::Kind>(std::min(packed, kFirstToken));
            if (packed >= kFirstToken) side.token = static_cast<std::uint32_t>(packed - kFirstToken);
        }
    }
    if ((flags & kHasMore) != 0 && !readMore(in, rule)) return std::nullopt;
    return in.ok() ? std::optional(std::move(rule)) : std::nullopt;
}

std::optional<std::string> textOf(const TextLine& line, Span span, ByteReader& literals) {
    if (span.count == Span::kLiteral) {
        const auto text = literals.text();
        return literals.ok() ? std::optional(std::string(text)) : std::nullopt;
    }
    if (span.index >= line.tokens.size()) return std::nullopt;
    if (span.count == Span::kRest) return std::string(line.rest(span.index));
    if (span.count > line.tokens.size() - span.index) return std::nullopt;
    const auto raw = line.raw(span.index, span.index + span.count - 1);
    if (span.count == 1 && line.tokens[span.index].kind == TokenKind::quoted) {
        return withoutEscapes(raw.substr(1, raw.size() - 2));
    }
    return std::string(raw);
}

std::optional<double> numberAt(const TextLine& line, std::size_t token) {
    if (token >= line.tokens.size() || line.tokens[token].kind != TokenKind::word) return std::nullopt;
    const auto text = line.raw(token, token);
    if (text.find_first_not_of("0123456789.-") != std::string_view::npos) return std::nullopt;
    double number = 0;
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<model::Element> applyRule(const LineRule& rule, const TextLine& line, ByteReader& literals) {
    model::Element element;
    auto first = textOf(line, rule.role, literals);
    if (!first || !fill(element.text, rule.text, line, literals)) return std::nullopt;
    if (rule.kind == LineRule::Kind::state || rule.kind == LineRule::Kind::pairState) {
        if (rule.kind == LineRule::Kind::pairState) first->append(": ").append(element.text);
        element.text.clear();
        element.states.push_back(*std::move(first));
        return element;
    }
    element.role = *std::move(first);
    if (!fill(element.roleDescription, rule.description, line, literals)) return std::nullopt;
    if (rule.value && !fill(element.value.emplace(), rule.value, line, literals)) return std::nullopt;
    if (!fill(element.ref, rule.ref, line, literals) || !fillBox(element, rule, line, literals)) return std::nullopt;
    for (const Span& span : rule.states) {
        auto state = textOf(line, span, literals);
        if (!state) return std::nullopt;
        element.states.push_back(*std::move(state));
    }
    return element;
}

const LineRule* LearntRules::ruleFor(const TextLine& line) const {
    if (line.tokens.empty()) return nullptr;
    auto found = m_rules.find(std::string_view(line.pattern));
    if (found == m_rules.end()) found = m_rules.find(line.shape());
    return found == m_rules.end() ? nullptr : &found->second;
}

void LearntRules::learn(const TextLine& line, const LineRule& rule) {
    if (rule.hasLiterals() || rule.staysOnLine || rule.jump || rule.parent == LineRule::Parent::told) return;
    m_rules.insert_or_assign(line.pattern, rule);
    if (rule.kind != LineRule::Kind::nothing) m_rules.emplace(line.shape(), rule);
}

}  // namespace turntable::storage
