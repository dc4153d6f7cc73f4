#include "storage/recorder_rows.h"

#include <optional>

#include "storage/seal.h"
#include "storage/support/clock.h"
#include "storage/support/process.h"

namespace turntable::storage {

using sqlite::Database;
using support::Error;
using support::ErrorCode;
using support::RecorderId;
using support::Result;
using support::Status;
using support::TurnId;

namespace {

std::int64_t nowNs() { return support::SystemClock().wallNow().time_since_epoch().count(); }

Status sealChanged(Database& database, RecorderId id) {
    if (database.changes() > 0) return sealRow(database, Sealed::recorder, id.value);
    return Error{ErrorCode::notFound, database.path() + ": no recorder " + std::to_string(id.value)};
}

}  // namespace

Result<RecorderId> insertRecorder(Database& database, const RecorderRecord& record) {
    auto insert = database.prepare(
        "INSERT INTO recorder(pid, start_mark, listen, upstream, control_token, started_ns) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return insert.error();
    insert->bind(1, record.process.pid)
        .bindText(2, record.process.startMark)
        .bindText(3, record.listen)
        .bindText(4, record.upstream)
        .bindText(5, record.controlToken)
        .bind(6, nowNs());
    if (auto done = insert->run(); !done) return done.error();
    const RecorderId id{database.lastInsertId()};
    if (auto sealed = sealRow(database, Sealed::recorder, id.value); !sealed) return sealed.error();
    return id;
}

Status updateRecorderUpstream(Database& database, RecorderId id, const std::string& upstream) {
    auto update = database.prepare("UPDATE recorder SET upstream = ?2 WHERE id = ?1");
    if (!update) return update.error();
    if (auto done = update->bind(1, id.value).bindText(2, upstream).run(); !done) return done;
    return sealChanged(database, id);
}

Status endRecorderRow(Database& database, RecorderId id) {
    auto update = database.prepare("UPDATE recorder SET ended_ns = ?2, control_token = '' WHERE id = ?1");
    if (!update) return update.error();
    if (auto done = update->bind(1, id.value).bind(2, nowNs()).run(); !done) return done;
    return sealChanged(database, id);
}

Result<std::vector<RecorderRecord>> readUnendedRecorders(Database& database) {
    auto select = database.prepare(
        "SELECT id, pid, start_mark, listen, upstream, control_token FROM recorder WHERE ended_ns IS NULL ORDER BY id");
    if (!select) return select.error();
    std::vector<RecorderRecord> recorders;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return recorders;
        recorders.push_back({{select->integer(0)},
                             {select->integer(1), select->text(2)},
                             select->text(3),
                             select->text(4),
                             select->text(5)});
    }
}

Result<bool> recorderIsRunning(Database& database, RecorderId id) {
    if (!id.valid()) return false;
    auto select = database.prepare("SELECT pid, start_mark FROM recorder WHERE id = ?1 AND ended_ns IS NULL");
    if (!select) return select.error();
    const auto found = select->bind(1, id.value).step();
    if (!found) return found.error();
    if (!*found) return false;
    return support::isRunning({select->integer(0), select->text(1)});
}

Result<std::vector<TurnId>> tornTurns(Database& database) {
    auto select = database.prepare("SELECT id, recorder_id FROM turn WHERE status = 0 ORDER BY recorder_id");
    if (!select) return select.error();
    std::vector<TurnId> torn;
    std::optional<RecorderId> recorder;
    bool running = false;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return torn;
        const RecorderId owner{select->maybeInteger(1).value_or(0)};
        if (owner != recorder) {
            const auto alive = recorderIsRunning(database, owner);
            if (!alive) return alive.error();
            running = *alive;
            recorder = owner;
        }
        if (!running) torn.push_back({select->integer(0)});
    }
}

}  // namespace turntable::storage
