#include "storage/support/utf8.h"

#include <algorithm>

namespace turntable::support {
namespace {

/// Bytes of the well-formed code point at `at` (Unicode 15, table 3-7); 0 when there is none.
std::size_t codePointSize(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned lead = byte(at);
    if (lead < 0x80) return 1;
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    if (lead >= 0xC2 && lead <= 0xDF) return follows(at + 1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned second = byte(at + 1);
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
        return follows(at + 1) && follows(at + 2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned second = byte(at + 1);
        if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
        return follows(at + 1) && follows(at + 2) && follows(at + 3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::size_t findInvalidUtf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = codePointSize(text, at);
        if (size == 0) break;
        at += size;
    }
    return at;
}

std::string validUtf8(std::string text) {
    std::size_t at = findInvalidUtf8(text);
    if (at == text.size()) return text;
    std::string clean = text.substr(0, at);
    while (at < text.size()) {
        const std::size_t size = codePointSize(text, at);
        if (size == 0)
            clean += kReplacementCharacter;
        else
            clean.append(text, at, size);
        at += std::max<std::size_t>(size, 1);
    }
    return clean;
}

}  // namespace turntable::support
