#pragma once

#include <string>
#include <vector>

#include "recorder/http/client.h"

namespace turntable::proxy {

/// What goes on to the upstream: everything in its order but hop-by-hop headers (RFC 9110, section 7.6.1, those that
/// Connection names included), Host, Content-Length and Expect, which are made anew.
[[nodiscard]] std::vector<http::Header> forwardedRequestHeaders(const std::vector<http::Header>& headers);

/// What goes on to the agent: everything but hop-by-hop headers.
[[nodiscard]] std::vector<http::Header> forwardedResponseHeaders(const std::vector<http::Header>& headers);

/// What the store keeps, "name: value\n" lines: those of `turns::storedHeaderLine`.
[[nodiscard]] std::string storedHeaders(const std::vector<http::Header>& headers);

}  // namespace turntable::proxy
