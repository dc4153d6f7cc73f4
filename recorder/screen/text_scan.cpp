#include "recorder/screen/text_scan.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "storage/support/utf8.h"

namespace turntable::screen {

namespace {

void appendCodePoint(std::string& out, std::uint32_t point) {
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        out += support::kReplacementCharacter;
    } else if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

std::optional<std::uint32_t> readHex(std::string_view text, std::size_t at, std::size_t digits) {
    if (at > text.size() || text.size() - at < digits) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text.substr(at, digits)) {
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<std::uint32_t>(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = static_cast<std::uint32_t>(c - 'a') + 10U;
        else if (c >= 'A' && c <= 'F')
            digit = static_cast<std::uint32_t>(c - 'A') + 10U;
        else
            return std::nullopt;
        value = value * 16U + digit;
    }
    return value;
}

/// One escape that begins at the backslash `at`: appends its text, returns the bytes it took.
std::size_t appendEscape(std::string& out, std::string_view text, std::size_t at) {
    const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
    constexpr std::array<std::pair<char, char>, 11> kSingle = {{{'n', '\n'},
                                                                {'t', '\t'},
                                                                {'r', '\r'},
                                                                {'b', '\b'},
                                                                {'f', '\f'},
                                                                {'v', '\v'},
                                                                {'e', '\x1B'},
                                                                {'a', '\a'},
                                                                {'"', '"'},
                                                                {'\\', '\\'},
                                                                {'/', '/'}}};
    for (const auto& [letter, meaning] : kSingle) {
        if (letter != kind) continue;
        out.push_back(meaning);
        return 2;
    }
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    const auto point = digits == 0 ? std::nullopt : readHex(text, at + 2, digits);
    if (!point) {
        out.push_back('\\');
        return 1;
    }
    const std::size_t used = 2 + digits;
    if (kind == 'u' && *point >= 0xD800 && *point <= 0xDBFF &&
        text.substr(std::min(at + used, text.size()), 2) == "\\u") {
        const auto low = readHex(text, at + used + 2, 4);
        if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
            appendCodePoint(out, 0x10000U + ((*point - 0xD800U) << 10U) + (*low - 0xDC00U));
            return used + 6;
        }
    }
    appendCodePoint(out, *point);
    return used;
}

constexpr bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::optional<std::string_view> LineReader::next() {
    if (m_position >= m_text.size()) return std::nullopt;
    const std::size_t end = std::min(m_text.find('\n', m_position), m_text.size());
    std::string_view line = m_text.substr(m_position, end - m_position);
    m_position = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
    return text;
}

bool isBlank(std::string_view text) { return std::all_of(text.begin(), text.end(), isSpace); }

std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
    return text.substr(prefix.size());
}

std::string clipped(std::string_view text, std::size_t maxBytes) {
    if (text.size() <= maxBytes) return std::string(text);
    std::size_t end = maxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "…";
}

std::string unescaped(std::string_view quoted) {
    std::string out;
    out.reserve(quoted.size());
    std::size_t at = 0;
    while (at < quoted.size()) {
        const std::size_t escape = std::min(quoted.find('\\', at), quoted.size());
        out.append(quoted.substr(at, escape - at));
        at = escape;
        if (at < quoted.size()) at += appendEscape(out, quoted, at);
    }
    return out;
}

bool isTruncationMark(std::string_view line) {
    const std::string_view mark = trimmed(line);
    if (mark == "..." || mark == "…" || mark == "[…]") return true;
    if (mark.substr(0, 4) == "[..." || mark.substr(0, 5) == "[ ...") return true;
    return mark.find("truncated") != std::string_view::npos || mark.find("TRUNCATED") != std::string_view::npos ||
           mark.find("Truncated") != std::string_view::npos;
}

void addTruncation(model::Screen& screen, model::Truncation kind, const std::string& reason) {
    const auto certainty = [](model::Truncation truncation) {
        switch (truncation) {
            case model::Truncation::none: return 0;
            case model::Truncation::suspected: return 1;
            case model::Truncation::marked: return 2;
            case model::Truncation::flagged: return 3;
        }
        return 0;
    };
    if (certainty(kind) > certainty(screen.truncation)) screen.truncation = kind;
    if (!screen.truncationReason.empty()) screen.truncationReason += "; ";
    screen.truncationReason += reason;
}

}  // namespace turntable::screen
