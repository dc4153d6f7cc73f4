#pragma once

#include <cstddef>
#include <string_view>

namespace turntable::support {

/// How many bytes two texts share at their beginning, and at their end. As quick as memory is: prompts of a megabyte
/// are compared on the way of an agent.
[[nodiscard]] std::size_t commonHead(std::string_view left, std::string_view right);
[[nodiscard]] std::size_t commonTail(std::string_view left, std::string_view right);

}  // namespace turntable::support
