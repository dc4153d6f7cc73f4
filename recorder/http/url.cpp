#include "recorder/http/url.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "recorder/http/header_name.h"

namespace turntable::http {
namespace {

using support::Error;
using support::ErrorCode;

bool startsWithNoCase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && sameHeaderName(text.substr(0, prefix.size()), prefix);
}

bool validPort(std::string_view port) {
    std::uint32_t number = 0;
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
    return code == std::errc() && end == port.data() + port.size() && number > 0 && number <= 65535;
}

// The place of the colon before the port; colons inside the brackets of an IPv6 address do not count.
std::size_t portColon(std::string_view hostAndPort) {
    const auto bracket = hostAndPort.rfind(']');
    const auto colon = hostAndPort.rfind(':');
    if (colon == std::string_view::npos) return colon;
    return bracket != std::string_view::npos && colon < bracket ? std::string_view::npos : colon;
}

}  // namespace

support::Result<Url> parseUrl(std::string_view text) {
    const auto refuse = [&text](const char* why) {
        return Error{ErrorCode::invalidArgument, "'" + std::string(text) + "' is no http or https URL: " + why};
    };
    const bool secure = startsWithNoCase(text, "https://");
    if (!secure && !startsWithNoCase(text, "http://")) return refuse("it must begin with http:// or https://");
    const bool printable = std::none_of(text.begin(), text.end(),
                                        [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
    if (!printable) return refuse("it holds a space or a control character");

    const std::size_t authorityAt = secure ? 8 : 7;
    const auto targetAt = std::min(text.find_first_of("/?#", authorityAt), text.size());
    std::string_view hostAndPort = text.substr(authorityAt, targetAt - authorityAt);
    if (const auto at = hostAndPort.rfind('@'); at != std::string_view::npos) hostAndPort.remove_prefix(at + 1);
    const auto colon = portColon(hostAndPort);
    const std::string_view host = hostAndPort.substr(0, colon);
    if (host.empty()) return refuse("it names no host");
    if (colon != std::string_view::npos && !validPort(hostAndPort.substr(colon + 1))) {
        return refuse("its port is not a number from 1 to 65535");
    }

    Url url;
    url.origin = text.substr(0, targetAt);
    url.endpoint = hostAndPort;
    if (colon == std::string_view::npos) url.endpoint += secure ? ":443" : ":80";
    const auto fragment = text.find('#', targetAt);
    url.target = text.substr(targetAt, fragment == std::string_view::npos ? fragment : fragment - targetAt);
    if (url.target.empty() || url.target.front() != '/') url.target.insert(0, 1, '/');
    return url;
}

}  // namespace turntable::http
