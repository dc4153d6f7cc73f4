#pragma once

// Private to storage: the rows of `note`.

#include <vector>

#include "storage/model/note.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Inside a write transaction. `note.id` is ignored. Errors: notFound (no such session or turn, or a turn of another
/// session), the database's.
[[nodiscard]] support::Result<support::NoteId> insertNote(sqlite::Database& database, const model::Note& note);

/// Inside a write transaction. Errors: notFound.
[[nodiscard]] support::Status deleteNote(sqlite::Database& database, support::NoteId id);

/// Of a session and its turns, oldest first.
[[nodiscard]] support::Result<std::vector<model::Note>> readNotes(sqlite::Database& database,
                                                                  support::SessionId session);

}  // namespace turntable::storage
