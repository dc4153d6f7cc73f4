#pragma once

// Private to storage: opening a store that somebody else made.

#include <filesystem>

#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// A connection that only reads, to a file that is not trusted. Before it is given out: its schema is, object by
/// object, the one that this program's migrations make (no view, trigger, virtual table or generated column can stand
/// in for a table), SQLite finds the file whole and every column of the declared type, and what it unpacks to stays
/// within bounds that honest stores do not come near. Cost: one pass over the file.
/// Errors: corrupt (says what is wrong), limitExceeded, unsupportedVersion (of a newer program), notFound, io.
[[nodiscard]] support::Result<sqlite::Database> openForeignStore(const std::filesystem::path& path);

}  // namespace turntable::storage
