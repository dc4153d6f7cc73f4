#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace turntable::diff {

/// Characters (code points) of a UTF-8 text. A byte that is no UTF-8 counts as one.
[[nodiscard]] std::size_t characters(std::string_view text);
/// At most `limit` characters; a longer text ends in "…". Never cuts inside a character.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit);
/// Line ends, tabs and other controls become spaces, so that a recorded text stays in its line and cannot steer a
/// terminal.
[[nodiscard]] std::string oneLine(std::string_view text);
[[nodiscard]] std::string padRight(std::string_view text, std::size_t width);
[[nodiscard]] std::string padLeft(std::string_view text, std::size_t width);

}  // namespace turntable::diff
