#pragma once

// Private to storage: a text in pieces that stay the same when something changes elsewhere in it.

#include <cstddef>
#include <string>
#include <vector>

#include "storage/search/text_walker.h"

namespace turntable::search {

/// How far a piece reaches into the next one, at least: what is this long stands whole in one piece, wherever the cuts.
inline constexpr std::size_t kOverlapBytes = 64;
inline constexpr std::size_t kMaxPieceBytes = 4096 + kOverlapBytes + 4;

struct Piece {
    std::string text;        ///< folded; begins with neither a space nor a border
    std::size_t offset = 0;  ///< of its first character in the recorded bytes
};

/// Cuts where the text itself says so (a hash over its last bytes), so that two screens that differ in one line have
/// all pieces but one or two in common. About 1.5 kB each. Empty when there is nothing but space.
[[nodiscard]] std::vector<Piece> cutPieces(const Text& text);

}  // namespace turntable::search
