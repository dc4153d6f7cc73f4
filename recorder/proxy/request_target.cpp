#include "recorder/proxy/request_target.h"

#include <algorithm>

#include "recorder/http/header_name.h"
#include "recorder/http/url.h"

namespace turntable::proxy {
namespace {

using support::Error;
using support::ErrorCode;

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = http::lowerCase(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percentDecoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && hexValue(text[i + 1]) >= 0 && hexValue(text[i + 2]) >= 0;
        if (!escape) {
            decoded.push_back(text[i]);
            continue;
        }
        decoded.push_back(static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2])));
        i += 2;
    }
    return decoded;
}

/// What stands between `prefix` and the next slash; it and the prefix are taken off the path. Empty, and nothing taken,
/// where the path does not begin so.
std::string takeSegment(std::string& path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return {};
    const auto end = std::min(path.find_first_of("/?", prefix.size()), path.size());
    std::string segment = percentDecoded(std::string_view(path).substr(prefix.size(), end - prefix.size()));
    if (segment.empty()) return {};
    path.erase(0, end);
    if (!path.starts_with('/')) path.insert(0, 1, '/');
    return segment;
}

std::string withoutPort(std::string_view host) {
    if (host.starts_with('[')) return http::lowerCase(host.substr(1, host.find(']') - 1));
    return http::lowerCase(host.substr(0, host.find(':')));
}

bool isIpv4Loopback(std::string_view host) {
    if (!host.starts_with("127.")) return false;
    const bool digits =
        std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    return digits && std::count(host.begin(), host.end(), '.') == 3;
}

}  // namespace

support::Result<RequestTarget> parseTarget(std::string_view target) {
    std::string path(target);
    if (!target.starts_with('/')) {
        auto url = http::parseUrl(target);
        if (!url) {
            return Error{ErrorCode::invalidArgument, "the request target '" + path + "' does not begin with a slash"};
        }
        path = std::move(url->target);
    }
    RequestTarget parsed;
    parsed.accessToken = takeSegment(path, "/t/");
    parsed.sessionHint = takeSegment(path, "/s/");
    parsed.path = std::move(path);
    return parsed;
}

bool isLoopbackAddress(std::string_view host) { return host == "::1" || isIpv4Loopback(host); }

bool hostAllowed(std::string_view host, std::string_view listenHost) {
    if (host.empty() || !isLoopbackAddress(listenHost)) return true;
    const std::string name = withoutPort(host);
    return name == "localhost" || name.ends_with(".localhost") || isLoopbackAddress(name) || name == listenHost;
}

}  // namespace turntable::proxy
