#pragma once

// Private to storage/care: parts that no turn needs any more.

#include <cstdint>

#include "storage/care/progress.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

struct Collected {
    std::int64_t parts = 0;
    std::int64_t storedBytes = 0;  ///< of their contents
};

/// Deletes every part that nothing needs, and gives a part that is kept the kind of one of its users where its own has
/// gone; packs that are used in part are packed anew. Looks without a lock first; the write lock is held for a batch of
/// deletions at a time, or, where others write all the while, once for the whole look. Not inside a transaction.
/// Errors: corrupt when a recipe cannot be read (then nothing is deleted), cancelled, the database's.
[[nodiscard]] support::Result<Collected> removeUnusedParts(sqlite::Database& database, const Watch& watch);

}  // namespace turntable::care
