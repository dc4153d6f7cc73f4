#include "replay/diff/text_columns.h"

#include <algorithm>

namespace turntable::diff {

namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); }));
}

std::string shortened(std::string_view text, std::size_t limit) {
    if (limit == 0 || characters(text) <= limit) return std::string(text);
    std::size_t end = 0;
    std::size_t seen = 0;
    while (end < text.size()) {
        if (!continues(text[end]) && ++seen == limit) break;
        ++end;
    }
    return std::string(text.substr(0, end)) + "…";
}

std::string oneLine(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool c1 = byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
        if (c1) ++i;  // C1 controls, some of which begin terminal sequences, are two bytes in UTF-8
        line += c1 || byte < 0x20U || byte == 0x7FU ? ' ' : text[i];
    }
    return line;
}

std::string padRight(std::string_view text, std::size_t width) {
    const std::size_t used = characters(text);
    return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string padLeft(std::string_view text, std::size_t width) {
    const std::size_t used = characters(text);
    return std::string(used < width ? width - used : 0, ' ') + std::string(text);
}

}  // namespace turntable::diff
