#pragma once

// Private to storage/care: free pages go back to the file system.

#include <cstdint>

#include "storage/care/progress.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

/// `sqlite::giveBackFreePages`, and then the write-ahead log is moved into the file. Gives the bytes by which the store
/// became shorter. Not inside a transaction.
[[nodiscard]] support::Result<std::int64_t> giveBackSpace(sqlite::Database& database, const Watch& watch);

}  // namespace turntable::care
