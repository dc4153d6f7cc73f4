#include "storage/search/text_walker.h"

#include <algorithm>

#include "storage/search/case_fold.h"

namespace turntable::search {
namespace {

// Longer rows of backslashes before a "u" are taken for backslashes.
constexpr std::size_t kMaxBackslashes = 8;

bool isSpace(char32_t character) {
    if (character <= 0x20) return true;
    if (character < 0x85) return false;
    return character == 0x85 || character == 0xA0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200A) || character == 0x2028 || character == 0x2029 ||
           character == 0x202F || character == 0x205F || character == 0x3000;
}

std::optional<std::uint32_t> hexDigits(std::string_view four) {
    if (four.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (const char digit : four.substr(0, 4)) {
        std::uint32_t nibble = 0;
        if (digit >= '0' && digit <= '9') {
            nibble = static_cast<std::uint32_t>(digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            nibble = static_cast<std::uint32_t>(digit - 'a') + 10;
        } else if (digit >= 'A' && digit <= 'F') {
            nibble = static_cast<std::uint32_t>(digit - 'A') + 10;
        } else {
            return std::nullopt;
        }
        value = value * 16 + nibble;
    }
    return value;
}

/// Of "\uXXXX", with any number of backslashes: its value and its size; a size of 0 when there is none.
struct UnicodeEscape {
    std::uint32_t value = 0;
    std::size_t size = 0;
};
UnicodeEscape unicodeEscape(std::string_view rest) {
    std::size_t slashes = 0;
    while (slashes < rest.size() && slashes <= kMaxBackslashes && rest[slashes] == '\\') ++slashes;
    if (slashes == 0 || slashes > kMaxBackslashes || slashes >= rest.size() || rest[slashes] != 'u') return {};
    const auto value = hexDigits(rest.substr(slashes + 1));
    if (!value) return {};
    return {*value, slashes + 5};
}

bool isEncodedByte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '+' || byte == '/' || byte == '=' || byte == '-' || byte == '_';
}

}  // namespace

TextWalker::TextWalker(const Text& text, std::size_t from) : m_text(text) {
    while (m_range < text.ranges.size() && text.ranges[m_range].end <= from) ++m_range;
    if (m_range < text.ranges.size()) m_at = std::max(from, text.ranges[m_range].begin);
}

std::optional<Glyph> TextWalker::next() {
    while (m_range < m_text.ranges.size()) {
        const TextRange& range = m_text.ranges[m_range];
        if (m_at >= range.end) {
            if (++m_range == m_text.ranges.size()) return std::nullopt;
            m_at = m_text.ranges[m_range].begin;
            m_plainUntil = 0;
            m_borderDue = m_borderDue || !m_text.ranges[m_range].joined;
            continue;
        }
        if (m_borderDue) {
            m_borderDue = false;
            m_afterSpace = false;
            return Glyph{kBorder, kBorder, m_at, m_at};
        }
        const std::size_t begin = m_at;
        Glyph glyph;
        if (skipEncoded()) {
            glyph = {U' ', U' ', begin, m_at};
        } else {
            glyph = decode();
            m_at = glyph.end;
        }
        if (!isSpace(glyph.original)) {
            m_afterSpace = false;
            glyph.folded = foldCase(glyph.original);
            return glyph;
        }
        if (m_afterSpace) continue;
        m_afterSpace = true;
        glyph.original = U' ';
        glyph.folded = U' ';
        return glyph;
    }
    return std::nullopt;
}

Glyph TextWalker::decode() {
    const auto byte = static_cast<unsigned char>(m_text.bytes[m_at]);
    if (byte == '\\' && m_text.escapes == Escapes::json) {
        if (auto glyph = decodeEscape()) return *glyph;
    }
    if (byte < 0x80) return {byte, byte, m_at, m_at + 1};
    return decodeUtf8();
}

std::optional<Glyph> TextWalker::decodeEscape() const {
    const auto rest = m_text.bytes.substr(m_at, m_text.ranges[m_range].end - m_at);
    if (const auto escape = unicodeEscape(rest); escape.size > 0) {
        const std::size_t end = m_at + escape.size;
        const bool high = escape.value >= 0xD800 && escape.value < 0xDC00;
        if (high) {
            const auto low = unicodeEscape(rest.substr(escape.size));
            if (low.size > 0 && low.value >= 0xDC00 && low.value < 0xE000) {
                const char32_t character = 0x10000 + ((escape.value - 0xD800) << 10) + (low.value - 0xDC00);
                return Glyph{character, character, m_at, end + low.size};
            }
        }
        const bool alone = escape.value >= 0xD800 && escape.value < 0xE000;
        const char32_t character = alone ? 0xFFFD : escape.value;
        return Glyph{character, character, m_at, end};
    }
    if (rest.size() < 2) return std::nullopt;
    switch (rest[1]) {
        case 'n':
        case 'r':
        case 't':
        case 'b':
        case 'f': return Glyph{U' ', U' ', m_at, m_at + 2};
        case '"':
        case '\\':
        case '/': {
            const auto character = static_cast<char32_t>(rest[1]);
            return Glyph{character, character, m_at, m_at + 2};
        }
        default: return std::nullopt;
    }
}

Glyph TextWalker::decodeUtf8() const {
    const auto rest = m_text.bytes.substr(m_at, m_text.ranges[m_range].end - m_at);
    const auto byteAt = [&](std::size_t index) { return static_cast<unsigned char>(rest[index]); };
    const unsigned first = byteAt(0);
    const Glyph raw{kRawByte + first, kRawByte + first, m_at, m_at + 1};
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || rest.size() < size) return raw;
    char32_t character = first & (0xFFU >> (size + 1));
    for (std::size_t index = 1; index < size; ++index) {
        if ((byteAt(index) & 0xC0U) != 0x80) return raw;
        character = (character << 6) | (byteAt(index) & 0x3FU);
    }
    const bool shortest = size == 2 || (size == 3 ? character >= 0x800 : character >= 0x10000);
    if (!shortest || character > 0x10FFFF || (character >= 0xD800 && character < 0xE000)) return raw;
    return {character, character, m_at, m_at + size};
}

// True: `m_at` has gone behind encoded data that began there.
bool TextWalker::skipEncoded() {
    if (m_at < m_plainUntil) return false;
    const std::size_t end = m_text.ranges[m_range].end;
    std::size_t at = m_at;
    bool upper = false;
    bool lower = false;
    bool digit = false;
    for (; at < end && isEncodedByte(m_text.bytes[at]); ++at) {
        const char byte = m_text.bytes[at];
        upper = upper || (byte >= 'A' && byte <= 'Z');
        lower = lower || (byte >= 'a' && byte <= 'z');
        digit = digit || (byte >= '0' && byte <= '9');
    }
    if (at - m_at >= kMinEncodedBytes && upper && lower && digit) {
        m_at = at;
        return true;
    }
    m_plainUntil = at;
    return false;
}

void appendCharacter(std::string& out, char32_t character) {
    const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (character < 0x80) {
        put(character);
    } else if (character >= kRawByte) {
        put(character - kRawByte);
    } else if (character < 0x800) {
        put(0xC0 | (character >> 6));
        put(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        put(0xE0 | (character >> 12));
        put(0x80 | ((character >> 6) & 0x3F));
        put(0x80 | (character & 0x3F));
    } else {
        put(0xF0 | (character >> 18));
        put(0x80 | ((character >> 12) & 0x3F));
        put(0x80 | ((character >> 6) & 0x3F));
        put(0x80 | (character & 0x3F));
    }
}

std::string foldedText(const Text& text) {
    std::string folded;
    TextWalker walker(text);
    while (const auto glyph = walker.next()) appendCharacter(folded, glyph->folded);
    return folded;
}

std::string foldedQuery(std::string_view query) {
    std::string folded = foldedText({query, {{0, query.size(), false}}, Escapes::none});
    if (folded.ends_with(' ')) folded.pop_back();
    if (folded.starts_with(' ')) folded.erase(0, 1);
    return folded;
}

}  // namespace turntable::search
