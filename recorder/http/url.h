#pragma once

#include <string>
#include <string_view>

#include "storage/support/result.h"

namespace turntable::http {

/// An http or https URL, cut where HTTP cuts it (RFC 9112, section 3.2.1).
struct Url {
    std::string origin;    ///< "http://host:port", as written, user information kept
    std::string endpoint;  ///< "host:port", the port always given: for messages
    std::string target;    ///< path and query as written, at least "/"
};

/// invalidArgument when it is no http or https URL with a host and a sensible port.
[[nodiscard]] support::Result<Url> parseUrl(std::string_view text);

}  // namespace turntable::http
