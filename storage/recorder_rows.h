#pragma once

// Private to storage: the rows of `recorder`.

#include <string>
#include <vector>

#include "storage/sqlite/database.h"
#include "storage/support/result.h"
#include "storage/trace_writer.h"

namespace turntable::storage {

/// Inside a write transaction, the first three. `record.id` is ignored. Errors: notFound, the database's.
[[nodiscard]] support::Result<support::RecorderId> insertRecorder(sqlite::Database& database,
                                                                  const RecorderRecord& record);
[[nodiscard]] support::Status updateRecorderUpstream(sqlite::Database& database, support::RecorderId id,
                                                     const std::string& upstream);
/// Writes the end, and takes out the token: it steers a running recorder only.
[[nodiscard]] support::Status endRecorderRow(sqlite::Database& database, support::RecorderId id);

/// Every recorder that has not ended in order, oldest first.
[[nodiscard]] support::Result<std::vector<RecorderRecord>> readUnendedRecorders(sqlite::Database& database);

/// Whether the process that the row names runs on this machine; false when there is no such row or it has ended.
[[nodiscard]] support::Result<bool> recorderIsRunning(sqlite::Database& database, support::RecorderId id);

/// The open turns whose recorder is gone.
[[nodiscard]] support::Result<std::vector<support::TurnId>> tornTurns(sqlite::Database& database);

}  // namespace turntable::storage
