#pragma once

// Private to storage: turns and their actions as rows.

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/turn.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/statement.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// `SELECT … FROM turn` with the columns that `readTurns` expects, followed by `tail` ("WHERE …").
[[nodiscard]] std::string selectTurns(std::string_view tail);

/// Every row of a bound `selectTurns` statement, without actions. Open turns whose recorder is gone are interrupted
/// ones. Errors: corrupt (a number that names no value of its enumeration), the database's.
[[nodiscard]] support::Result<std::vector<model::Turn>> readTurns(sqlite::Database& database,
                                                                  sqlite::Statement& select);

/// Fills in the actions of `turns`. `select` gives the columns of `selectActions`, bound.
[[nodiscard]] std::string selectActions(std::string_view tail);
[[nodiscard]] support::Status attachActions(sqlite::Statement& select, std::vector<model::Turn>& turns);
/// The same, turn by turn, for turns that have nothing in common.
[[nodiscard]] support::Status attachActions(sqlite::Database& database, std::vector<model::Turn>& turns);

/// Adds a row without actions; gives its id.
[[nodiscard]] support::Result<support::TurnId> insertTurn(sqlite::Database& database, const model::Turn& turn,
                                                          support::RecorderId recorder);
/// Rewrites every column but id, session, number and recorder, and the actions. notFound when there is no such turn.
[[nodiscard]] support::Status updateTurn(sqlite::Database& database, const model::Turn& turn);

/// What an open turn says once its recorder is known to be gone.
inline constexpr std::string_view kInterruptedError = "the recorder ended before the reply did";

}  // namespace turntable::storage
