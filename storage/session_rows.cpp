#include "storage/session_rows.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

#include "storage/seal.h"

namespace turntable::storage {

using model::ModelIdentity;
using model::Session;
using model::SessionMode;
using sqlite::Database;
using sqlite::Statement;
using support::Error;
using support::ErrorCode;
using support::Nanoseconds;
using support::Result;
using support::SessionId;
using support::Status;
using support::WallTime;

namespace {

std::optional<ModelIdentity> readIdentity(const Statement& row, int first) {
    if (row.isNull(first)) return std::nullopt;
    ModelIdentity identity;
    identity.serverKind = row.text(first);
    identity.name = row.text(first + 1);
    identity.quantization = row.text(first + 2);
    identity.contextTokens = row.maybeInteger(first + 3);
    identity.parameters = row.maybeInteger(first + 4);
    identity.build = row.text(first + 5);
    identity.templateHash = row.text(first + 6);
    return identity;
}

// All NULL when nothing is known; a known identity has a text, maybe an empty one, in every text column.
void bindIdentity(Statement& statement, int first, const std::optional<ModelIdentity>& identity) {
    if (!identity) return;
    statement.bindText(first, identity->serverKind)
        .bindText(first + 1, identity->name)
        .bindText(first + 2, identity->quantization)
        .bind(first + 3, identity->contextTokens)
        .bind(first + 4, identity->parameters)
        .bindText(first + 5, identity->build)
        .bindText(first + 6, identity->templateHash);
}

// Edit distance (Levenshtein 1966), letters compared without case; a name that contains the other is close.
std::size_t distance(std::string_view left, std::string_view right) {
    const auto lower = [](char letter) { return std::tolower(static_cast<unsigned char>(letter)); };
    const auto same = [lower](char a, char b) { return lower(a) == lower(b); };
    const auto inside = std::search(right.begin(), right.end(), left.begin(), left.end(), same);
    if (!left.empty() && inside != right.end()) return 0;
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (same(left[i], right[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string selectSessions(std::string_view tail, int schemaVersion) {
    // What the migration to version 2 would write.
    const std::string uid =
        schemaVersion >= 2 ? "uid" : "CAST((SELECT hex(salt) FROM store) || printf('%016x', id) AS BLOB)";
    // What the replies name counts more than what the caller wrote, and that more than what the requests asked for.
    return "SELECT id, name, mode, simulated, started_ns, "
           "(SELECT count(*) FROM turn WHERE turn.session_id = session.id), "
           "coalesce((SELECT answered_model FROM turn WHERE turn.session_id = session.id AND answered_model <> '' "
           "ORDER BY number DESC LIMIT 1), nullif(model, ''), "
           "(SELECT requested_model FROM turn WHERE turn.session_id = session.id AND requested_model <> '' "
           "ORDER BY number DESC LIMIT 1), ''), "
           "endpoint, source_session, note, identity_server_kind, identity_name, identity_quantization, "
           "identity_context, identity_parameters, identity_build, identity_template, " +
           uid + " FROM session " + std::string(tail);
}

Result<std::vector<Session>> readSessions(Database& database, Statement& select) {
    std::vector<Session> sessions;
    for (;;) {
        const auto found = select.step();
        if (!found) return found.error();
        if (!*found) return sessions;
        Session session;
        session.id = {select.integer(0)};
        session.name = select.text(1);
        const std::int64_t mode = select.integer(2);
        if (mode < 0 || mode > static_cast<std::int64_t>(SessionMode::live)) {
            return Error{ErrorCode::corrupt, database.path() + ": session " + std::to_string(session.id.value) +
                                                 ": impossible value in mode"};
        }
        session.mode = static_cast<SessionMode>(mode);
        session.simulated = select.integer(3) != 0;
        session.started = WallTime(Nanoseconds(select.integer(4)));
        session.turns = select.integer(5);
        session.model = select.text(6);
        session.endpoint = select.text(7);
        if (const auto source = select.maybeInteger(8)) session.source = SessionId{*source};
        session.note = select.text(9);
        session.identity = readIdentity(select, 10);
        session.uid = select.blob(17);
        sessions.push_back(std::move(session));
    }
}

Result<SessionId> insertSession(Database& database, const Session& session) {
    auto insert = database.prepare(
        "INSERT INTO session(name, mode, simulated, started_ns, model, endpoint, source_session, note, "
        "identity_server_kind, identity_name, identity_quantization, identity_context, identity_parameters, "
        "identity_build, identity_template, uid) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, coalesce(?16, randomblob(16)))");
    if (!insert) return insert.error();
    insert->bindText(1, session.name.empty() ? support::formatUtc(session.started) : session.name)
        .bind(2, static_cast<std::int64_t>(session.mode))
        .bind(3, std::int64_t{session.simulated ? 1 : 0})
        .bind(4, session.started.time_since_epoch().count())
        .bindText(5, session.model)
        .bindText(6, session.endpoint)
        .bind(7, session.source ? std::optional(session.source->value) : std::nullopt)
        .bindText(8, session.note);
    bindIdentity(*insert, 9, session.identity);
    if (!session.uid.empty()) insert->bindBlob(16, session.uid);
    if (auto done = insert->run(); !done) return done.error();
    const SessionId id{database.lastInsertId()};
    if (auto sealed = sealRow(database, Sealed::session, id.value); !sealed) return sealed.error();
    return id;
}

Status updateSessionRow(Database& database, const Session& session) {
    auto update = database.prepare(
        "UPDATE session SET model = ?2, endpoint = ?3, note = ?4, simulated = ?5, identity_server_kind = ?6, "
        "identity_name = ?7, identity_quantization = ?8, identity_context = ?9, identity_parameters = ?10, "
        "identity_build = ?11, identity_template = ?12 WHERE id = ?1");
    if (!update) return update.error();
    update->bind(1, session.id.value)
        .bindText(2, session.model)
        .bindText(3, session.endpoint)
        .bindText(4, session.note)
        .bind(5, std::int64_t{session.simulated ? 1 : 0});
    bindIdentity(*update, 6, session.identity);
    if (auto done = update->run(); !done) return done;
    if (database.changes() > 0) return sealRow(database, Sealed::session, session.id.value);
    return Error{ErrorCode::notFound, database.path() + ": no session " + std::to_string(session.id.value)};
}

std::vector<std::string> closestNames(std::string_view wanted, std::vector<std::string> names, std::size_t limit) {
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (auto& name : names) {
        const bool known =
            std::any_of(ranked.begin(), ranked.end(), [&name](const auto& entry) { return entry.second == name; });
        if (!known) ranked.emplace_back(distance(wanted, name), std::move(name));
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    std::vector<std::string> closest;
    for (auto& entry : ranked) {
        if (closest.size() == limit) break;
        closest.push_back(std::move(entry.second));
    }
    return closest;
}

}  // namespace turntable::storage
