#include "storage/support/common_bytes.h"

#include <algorithm>
#include <cstring>

namespace turntable::support {
namespace {

// memcmp looks at many bytes at once, but does not tell which of them differ.
constexpr std::size_t kBlock = 256;

}  // namespace

std::size_t commonHead(std::string_view left, std::string_view right) {
    const std::size_t size = std::min(left.size(), right.size());
    std::size_t same = 0;
    while (size - same >= kBlock && std::memcmp(left.data() + same, right.data() + same, kBlock) == 0) same += kBlock;
    while (same < size && left[same] == right[same]) ++same;
    return same;
}

std::size_t commonTail(std::string_view left, std::string_view right) {
    const std::size_t size = std::min(left.size(), right.size());
    const char* const leftEnd = left.data() + left.size();
    const char* const rightEnd = right.data() + right.size();
    std::size_t same = 0;
    while (size - same >= kBlock && std::memcmp(leftEnd - same - kBlock, rightEnd - same - kBlock, kBlock) == 0)
        same += kBlock;
    while (same < size &&
           leftEnd[-1 - static_cast<std::ptrdiff_t>(same)] == rightEnd[-1 - static_cast<std::ptrdiff_t>(same)])
        ++same;
    return same;
}

}  // namespace turntable::support
