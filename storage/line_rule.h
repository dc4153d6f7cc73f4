#pragma once

// Private to storage: how a line of a text becomes a piece of a screen.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/byte_codec.h"
#include "storage/model/screen.h"
#include "storage/text_lines.h"

namespace turntable::storage {

/// Where a text of an element stands: some tokens of the line (what is quoted loses its quotes and escapes), all from
/// one token to the end of the line, or nowhere: then the telling holds it.
struct Span {
    static constexpr unsigned kRest = 0;
    static constexpr unsigned kMaxTokens = 6;
    static constexpr unsigned kLiteral = 7;

    std::uint32_t index = 0;
    unsigned count = kLiteral;
    bool operator==(const Span&) const = default;
};

/// Where a side of a box stands: in a token, nowhere because it is 0, or nowhere; then the telling holds it.
struct BoxSide {
    enum class Kind : std::uint8_t { zero, literal, token };

    Kind kind = Kind::zero;
    std::uint32_t token = 0;
    bool operator==(const BoxSide&) const = default;
};

/// The reading goes on elsewhere.
struct Jump {
    std::uint32_t text = 0;  ///< 0 the base, 1 the base of that, …
    std::uint32_t line = 0;
    std::int32_t shift = 0;  ///< spaces by which the lines from there on are further in than they are written
    bool operator==(const Jump&) const = default;
};

/// What becomes of a line.
struct LineRule {
    enum class Kind : std::uint8_t { nothing, element, state, pairState };
    enum class Parent : std::uint8_t { byIndent, none, told };

    Kind kind = Kind::nothing;
    Parent parent = Parent::byIndent;
    bool staysOnLine = false;  ///< the line is looked at once more
    Span role;                 ///< or the state
    std::optional<Span> text;  ///< or, of a pairState, what stands behind ": "
    std::optional<Span> description;
    std::optional<Span> value;
    std::optional<Span> ref;
    std::optional<std::array<BoxSide, 4>> box;  ///< x, y, width, height
    std::vector<Span> states;
    std::optional<Jump> jump;  ///< of kind nothing: before the line is read

    [[nodiscard]] bool hasLiterals() const;
    bool operator==(const LineRule&) const = default;
};

void writeRule(ByteWriter& out, const LineRule& rule);
/// Nothing when the bytes are no rule.
[[nodiscard]] std::optional<LineRule> readRule(ByteReader& in);

/// The text that a span means, literals taken from `literals`; nothing when the line has no such tokens.
[[nodiscard]] std::optional<std::string> textOf(const TextLine& line, Span span, ByteReader& literals);
[[nodiscard]] std::optional<double> numberAt(const TextLine& line, std::size_t token);

/// All of an element but its place; of a state, it is the element's only one. Nothing when the rule does not fit.
[[nodiscard]] std::optional<model::Element> applyRule(const LineRule& rule, const TextLine& line, ByteReader& literals);

/// Which rule a line of some shape was read by last. The same on both sides.
class LearntRules {
public:
    /// None: nothing becomes of the line. Valid until the next `learn`.
    [[nodiscard]] const LineRule* ruleFor(const TextLine& line) const;
    void learn(const TextLine& line, const LineRule& rule);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::unordered_map<std::string, LineRule, Hash, std::equal_to<>> m_rules;  ///< by pattern, and by shape
};

}  // namespace turntable::storage
