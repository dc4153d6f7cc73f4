#pragma once

// Private to storage/care: free pages go back to the file system.

#include <cstdint>

#include "storage/care/progress.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

/// Moves the free pages to the end of the file and cuts them off, a megabyte a transaction, so that others get the
/// write lock in between; then moves the write-ahead log into the file. Gives the bytes by which the store became
/// shorter. Stops early, without an error, when it is asked to or when others do not let go of the lock: the rest stays
/// as free pages, which the store uses again. Not inside a transaction.
[[nodiscard]] support::Result<std::int64_t> giveBackSpace(sqlite::Database& database, const Watch& watch);

}  // namespace turntable::care
