#pragma once

#include <string>
#include <string_view>

namespace turntable::turns {

/// The value of the first `name: value` line of that name, any case; empty when there is none.
[[nodiscard]] std::string_view headerLine(std::string_view headers, std::string_view name);

/// What a reply says about the program behind it: "llama.cpp", "simulated"; empty when it does not tell. Most servers
/// name their HTTP library only, which says nothing about the runtime.
[[nodiscard]] std::string serverKindOf(std::string_view headers, std::string_view answeredModel);

}  // namespace turntable::turns
