#include "recorder/turns/reply_headers.h"

#include <algorithm>
#include <cctype>

namespace turntable::turns {
namespace {

bool equalAnyCase(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::string_view headerLine(std::string_view headers, std::string_view name) {
    while (!headers.empty()) {
        const auto end = std::min(headers.find('\n'), headers.size());
        const std::string_view line = headers.substr(0, end);
        headers.remove_prefix(std::min(end + 1, headers.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !equalAnyCase(trimmed(line.substr(0, colon)), name)) continue;
        return trimmed(line.substr(colon + 1));
    }
    return {};
}

std::string serverKindOf(std::string_view headers, std::string_view answeredModel) {
    constexpr std::string_view kSimulated = "simulated";
    const std::string_view server = headerLine(headers, "server");
    if (server.starts_with(kSimulated) || answeredModel.starts_with(kSimulated)) return std::string(kSimulated);
    if (server.starts_with("llama.cpp")) return "llama.cpp";
    return {};
}

}  // namespace turntable::turns
