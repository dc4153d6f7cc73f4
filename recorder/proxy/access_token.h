#pragma once

#include <string>
#include <string_view>

namespace turntable::proxy {

/// 32 hexadecimal digits from the system's random source.
[[nodiscard]] std::string makeToken();

/// Whether it can be part of a URL and is not soon guessed: 16 to 128 letters, digits, `-` and `_`.
[[nodiscard]] bool isGoodToken(std::string_view token);

/// Takes as long for a wrong token as for the right one. An empty one is never right.
[[nodiscard]] bool sameToken(std::string_view expected, std::string_view found);

}  // namespace turntable::proxy
