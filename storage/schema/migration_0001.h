#pragma once

#include <string_view>

namespace turntable::storage {

/// Version 0 (an empty file) to 1. Never edited after a release: what comes later is a migration of its own.
/// docs/trace-format.md says what every column means. Times are nanoseconds, sizes bytes, enumerations small integers.
inline constexpr std::string_view kMigration0001 = R"sql(
CREATE TABLE store (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    readable_from INTEGER NOT NULL,
    created_ns    INTEGER NOT NULL,
    salt          BLOB NOT NULL
) STRICT;

CREATE TABLE part (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256  BLOB NOT NULL UNIQUE,
    kind    INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    codec   INTEGER NOT NULL,
    base_id INTEGER REFERENCES part(id),
    depth   INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE session (
    id                    INTEGER PRIMARY KEY AUTOINCREMENT,
    name                  TEXT NOT NULL,
    mode                  INTEGER NOT NULL,
    simulated             INTEGER NOT NULL,
    started_ns            INTEGER NOT NULL,
    model                 TEXT NOT NULL,
    endpoint              TEXT NOT NULL,
    source_session        INTEGER REFERENCES session(id) ON DELETE SET NULL,
    note                  TEXT NOT NULL,
    identity_server_kind  TEXT,
    identity_name         TEXT,
    identity_quantization TEXT,
    identity_context      INTEGER,
    identity_parameters   INTEGER,
    identity_build        TEXT,
    identity_template     TEXT
) STRICT;
CREATE INDEX session_by_start ON session(started_ns);
CREATE INDEX session_by_source ON session(source_session) WHERE source_session IS NOT NULL;

CREATE TABLE recorder (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    pid           INTEGER NOT NULL,
    start_mark    TEXT NOT NULL,
    listen        TEXT NOT NULL,
    upstream      TEXT NOT NULL,
    control_token TEXT NOT NULL,
    started_ns    INTEGER NOT NULL,
    ended_ns      INTEGER
) STRICT;

CREATE TABLE turn (
    id                       INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id               INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    number                   INTEGER NOT NULL,
    recorder_id              INTEGER REFERENCES recorder(id) ON DELETE SET NULL,
    status                   INTEGER NOT NULL,
    api                      INTEGER NOT NULL,
    streaming                INTEGER NOT NULL,
    started_ns               INTEGER NOT NULL,
    parent_turn              INTEGER REFERENCES turn(id) ON DELETE SET NULL,
    source_turn              INTEGER REFERENCES turn(id) ON DELETE SET NULL,
    target                   TEXT NOT NULL,
    requested_model          TEXT NOT NULL,
    answered_model           TEXT NOT NULL,
    http_status              INTEGER,
    stop_reason              TEXT NOT NULL,
    error                    TEXT NOT NULL,
    request_bytes            INTEGER NOT NULL,
    response_bytes           INTEGER NOT NULL,
    tokens_system            INTEGER,
    basis_system             INTEGER NOT NULL,
    tokens_tools             INTEGER,
    basis_tools              INTEGER NOT NULL,
    tokens_history           INTEGER,
    basis_history            INTEGER NOT NULL,
    tokens_screen            INTEGER,
    basis_screen             INTEGER NOT NULL,
    tokens_user              INTEGER,
    basis_user               INTEGER NOT NULL,
    tokens_other             INTEGER,
    basis_other              INTEGER NOT NULL,
    tokens_input             INTEGER,
    basis_input              INTEGER NOT NULL,
    tokens_cached            INTEGER,
    basis_cached             INTEGER NOT NULL,
    tokens_output            INTEGER,
    basis_output             INTEGER NOT NULL,
    queue_ns                 INTEGER,
    prefill_ns               INTEGER,
    decode_ns                INTEGER,
    gap_ns                   INTEGER,
    tool_ns                  INTEGER,
    total_ns                 INTEGER,
    time_source              INTEGER NOT NULL,
    wire_connected_ns        INTEGER,
    wire_headers_ns          INTEGER,
    wire_first_byte_ns       INTEGER,
    wire_first_content_ns    INTEGER,
    wire_last_byte_ns        INTEGER,
    server_prompt_tokens     INTEGER,
    server_cached_tokens     INTEGER,
    server_predicted_tokens  INTEGER,
    server_queue_ns          INTEGER,
    server_load_ns           INTEGER,
    server_prefill_ns        INTEGER,
    server_decode_ns         INTEGER,
    screen_id                INTEGER REFERENCES part(id),
    screen_elements          INTEGER,
    screen_elements_seen     INTEGER,
    screen_truncation        INTEGER,
    screen_truncation_reason TEXT,
    screen_carrier           INTEGER,
    screen_format            INTEGER,
    screen_application       TEXT,
    screen_location          TEXT,
    screen_note              TEXT,
    reply_text               TEXT NOT NULL,
    UNIQUE (session_id, number)
) STRICT;
CREATE INDEX turn_by_parent ON turn(parent_turn) WHERE parent_turn IS NOT NULL;
CREATE INDEX turn_by_source ON turn(source_turn) WHERE source_turn IS NOT NULL;
CREATE INDEX turn_open ON turn(recorder_id) WHERE status = 0;

CREATE TABLE action (
    turn_id        INTEGER NOT NULL REFERENCES turn(id) ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    call_id        TEXT NOT NULL,
    tool           TEXT NOT NULL,
    arguments      TEXT NOT NULL,
    valid          INTEGER NOT NULL,
    invalid_reason TEXT NOT NULL,
    target         INTEGER,
    target_role    TEXT NOT NULL,
    target_text    TEXT NOT NULL,
    PRIMARY KEY (turn_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    turn_id      INTEGER PRIMARY KEY REFERENCES turn(id) ON DELETE CASCADE,
    sha256       BLOB NOT NULL,
    size         INTEGER NOT NULL,
    base_turn    INTEGER REFERENCES request(turn_id),
    shared_head  INTEGER NOT NULL,
    shared_tail  INTEGER NOT NULL,
    entries_size INTEGER NOT NULL,
    codec        INTEGER NOT NULL,
    entries      BLOB NOT NULL,
    headers_part INTEGER REFERENCES part(id)
) STRICT;
CREATE INDEX request_by_base ON request(base_turn) WHERE base_turn IS NOT NULL;

CREATE TABLE response (
    turn_id      INTEGER PRIMARY KEY REFERENCES turn(id) ON DELETE CASCADE,
    sha256       BLOB NOT NULL,
    body_part    INTEGER REFERENCES part(id),
    headers_part INTEGER REFERENCES part(id),
    arrivals     BLOB
) STRICT;

CREATE TABLE turn_file (
    turn_id  INTEGER NOT NULL REFERENCES turn(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path     TEXT NOT NULL,
    part_id  INTEGER NOT NULL REFERENCES part(id),
    PRIMARY KEY (turn_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap_mark (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER REFERENCES session(id) ON DELETE CASCADE,
    at_ns      INTEGER NOT NULL,
    reason     TEXT NOT NULL
) STRICT;
CREATE INDEX gap_mark_by_session ON gap_mark(session_id);
)sql";

}  // namespace turntable::storage
