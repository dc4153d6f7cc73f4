#pragma once

#include <cstdint>
#include <string>

namespace turntable::support {

/// "12,345"; "-1,000".
[[nodiscard]] std::string grouped(std::int64_t number);

}  // namespace turntable::support
