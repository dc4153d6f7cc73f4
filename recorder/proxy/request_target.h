#pragma once

#include <string>
#include <string_view>

#include "storage/support/result.h"

namespace turntable::proxy {

/// A request target, taken apart.
struct RequestTarget {
    std::string path;         ///< path and query without the prefixes below, beginning with '/'
    std::string accessToken;  ///< TOKEN of `/t/TOKEN/…`, which stands first; empty without one
    std::string sessionHint;  ///< NAME of `/s/NAME/…`, percent-decoded; empty without one
};

/// Origin form and absolute form (RFC 9112, section 3.2). invalidArgument for any other.
[[nodiscard]] support::Result<RequestTarget> parseTarget(std::string_view target);

/// Whether a request that names `host` (the Host header; empty when there is none) may be served by a listener on
/// `listenHost`. A listener on loopback serves loopback names only: a page that rebinds its own name to 127.0.0.1 (DNS
/// rebinding) still sends that name.
[[nodiscard]] bool hostAllowed(std::string_view host, std::string_view listenHost);

[[nodiscard]] bool isLoopbackAddress(std::string_view host);

}  // namespace turntable::proxy
