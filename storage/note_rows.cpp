#include "storage/note_rows.h"

#include <string>

#include "storage/seal.h"

namespace turntable::storage {

using model::Note;
using sqlite::Database;
using support::Error;
using support::ErrorCode;
using support::NoteId;
using support::Result;
using support::SessionId;
using support::Status;

Result<NoteId> insertNote(Database& database, const Note& note) {
    if (note.turn) {
        auto select = database.prepare("SELECT 1 FROM turn WHERE id = ?1 AND session_id = ?2");
        if (!select) return select.error();
        const auto found = select->bind(1, note.turn->value).bind(2, note.session.value).step();
        if (!found) return found.error();
        if (!*found) {
            return Error{ErrorCode::notFound, database.path() + ": session " + std::to_string(note.session.value) +
                                                  " has no turn row " + std::to_string(note.turn->value)};
        }
    }
    auto insert = database.prepare("INSERT INTO note(session_id, turn_id, written_ns, text) VALUES (?1, ?2, ?3, ?4)");
    if (!insert) return insert.error();
    insert->bind(1, note.session.value).bind(2, note.turn ? std::optional(note.turn->value) : std::nullopt);
    insert->bind(3, std::int64_t{note.written.time_since_epoch().count()}).bindText(4, note.text);
    if (auto done = insert->run(); !done) return done.error();
    const NoteId id{database.lastInsertId()};
    if (auto sealed = sealRow(database, Sealed::note, id.value); !sealed) return sealed.error();
    return id;
}

Status deleteNote(Database& database, NoteId id) {
    auto remove = database.prepare("DELETE FROM note WHERE id = ?1");
    if (!remove) return remove.error();
    if (auto done = remove->bind(1, id.value).run(); !done) return done;
    if (database.changes() > 0) return {};
    return Error{ErrorCode::notFound, database.path() + ": no note " + std::to_string(id.value)};
}

Result<std::vector<Note>> readNotes(Database& database, SessionId session) {
    auto select = database.prepare(
        "SELECT id, turn_id, written_ns, text FROM note WHERE session_id = ?1 ORDER BY written_ns, id");
    if (!select) return select.error();
    select->bind(1, session.value);
    std::vector<Note> notes;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return notes;
        Note note;
        note.id = {select->integer(0)};
        note.session = session;
        if (const auto turn = select->maybeInteger(1)) note.turn = support::TurnId{*turn};
        note.written = support::WallTime(support::Nanoseconds(select->integer(2)));
        note.text = select->text(3);
        notes.push_back(std::move(note));
    }
}

}  // namespace turntable::storage
