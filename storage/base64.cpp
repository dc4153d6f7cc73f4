#include "storage/base64.h"

#include <array>
#include <cstdint>

namespace turntable::storage {

namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoLetter = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoLetter);
    for (std::size_t value = 0; value < kLetters.size(); ++value) {
        values[static_cast<unsigned char>(kLetters[value])] = static_cast<std::uint8_t>(value);
    }
    return values;
}();

std::uint8_t valueOf(char letter) { return kValues[static_cast<unsigned char>(letter)]; }
bool isLetter(char letter) { return valueOf(letter) != kNoLetter; }

std::size_t runBefore(std::string_view bytes, std::size_t position, std::size_t limit) {
    std::size_t begin = position;
    while (begin > limit && isLetter(bytes[begin - 1])) --begin;
    return begin;
}

std::size_t runBehind(std::string_view bytes, std::size_t position) {
    while (position < bytes.size() && isLetter(bytes[position])) ++position;
    return position;
}

}  // namespace

std::optional<support::ByteRange> findBase64(std::string_view bytes, std::size_t minText) {
    const std::size_t step = minText / 2;
    std::size_t behindLast = 0;  // nothing before it is looked at again
    for (std::size_t probe = step; probe < bytes.size(); probe += step) {
        if (probe < behindLast || !isLetter(bytes[probe])) continue;
        const std::size_t begin = runBefore(bytes, probe, behindLast);
        std::size_t end = runBehind(bytes, probe);
        behindLast = end;
        for (int padding = 0; padding < 2 && end < bytes.size() && bytes[end] == '='; ++padding) ++end;
        if (end - begin >= minText && (end - begin) % 4 == 0) return support::ByteRange{begin, end - begin};
    }
    return std::nullopt;
}

std::optional<std::string> decodeBase64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char letter : text.substr(0, text.size() - padding)) {
        const std::uint8_t value = valueOf(letter);
        if (value == kNoLetter) return std::nullopt;
        bits = bits << 6U | value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>(bits >> count & 0xFFU));
    }
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return bytes;
}

void appendBase64(std::string& text, std::string_view bytes) {
    text.reserve(text.size() + (bytes.size() + 2) / 3 * 4);
    const auto byteAt = [&bytes](std::size_t index) {
        return index < bytes.size() ? std::uint32_t{static_cast<unsigned char>(bytes[index])} : 0U;
    };
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::uint32_t bits = byteAt(at) << 16U | byteAt(at + 1) << 8U | byteAt(at + 2);
        text.push_back(kLetters[bits >> 18U & 63U]);
        text.push_back(kLetters[bits >> 12U & 63U]);
        text.push_back(at + 1 < bytes.size() ? kLetters[bits >> 6U & 63U] : '=');
        text.push_back(at + 2 < bytes.size() ? kLetters[bits & 63U] : '=');
    }
}

}  // namespace turntable::storage
