#pragma once

#include <string>
#include <string_view>

namespace turntable::proxy {

/// 32 hexadecimal digits from the system's random source.
[[nodiscard]] std::string makeToken();

/// Takes as long for a wrong token as for the right one. An empty one is never right.
[[nodiscard]] bool sameToken(std::string_view expected, std::string_view found);

}  // namespace turntable::proxy
