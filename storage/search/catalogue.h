#pragma once

// Private to storage: all texts of an index, in memory, for queries.

#include <cstdint>
#include <vector>

#include "storage/search/index_file.h"
#include "storage/search/turn_entry.h"
#include "storage/support/result.h"

namespace turntable::search {

/// A turn in which a text is new.
struct Owner {
    std::int64_t session = 0;
    std::int64_t turn = 0;
    std::int64_t number = 0;
};

/// A text, whatever number of turns have it.
struct Document {
    Kind kind = Kind::prompt;
    std::int64_t part = 0;  ///< 0: the short pieces of the request of its one owner
    std::vector<PieceRef> pieces;
    std::vector<Owner> owners;
};

struct Catalogue {
    std::vector<Document> documents;
    std::int64_t unreadable = 0;  ///< parts
};

/// Inside a read transaction. Cost: one row a turn. Errors: those of the file.
[[nodiscard]] support::Result<Catalogue> readCatalogue(IndexFile& file, const IndexState& state);

}  // namespace turntable::search
