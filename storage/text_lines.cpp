#include "storage/text_lines.h"

#include <algorithm>
#include <array>
#include <optional>

namespace turntable::storage {

namespace {

enum class Class : std::uint8_t { mark, blank, word, wide };

// Of bytes, wherever they stand.
constexpr std::array<Class, 256> classes() {
    std::array<Class, 256> table{};
    for (const char c : {' ', '\t', '\r'}) table[static_cast<unsigned char>(c)] = Class::blank;
    for (const char c : {'_', '-', '.'}) table[static_cast<unsigned char>(c)] = Class::word;
    for (unsigned c = '0'; c <= '9'; ++c) table[c] = Class::word;
    for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = Class::word;
    for (unsigned c = 0x80; c < table.size(); ++c) table[c] = Class::wide;
    return table;
}

Class classOf(char c) {
    static constexpr std::array<Class, 256> kTable = classes();
    return kTable[static_cast<unsigned char>(c)];
}

bool isBlank(char c) { return classOf(c) == Class::blank; }

// Behind the quote that closes the one at `open`; `open` itself where none does.
std::size_t behindQuoted(std::string_view text, std::size_t open) {
    for (std::size_t at = open + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return open;
}

Token tokenAt(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    const Class own = classOf(text[at]);
    TokenKind kind = own == Class::word ? TokenKind::word : TokenKind::mark;
    if (own != Class::mark) {
        while (end < text.size() && classOf(text[end]) == own) ++end;
    } else if (text[at] == '"') {
        const std::size_t close = behindQuoted(text, at);
        if (close != at) {
            end = close;
            kind = TokenKind::quoted;
        }
    }
    return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end), kind};
}

void findTokens(TextLine& line) {
    line.tokens.clear();
    // Of many quotes without an end only the last is looked for once a line.
    bool quotesClose = true;
    for (std::size_t at = line.indent; at < line.text.size();) {
        if (isBlank(line.text[at])) {
            ++at;
            continue;
        }
        const bool isQuote = line.text[at] == '"';
        Token token{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + 1), TokenKind::mark};
        if (!isQuote || quotesClose) token = tokenAt(line.text, at);
        if (isQuote && token.kind != TokenKind::quoted) quotesClose = false;
        line.tokens.push_back(token);
        at = token.end;
    }
}

// How a token shows in a shape.
void appendClass(const TextLine& line, std::size_t index, std::string& shape) {
    const auto& tokens = line.tokens;
    switch (tokens[index].kind) {
        case TokenKind::quoted: shape += '"'; return;
        case TokenKind::mark: shape += line.raw(index, index); return;
        case TokenKind::word: break;
    }
    const bool isKey = index + 1 < tokens.size() && line.text[tokens[index + 1].begin] == '=';
    if (isKey) {
        shape += line.raw(index, index);
    } else {
        shape += 'w';
    }
}

// Up to a colon with a blank or nothing behind it: what follows there is text, and shows as one thing.
void appendShape(const TextLine& line, std::string& shape) {
    const auto& tokens = line.tokens;
    for (std::size_t index = 0; index < tokens.size(); ++index) {
        appendClass(line, index, shape);
        if (tokens[index].kind != TokenKind::mark || line.text[tokens[index].begin] != ':') continue;
        if (index + 1 == tokens.size()) {
            shape += '.';
            return;
        }
        if (tokens[index + 1].begin == tokens[index].end) continue;
        const bool isOneQuoted = index + 2 == tokens.size() && tokens[index + 1].kind == TokenKind::quoted;
        shape += isOneQuoted ? "\"." : "_.";
        return;
    }
}

void findPattern(TextLine& line) {
    line.pattern.clear();
    appendShape(line, line.pattern);
    line.shapeSize = line.pattern.size();
    int words = 2;
    for (std::size_t index = 0; index < line.tokens.size() && words > 0; ++index) {
        if (line.tokens[index].kind != TokenKind::word) continue;
        line.pattern.append(1, ' ').append(line.raw(index, index));
        --words;
    }
}

std::optional<unsigned> hexDigits(std::string_view text) {
    constexpr std::size_t kDigits = 4;
    if (text.size() < kDigits) return std::nullopt;
    unsigned value = 0;
    for (const char c : text.substr(0, kDigits)) {
        const bool isDigit = c >= '0' && c <= '9';
        const char low = static_cast<char>(c | 0x20);
        if (!isDigit && (low < 'a' || low > 'f')) return std::nullopt;
        value = value * 16 + static_cast<unsigned>(isDigit ? c - '0' : low - 'a' + 10);
    }
    return value;
}

void appendCodePoint(std::string& out, unsigned point) {
    const auto put = [&out](unsigned byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | (point >> 6));
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12));
        put(0x80U | ((point >> 6) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | (point >> 18));
        put(0x80U | ((point >> 12) & 0x3FU));
        put(0x80U | ((point >> 6) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

// What the escape at the front of `text` means; returns the bytes it took.
std::size_t appendEscape(std::string& out, std::string_view text) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    constexpr unsigned kReplacement = 0xFFFD;
    const char letter = text.size() > 1 ? text[1] : '\0';
    if (const std::size_t known = kLetters.find(letter); letter != '\0' && known != std::string_view::npos) {
        out.push_back(kMeanings[known]);
        return 2;
    }
    const auto unit = letter == 'u' ? hexDigits(text.substr(2)) : std::nullopt;
    if (!unit) {
        out.push_back('\\');
        return 1;
    }
    if (*unit < 0xD800 || *unit > 0xDFFF) {
        appendCodePoint(out, *unit);
        return 6;
    }
    const auto low = text.substr(6, 2) == "\\u" ? hexDigits(text.substr(8)) : std::nullopt;
    if (*unit <= 0xDBFF && low && *low >= 0xDC00 && *low <= 0xDFFF) {
        appendCodePoint(out, 0x10000U + ((*unit - 0xD800U) << 10) + (*low - 0xDC00U));
        return 12;
    }
    appendCodePoint(out, kReplacement);
    return 6;
}

}  // namespace

void cutLine(std::string_view raw, TextLine& line) {
    line.text = raw;
    while (!line.text.empty() && isBlank(line.text.back())) line.text.remove_suffix(1);
    line.indent = std::min(line.text.find_first_not_of(' '), line.text.size());
    findTokens(line);
    findPattern(line);
}

LineIndex::LineIndex(std::string_view text) : m_text(text) {
    for (std::size_t at = 0; at < text.size();) {
        m_begins.push_back(static_cast<std::uint32_t>(at));
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    }
}

std::string_view LineIndex::line(std::size_t index) const {
    if (index >= m_begins.size()) return {};
    const std::size_t end = index + 1 < m_begins.size() ? m_begins[index + 1] : m_text.size();
    std::string_view raw = m_text.substr(m_begins[index], end - m_begins[index]);
    if (raw.ends_with('\n')) raw.remove_suffix(1);
    return raw;
}

std::string withoutEscapes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t escape = std::min(text.find('\\', at), text.size());
        out.append(text.substr(at, escape - at));
        at = escape;
        if (at < text.size()) at += appendEscape(out, text.substr(at));
    }
    return out;
}

}  // namespace turntable::storage
