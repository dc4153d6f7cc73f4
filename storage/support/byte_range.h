#pragma once

#include <cstddef>
#include <string_view>

namespace turntable::support {

/// `size` bytes from `offset` of some text that the context names.
struct ByteRange {
    std::size_t offset = 0;
    std::size_t size = 0;
    [[nodiscard]] std::size_t end() const { return offset + size; }
    [[nodiscard]] bool empty() const { return size == 0; }
    bool operator==(const ByteRange&) const = default;
};

/// The bytes that `range` names; empty when it does not lie inside `text`.
[[nodiscard]] inline std::string_view slice(std::string_view text, ByteRange range) {
    if (range.offset > text.size() || range.size > text.size() - range.offset) return {};
    return text.substr(range.offset, range.size);
}

}  // namespace turntable::support
