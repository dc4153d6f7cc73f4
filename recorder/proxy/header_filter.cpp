#include "recorder/proxy/header_filter.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "recorder/http/header_name.h"
#include "recorder/turns/stored_headers.h"

namespace turntable::proxy {
namespace {

using http::Header;
using http::lowerCase;

constexpr std::array<std::string_view, 7> kHopByHop{
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
};
constexpr std::array<std::string_view, 4> kOfTheRequestOnly{
    "proxy-authorization",
    "host",
    "content-length",
    "expect",
};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The names that the Connection headers list, in lower case.
std::vector<std::string> namedByConnection(const std::vector<Header>& headers) {
    std::vector<std::string> names;
    for (const auto& header : headers) {
        if (!http::sameHeaderName(header.name, "connection")) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            names.push_back(lowerCase(trimmed(rest.substr(0, comma))));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return names;
}

template <typename Refuse>
std::vector<Header> without(const std::vector<Header>& headers, Refuse refuse) {
    const std::vector<std::string> named = namedByConnection(headers);
    std::vector<Header> kept;
    kept.reserve(headers.size());
    for (const auto& header : headers) {
        const std::string name = lowerCase(header.name);
        if (among(kHopByHop, name) || refuse(name)) continue;
        if (std::find(named.begin(), named.end(), name) != named.end()) continue;
        kept.push_back(header);
    }
    return kept;
}

}  // namespace

std::vector<Header> forwardedRequestHeaders(const std::vector<Header>& headers) {
    return without(headers, [](std::string_view name) { return among(kOfTheRequestOnly, name); });
}

std::vector<Header> forwardedResponseHeaders(const std::vector<Header>& headers) {
    return without(headers, [](std::string_view) { return false; });
}

std::string storedHeaders(const std::vector<Header>& headers) {
    std::string lines;
    for (const auto& header : headers) lines.append(turns::storedHeaderLine(header.name, header.value));
    return lines;
}

}  // namespace turntable::proxy
