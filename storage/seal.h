#pragma once

// Private to storage: check sums over rows, so that damage to a figure or a name is found and not believed.

#include <array>
#include <cstdint>
#include <string_view>

#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// The tables whose rows carry a `seal`. Bodies, trees and arrivals have hashes of their own; the seal of a turn also
/// covers its rows in `action`, `request`, `response` and `turn_file`.
enum class Sealed { store, session, recorder, turn, gapMark, note };
inline constexpr std::array kSealedTables = {Sealed::store, Sealed::session, Sealed::recorder,
                                             Sealed::turn,  Sealed::gapMark, Sealed::note};
[[nodiscard]] std::string_view tableName(Sealed table);

/// The seal that the row should have: the first eight bytes of a SHA-256 over names and values of all its columns but
/// `seal`, as a number. docs/trace-format.md has the encoding. Errors: notFound, the database's.
[[nodiscard]] support::Result<std::int64_t> sealOf(sqlite::Database& database, Sealed table, std::int64_t id);

/// Writes the seal of a row that has just been written. Inside the transaction that wrote it.
[[nodiscard]] support::Status sealRow(sqlite::Database& database, Sealed table, std::int64_t id);

/// Seals every row of every table anew: after a migration. Inside its transaction.
[[nodiscard]] support::Status sealEverything(sqlite::Database& database);

}  // namespace turntable::storage
