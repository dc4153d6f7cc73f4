#include "storage/care/remove.h"

#include <optional>

#include "storage/care/part_uses.h"
#include "storage/care/space.h"
#include "storage/care/unused.h"
#include "storage/prompt_store.h"
#include "storage/recorder_rows.h"
#include "storage/seal.h"
#include "storage/session_rows.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"

namespace turntable::care {

using model::Session;
using sqlite::Database;
using sqlite::Transaction;
using storage::Sealed;
using support::Error;
using support::ErrorCode;
using support::RecorderId;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

namespace {

Result<std::vector<std::int64_t>> idsWhere(Database& database, std::string_view sql, std::int64_t parameter) {
    auto select = database.prepare(sql);
    if (!select) return select.error();
    select->bind(1, parameter);
    std::vector<std::int64_t> ids;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return ids;
        ids.push_back(select->integer(0));
    }
}

Result<std::vector<Session>> sessionsWhere(Database& database, std::string_view tail, SessionId id) {
    auto select = database.prepare(storage::selectSessions(tail, storage::kSchemaVersion));
    if (!select) return select.error();
    select->bind(1, id.value);
    return storage::readSessions(database, *select);
}

// Why a session cannot go now: who records it keeps its turns in mind, and who replays it links to them.
Result<std::string> refusalFor(Database& database, SessionId session) {
    const auto recorders = idsWhere(database,
                                    "SELECT DISTINCT recorder_id FROM turn WHERE recorder_id IS NOT NULL AND "
                                    "session_id IN (SELECT id FROM session WHERE id = ?1 OR source_session = ?1)",
                                    session.value);
    if (!recorders) return recorders.error();
    for (const std::int64_t recorder : *recorders) {
        const auto running = storage::recorderIsRunning(database, RecorderId{recorder});
        if (!running) return running.error();
        if (!*running) continue;
        const auto pid = database.integer("SELECT pid FROM recorder WHERE id = " + std::to_string(recorder));
        if (!pid) return pid.error();
        return "it is being recorded or replayed now, by process " + std::to_string(*pid) + ": end that first";
    }
    return std::string();
}

// Turns of other sessions whose prompt is stored as what is new after a turn that goes.
Status rebaseBorrowers(Database& database, SessionId session) {
    const auto borrowers = idsWhere(
        database,
        "SELECT request.turn_id FROM turn JOIN request ON request.base_turn = turn.id JOIN turn AS borrower ON "
        "borrower.id = request.turn_id WHERE turn.session_id = ?1 AND borrower.session_id <> ?1 ORDER BY 1",
        session.value);
    if (!borrowers) return borrowers.error();
    storage::PartStore parts(database);
    storage::PromptStore prompts(database, parts);
    for (const std::int64_t borrower : *borrowers) {
        // The turns before it in its own session, its parent first.
        const auto candidates = idsWhere(
            database,
            "SELECT other.id FROM turn JOIN turn AS other ON other.session_id = turn.session_id AND other.id < turn.id "
            "WHERE turn.id = ?1 ORDER BY other.id = turn.parent_turn DESC, other.number DESC LIMIT 3",
            borrower);
        if (!candidates) return candidates.error();
        std::vector<TurnId> bases;
        for (const std::int64_t candidate : *candidates) bases.push_back({candidate});
        if (auto done = prompts.rebase(TurnId{borrower}, bases); !done) return done;
        if (auto sealed = storage::sealRow(database, Sealed::turn, borrower); !sealed) return sealed;
    }
    return {};
}

Status removeRows(Database& database, SessionId session) {
    // What will lose a link, by the foreign keys' ON DELETE SET NULL, and so needs a new seal.
    const auto turns = idsWhere(database,
                                "SELECT other.id FROM turn JOIN turn AS other ON other.parent_turn = turn.id OR "
                                "other.source_turn = turn.id WHERE turn.session_id = ?1 AND other.session_id <> ?1 "
                                "GROUP BY other.id",
                                session.value);
    if (!turns) return turns.error();
    const auto runs = idsWhere(database, "SELECT id FROM session WHERE source_session = ?1", session.value);
    if (!runs) return runs.error();
    auto remove = database.prepare("DELETE FROM session WHERE id = ?1");
    if (!remove) return remove.error();
    if (auto done = remove->bind(1, session.value).run(); !done) return done;
    for (const std::int64_t turn : *turns) {
        if (auto sealed = storage::sealRow(database, Sealed::turn, turn); !sealed) return sealed;
    }
    for (const std::int64_t run : *runs) {
        if (auto sealed = storage::sealRow(database, Sealed::session, run); !sealed) return sealed;
    }
    return {};
}

/// One session, one transaction. Gives the number of turns that went.
Result<std::int64_t> removeSession(Database& database, SessionId session) {
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    std::int64_t turns = 0;
    {
        const auto found = sessionsWhere(database, "WHERE id = ?1", session);
        if (!found) return found.error();
        if (found->empty()) {
            return Error{ErrorCode::notFound, database.path() + ": no session " + std::to_string(session.value)};
        }
        turns = found->front().turns;
        const auto refusal = refusalFor(database, session);
        if (!refusal) return refusal.error();
        if (!refusal->empty()) {
            return Error{ErrorCode::busy, "session '" + found->front().name + "' cannot be deleted: " + *refusal};
        }
    }
    if (auto done = rebaseBorrowers(database, session); !done) return done.error();
    if (auto done = removeRows(database, session); !done) return done.error();
    if (auto done = transaction->commit(); !done) return done.error();
    return turns;
}

}  // namespace

Result<std::vector<RemovalPlan>> planRemoval(const std::filesystem::path& path, std::span<const SessionId> sessions,
                                             const Watch& watch) {
    if (auto prepared = storage::prepareStore(path); !prepared) return prepared.error();
    auto database = storage::openStoreForReading(path);
    if (!database) return database.error();
    auto moment = Transaction::begin(*database, Transaction::Kind::read);
    if (!moment) return moment.error();
    auto shares = SessionShares::read(*database, watch);
    if (!shares) return shares.error();
    std::vector<RemovalPlan> plans;
    for (const SessionId session : sessions) {
        auto found = sessionsWhere(*database, "WHERE id = ?1", session);
        if (!found) return found.error();
        if (found->empty()) {
            return Error{ErrorCode::notFound, database->path() + ": no session " + std::to_string(session.value)};
        }
        RemovalPlan plan;
        plan.session = std::move(found->front());
        auto runs = sessionsWhere(*database, "WHERE source_session = ?1 ORDER BY id", session);
        if (!runs) return runs.error();
        plan.runs = std::move(*runs);
        const auto notes = idsWhere(*database, "SELECT id FROM note WHERE session_id = ?1", session.value);
        if (!notes) return notes.error();
        plan.notes = static_cast<std::int64_t>(notes->size());
        auto refusal = refusalFor(*database, session);
        if (!refusal) return refusal.error();
        plan.refusal = std::move(*refusal);
        if (plan.refusal.empty()) {
            const auto share = shares->take(session);
            plan.parts = share.parts;
            plan.storedBytes = share.storedBytes;
        }
        plans.push_back(std::move(plan));
    }
    return plans;
}

Result<Removed> removeSessions(const std::filesystem::path& path, std::span<const SessionId> sessions,
                               const Watch& watch) {
    auto database = storage::openStoreForWriting(path);
    if (!database) return database.error();
    Removed removed;
    std::optional<Error> failed;
    for (const SessionId session : sessions) {
        if (watch.stop.stop_requested()) failed = Error{ErrorCode::cancelled, "stopped before all were deleted"};
        if (failed) break;
        watch.tell("sessions", removed.sessions, static_cast<std::int64_t>(sessions.size()));
        const auto turns = removeSession(*database, session);
        if (!turns) {
            failed = turns.error();
            break;
        }
        ++removed.sessions;
        removed.turns += *turns;
    }
    // What has gone so far leaves no waste behind, whatever stopped the rest.
    const Watch quiet{watch.report, {}};
    const auto parts = removeUnusedParts(*database, quiet);
    if (!parts) return failed ? *failed : parts.error();
    removed.parts = parts->parts;
    removed.storedBytes = parts->storedBytes;
    const auto given = giveBackSpace(*database, watch);
    if (failed) return *failed;
    if (!given) return given.error();
    removed.givenBack = *given;
    return removed;
}

}  // namespace turntable::care
