#include "recorder/tokens/text_shape.h"

#include <algorithm>
#include <cstddef>

namespace turntable::tokens {

namespace {

enum class Class { lower, upper, digit, blank, lineFeed, sign, ideograph, foreignLetter, symbol };

struct Character {
    Class kind = Class::sign;
    std::size_t size = 1;
};

Class classOfAscii(unsigned char c) {
    if (c >= 'a' && c <= 'z') return Class::lower;
    if (c >= 'A' && c <= 'Z') return Class::upper;
    if (c >= '0' && c <= '9') return Class::digit;
    if (c == '\n' || c == '\r') return Class::lineFeed;
    return c <= ' ' ? Class::blank : Class::sign;
}

Class classOfCodePoint(std::uint32_t point) {
    if (point >= 0xC0 && point < 0x2000) return Class::foreignLetter;
    const bool ideograph = (point >= 0x2E80 && point <= 0x9FFF) || (point >= 0xAC00 && point <= 0xD7FF) ||
                           (point >= 0xF900 && point <= 0xFAFF) || (point >= 0xFF00 && point <= 0xFFEF) ||
                           (point >= 0x20000 && point <= 0x3FFFF);
    return ideograph ? Class::ideograph : Class::symbol;
}

Character characterAt(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return {classOfAscii(lead), 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (size == 1 || at + size > text.size()) return {Class::symbol, 1};
    std::uint32_t point = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xC0U) != 0x80U) return {Class::symbol, 1};
        point = (point << 6U) | (next & 0x3FU);
    }
    return {classOfCodePoint(point), size};
}

constexpr bool isAsciiLetter(Class kind) { return kind == Class::lower || kind == Class::upper; }

/// Goes over a text from run to run; every step takes at least one byte.
class ShapeCounter {
public:
    explicit ShapeCounter(std::string_view text) : m_text(text) {}

    TextShape count() {
        while (m_at < m_text.size()) step();
        return m_shape;
    }

private:
    [[nodiscard]] bool at(Class kind, std::size_t position) const {
        return position < m_text.size() && characterAt(m_text, position).kind == kind;
    }
    [[nodiscard]] bool letterAt(std::size_t position) const {
        return position < m_text.size() && isAsciiLetter(characterAt(m_text, position).kind);
    }
    std::size_t skip(Class kind) {
        const std::size_t begin = m_at;
        while (at(kind, m_at)) ++m_at;
        return m_at - begin;
    }

    void step() {
        const Character character = characterAt(m_text, m_at);
        switch (character.kind) {
            case Class::lower:
            case Class::upper: word(); return;
            case Class::digit: m_shape.digitGroups += static_cast<std::int64_t>((skip(Class::digit) + 2) / 3); return;
            case Class::blank: blanks(); return;
            case Class::lineFeed: lineFeeds(); return;
            case Class::sign: signs(); return;
            case Class::ideograph: ++m_shape.ideographs; break;
            case Class::foreignLetter: ++m_shape.foreignLetters; break;
            case Class::symbol: ++m_shape.symbols; break;
        }
        m_at += character.size;
    }

    void word() {
        const std::size_t letters = skip(Class::upper) + skip(Class::lower);
        constexpr std::size_t kShort = 12;
        ++m_shape.words;
        m_shape.longLetters += static_cast<std::int64_t>(letters > kShort ? letters - kShort : 0);
    }

    /// The last blank of a run belongs to what stands behind it, unless that is a digit.
    void blanks() {
        const std::size_t run = skip(Class::blank);
        if (at(Class::lineFeed, m_at)) return;
        const bool taken = m_at < m_text.size() && !at(Class::digit, m_at);
        if (run > 1 || !taken) ++m_shape.spaceRuns;
    }

    void lineFeeds() {
        skip(Class::lineFeed);
        ++m_shape.spaceRuns;
    }

    void signs() {
        const std::size_t run = skip(Class::sign);
        const bool afterBlank = m_at > run && characterAt(m_text, m_at - run - 1).kind == Class::blank;
        if (run == 1 && letterAt(m_at) && !afterBlank) return;
        skip(Class::lineFeed);
        constexpr std::size_t kShort = 2;
        ++m_shape.signRuns;
        m_shape.longSigns += static_cast<std::int64_t>(run > kShort ? run - kShort : 0);
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    TextShape m_shape;
};

}  // namespace

TextShape shapeOf(std::string_view text) { return ShapeCounter(text).count(); }

}  // namespace turntable::tokens
