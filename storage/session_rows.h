#pragma once

// Private to storage: sessions and recorders as rows.

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/session.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// `SELECT …` with the columns that `readSessions` expects, for a store of `schemaVersion`; `tail` begins with WHERE or
/// ORDER BY.
[[nodiscard]] std::string selectSessions(std::string_view tail, int schemaVersion);
/// Errors: corrupt (an impossible mode), the database's.
[[nodiscard]] support::Result<std::vector<model::Session>> readSessions(sqlite::Database& database,
                                                                        sqlite::Statement& select);

[[nodiscard]] support::Result<support::SessionId> insertSession(sqlite::Database& database,
                                                                const model::Session& session);
/// Writes model, endpoint, identity, note and simulated. notFound when there is no such session.
[[nodiscard]] support::Status updateSessionRow(sqlite::Database& database, const model::Session& session);

/// At most `limit` of `names`, those that resemble `wanted` most first.
[[nodiscard]] std::vector<std::string> closestNames(std::string_view wanted, std::vector<std::string> names,
                                                    std::size_t limit);

}  // namespace turntable::storage
