#pragma once

// Private to storage: where in recorded bytes something stands, and what stands around it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/search/store_texts.h"

namespace turntable::search {

/// Bytes of a recorded text.
struct Location {
    std::size_t offset = 0;
    std::size_t length = 0;
};

/// The first occurrence of a folded text at or behind `from`, a character of the text. With `reach` above 0 no more
/// than so many folded bytes are looked through. Cost: linear in what is looked through.
[[nodiscard]] std::optional<Location> locate(const Text& text, std::string_view folded, std::size_t from,
                                             std::size_t reach);

/// Readable text around a location: unescaped, one line, valid UTF-8.
struct Excerpt {
    std::string text;
    std::size_t offset = 0;  ///< where the found words begin in it, in bytes
    std::size_t length = 0;
};
/// `from`: a character of the text before the location, not far from it.
[[nodiscard]] Excerpt excerptAt(const Text& text, const Location& location, std::size_t from);

}  // namespace turntable::search
