#pragma once

// Private to storage: opening a file as a store, with every check that this takes.

#include <filesystem>
#include <string>

#include "storage/sqlite/database.h"
#include "storage/support/result.h"
#include "storage/trace_store.h"

namespace turntable::storage {

/// "Turn" in ASCII, in the header of every store (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x5475726E;

/// A connection that only reads. Errors: notFound, corrupt (not a store), unsupportedVersion, io.
[[nodiscard]] support::Result<sqlite::Database> openStoreForReading(const std::filesystem::path& path);

/// A connection that writes, to a store of exactly this program's version; makes or migrates it first. Errors: those of
/// `prepareStore`; unsupportedVersion also when the store is newer and only readable.
[[nodiscard]] support::Result<sqlite::Database> openStoreForWriting(const std::filesystem::path& path);

/// The random bytes that a store was made with. Errors: corrupt, the database's.
[[nodiscard]] support::Result<std::string> readSalt(sqlite::Database& database);

}  // namespace turntable::storage
