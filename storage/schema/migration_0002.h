#pragma once

#include <string_view>

namespace turntable::storage {

/// Version 1 to 2: sessions that can be told apart across stores, rows whose damage can be found, notes, dictionaries,
/// and a smaller index over the parts. What has a `seal` gets one from `sealEverything`, right after these statements.
/// A session of an older store gets an id made of the store's salt and its number, so that two copies of one file
/// still agree on it.
inline constexpr std::string_view kMigration0002 = R"sql(
CREATE TABLE part_of_version_2 (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256  BLOB NOT NULL,
    kind    INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    codec   INTEGER NOT NULL,
    base_id INTEGER REFERENCES part(id),
    depth   INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
INSERT INTO part_of_version_2 SELECT id, sha256, kind, size, codec, base_id, depth, content FROM part;
DROP TABLE part;
ALTER TABLE part_of_version_2 RENAME TO part;
CREATE INDEX part_by_hash ON part(substr(sha256, 1, 8));

CREATE TABLE dictionary (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    INTEGER NOT NULL,
    made_ns INTEGER NOT NULL,
    sha256  BLOB NOT NULL,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE note (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    turn_id    INTEGER REFERENCES turn(id) ON DELETE CASCADE,
    written_ns INTEGER NOT NULL,
    text       TEXT NOT NULL,
    seal       INTEGER
) STRICT;
CREATE INDEX note_by_session ON note(session_id);
CREATE INDEX note_by_turn ON note(turn_id) WHERE turn_id IS NOT NULL;

ALTER TABLE session ADD COLUMN uid BLOB;
UPDATE session SET uid = CAST((SELECT hex(salt) FROM store) || printf('%016x', id) AS BLOB);
CREATE INDEX session_by_uid ON session(uid);

ALTER TABLE request ADD COLUMN recipe_depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN headers BLOB;
ALTER TABLE response ADD COLUMN headers BLOB;

ALTER TABLE store ADD COLUMN seal INTEGER;
ALTER TABLE session ADD COLUMN seal INTEGER;
ALTER TABLE recorder ADD COLUMN seal INTEGER;
ALTER TABLE turn ADD COLUMN seal INTEGER;
ALTER TABLE gap_mark ADD COLUMN seal INTEGER;
)sql";

}  // namespace turntable::storage
