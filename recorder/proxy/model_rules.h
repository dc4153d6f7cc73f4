#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/proxy/recording_proxy.h"

namespace turntable::proxy {

/// `*` stands for any run of characters, everything else for itself.
[[nodiscard]] bool matchesPattern(std::string_view pattern, std::string_view name);

/// Whether a request of that call has to be whole before it can go on, as a rule may change it.
[[nodiscard]] bool mayRename(const std::vector<ModelRule>& rules, std::string_view method, std::string_view target);

/// The body with the model name that the first matching rule asks for; empty when no rule matches, the body cannot be
/// read or the call (method, target) names no model in a way we know.
[[nodiscard]] std::optional<std::string> applyModelRules(const std::vector<ModelRule>& rules, std::string_view method,
                                                         std::string_view target, std::string_view body);

}  // namespace turntable::proxy
