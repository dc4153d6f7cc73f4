#include "storage/privacy/text_view.h"

#include <algorithm>
#include <optional>

namespace turntable::privacy {

using support::ByteRange;

namespace {

std::optional<unsigned> hexAt(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return std::nullopt;
    unsigned value = 0;
    for (std::size_t index = at; index < at + 4; ++index) {
        const char digit = text[index];
        const bool isDigit = digit >= '0' && digit <= '9';
        const char letter = static_cast<char>(digit | 0x20);
        if (!isDigit && (letter < 'a' || letter > 'f')) return std::nullopt;
        value = value * 16 + static_cast<unsigned>(isDigit ? digit - '0' : letter - 'a' + 10);
    }
    return value;
}

std::string utf8(unsigned code) {
    const auto byte = [](unsigned value) { return static_cast<char>(value); };
    if (code < 0x80) return {byte(code)};
    if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
    if (code < 0x10000) return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
    return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
            byte(0x80 | (code & 0x3F))};
}

/// What one escape means, and how many bytes it takes.
struct Escape {
    std::string meaning;
    std::size_t size = 0;
};

std::optional<Escape> escapeAt(std::string_view text, std::size_t at) {
    if (at + 1 >= text.size() || text[at] != '\\') return std::nullopt;
    switch (text[at + 1]) {
        case '"':
        case '\\':
        case '/': return Escape{std::string(1, text[at + 1]), 2};
        case 'n': return Escape{"\n", 2};
        case 't': return Escape{"\t", 2};
        case 'r': return Escape{"\r", 2};
        case 'b': return Escape{"\b", 2};
        case 'f': return Escape{"\f", 2};
        case 'u': break;
        default: return std::nullopt;
    }
    const auto high = hexAt(text, at + 2);
    if (!high) return std::nullopt;
    if (*high < 0xD800 || *high > 0xDBFF) return Escape{utf8(*high), 6};
    const bool pair = at + 7 < text.size() && text[at + 6] == '\\' && text[at + 7] == 'u';
    const auto low = pair ? hexAt(text, at + 8) : std::nullopt;
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return Escape{utf8(*high), 6};
    return Escape{utf8(0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00)), 12};
}

bool isBlank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

std::size_t skipBlanks(std::string_view text, std::size_t at, std::size_t end) {
    while (at < end && isBlank(text[at])) ++at;
    return at;
}

bool beginsJson(std::string_view text, std::size_t at, std::size_t end) {
    at = skipBlanks(text, at, end);
    return at < end && (text[at] == '{' || text[at] == '[');
}

}  // namespace

TextView::TextView(std::string_view document, ByteRange range) : m_text(support::slice(document, range)) {
    m_begin.reserve(m_text.size());
    m_end.reserve(m_text.size());
    for (std::size_t index = 0; index < m_text.size(); ++index) {
        m_begin.push_back(static_cast<std::uint32_t>(range.offset + index));
        m_end.push_back(static_cast<std::uint32_t>(range.offset + index + 1));
    }
}

void TextView::add(char byte, ByteRange origin) {
    m_text.push_back(byte);
    m_begin.push_back(static_cast<std::uint32_t>(origin.offset));
    m_end.push_back(static_cast<std::uint32_t>(origin.end()));
}

void TextView::append(const TextView& other) {
    m_text += other.m_text;
    m_begin.insert(m_begin.end(), other.m_begin.begin(), other.m_begin.end());
    m_end.insert(m_end.end(), other.m_end.begin(), other.m_end.end());
}

std::vector<ByteRange> TextView::origins(std::size_t offset, std::size_t size) const {
    std::vector<ByteRange> pieces;
    for (std::size_t index = offset; index < offset + size; ++index) {
        const std::size_t begin = m_begin[index];
        const std::size_t end = m_end[index];
        if (!pieces.empty() && begin >= pieces.back().offset && begin <= pieces.back().end()) {
            pieces.back().size = std::max(pieces.back().end(), end) - pieces.back().offset;
        } else {
            pieces.push_back({begin, end - begin});
        }
    }
    return pieces;
}

ByteRange TextView::originOf(std::size_t first, std::size_t count) const {
    const std::size_t begin = m_begin[first];
    return {begin, std::max<std::size_t>(m_end[first + count - 1], begin) - begin};
}

TextView TextView::unescaped() const {
    TextView plain;
    for (std::size_t at = 0; at < m_text.size();) {
        const auto escape = escapeAt(m_text, at);
        const std::size_t size = escape ? escape->size : 1;
        const ByteRange origin = originOf(at, size);
        if (escape) {
            for (const char byte : escape->meaning) plain.add(byte, origin);
        } else {
            plain.add(m_text[at], origin);
        }
        at += size;
    }
    return plain;
}

void forEachJsonString(std::string_view document, ByteRange range, const std::function<void(const JsonString&)>& visit,
                       const std::function<void(ByteRange)>& outside) {
    const std::size_t end = range.end();
    ByteRange key;
    int depth = 0;
    std::size_t stretch = range.offset;
    for (std::size_t at = range.offset; at < end; ++at) {
        const char byte = document[at];
        if (byte == '{' || byte == '[') ++depth;
        if (byte == '}' || byte == ']') --depth;
        // A value that is no string uses its key up.
        if (byte == ',' || byte == '{' || byte == '}' || byte == ']') key = {};
        if (byte != '"') continue;
        if (at > stretch) outside({stretch, at - stretch});
        const std::size_t first = at + 1;
        std::size_t last = first;
        while (last < end && document[last] != '"') last += document[last] == '\\' ? 2U : 1U;
        last = std::min(last, end);
        JsonString string{{first, last - first}, key, false, depth};
        const std::size_t next = skipBlanks(document, std::min(last + 1, end), end);
        string.isKey = next < end && document[next] == ':';
        if (string.isKey) string.key = {};
        visit(string);
        key = string.isKey ? string.content : key;
        at = last;
        stretch = std::min(last + 1, end);
    }
    if (end > stretch) outside({stretch, end - stretch});
}

std::vector<DocumentStretch> stretchesOf(std::string_view document) {
    constexpr std::string_view kData = "data:";
    if (beginsJson(document, 0, document.size())) {
        // One JSON text, unless it ends with its first line and another begins with the next (JSON lines).
        const auto line = document.find('\n');
        const bool isLines = line != std::string_view::npos && line > 0 && document[line - 1] == '}' &&
                             beginsJson(document, line, document.size());
        if (!isLines) return {{{0, document.size()}, true}};
    }
    std::vector<DocumentStretch> stretches;
    for (std::size_t at = 0; at < document.size();) {
        const auto found = document.find_first_of("\r\n", at);
        const std::size_t end = found == std::string_view::npos ? document.size() : found + 1;
        const bool isData = document.substr(at, kData.size()) == kData;
        const std::size_t begin = at + (isData ? kData.size() : 0);
        const bool isJson = beginsJson(document, begin, end);
        if (isJson) {
            stretches.push_back({{begin, end - begin}, true});
        } else if (!stretches.empty() && !stretches.back().isJson && stretches.back().range.end() == at) {
            stretches.back().range.size += end - at;
        } else {
            stretches.push_back({{at, end - at}, false});
        }
        at = end;
    }
    return stretches;
}

}  // namespace turntable::privacy
