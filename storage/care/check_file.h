#pragma once

// Private to storage/care: what can be said of a store without looking into its contents.

#include "storage/care/findings.h"
#include "storage/care/progress.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

/// The numbers in the file's header and in `store`. Gives the schema version to check the rest by; a version that
/// cannot be true is a finding, and the version that the tables have is given. Errors: unsupportedVersion; those that
/// are no findings.
[[nodiscard]] support::Result<int> checkHeader(sqlite::Database& database, Findings& findings);

/// The schema version that the tables themselves have, whatever the header says.
[[nodiscard]] int versionByTables(sqlite::Database& database);

/// SQLite's own checks of pages, indexes and references.
[[nodiscard]] support::Status checkPages(sqlite::Database& database, Findings& findings, const Watch& watch);

/// The schema against that of a new store of the version, text by text.
[[nodiscard]] support::Status checkSchema(sqlite::Database& database, int version, Findings& findings);

/// That no table can give an id out twice.
[[nodiscard]] support::Status checkSequences(sqlite::Database& database, Findings& findings);

/// The seals of every row but the turns', and the dictionaries against their hashes.
[[nodiscard]] support::Status checkSmallRows(sqlite::Database& database, Findings& findings);

}  // namespace turntable::care
