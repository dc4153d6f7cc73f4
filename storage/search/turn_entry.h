#pragma once

// Private to storage: what the index knows about one turn.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/search/bucket_store.h"
#include "storage/search/search_types.h"
#include "storage/search/store_texts.h"

namespace turntable::search {

/// A piece of a text, and where it begins in the recorded bytes.
struct PieceRef {
    PieceKey key = 0;
    std::uint32_t offset = 0;
    bool operator==(const PieceRef&) const = default;
};

/// A text that is new in the turn.
struct TextEntry {
    Kind kind = Kind::prompt;
    std::int64_t part = 0;  ///< 0: the short pieces of the request
    std::vector<PieceRef> pieces;
    bool operator==(const TextEntry&) const = default;
};

struct TurnEntry {
    std::uint64_t stamp = 0;  ///< of the turn when it was read
    std::int64_t session = 0;
    std::int64_t number = 0;
    std::int64_t unreadable = 0;
    std::vector<TextEntry> texts;
    bool operator==(const TurnEntry&) const = default;
};

[[nodiscard]] std::string encodeTurn(const TurnEntry& entry);
/// Takes any bytes; empty when they are no turn.
[[nodiscard]] std::optional<TurnEntry> decodeTurn(std::string_view content);
/// The same without the texts: cheap.
[[nodiscard]] std::optional<TurnStamp> decodeStamp(std::int64_t turn, std::string_view content);

}  // namespace turntable::search
