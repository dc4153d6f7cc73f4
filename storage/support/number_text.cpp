#include "storage/support/number_text.h"

#include <cstddef>

namespace turntable::support {

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::size_t start = digits.starts_with('-') ? 1 : 0;
    for (std::size_t at = digits.size(); at > start + 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

}  // namespace turntable::support
