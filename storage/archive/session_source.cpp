#include "storage/archive/session_source.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "storage/archive/foreign_store.h"
#include "storage/arrival_codec.h"
#include "storage/compression/zstandard.h"
#include "storage/note_rows.h"
#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/screen_codec.h"
#include "storage/seal.h"
#include "storage/session_rows.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "storage/turn_rows.h"

namespace turntable::storage {

using model::Session;
using sqlite::Database;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

struct SessionSource::State {
    State(Database opened, int version, Trust whose)
        : database(std::move(opened)),
          schemaVersion(version),
          trust(whose),
          parts(database),
          prompts(database, parts),
          headerStore(parts) {}

    Status checkSeal(Sealed table, std::int64_t id);
    Result<std::string> maybePart(std::optional<std::int64_t> id);
    Result<std::optional<ReplyContent>> reply(TurnId turn);
    Result<std::vector<LinkedFile>> files(TurnId turn);
    Status fillRow(TurnContent& content, TurnId turn);
    Status fillBytes(TurnContent& content);

    Database database;
    int schemaVersion;
    Trust trust;
    PartStore parts;
    PromptStore prompts;
    HeaderStore headerStore;
    compression::Zstandard zstandard;
    std::optional<Transaction> snapshot;  ///< goes before the database
};

namespace {

std::string nameOf(const Session& session) {
    return "session '" + session.name + "' (" + std::to_string(session.id.value) + ")";
}

std::string nameOf(const Session& session, int number) { return nameOf(session) + ", turn " + std::to_string(number); }

// A row that is referred to and not there is damage of the file here, not a question of the caller's.
Error asDamage(const Database& database, const std::string& place, const Error& error) {
    const bool isMissing = error.code == ErrorCode::notFound;
    const Error reported{isMissing ? ErrorCode::corrupt : error.code, place + ": " + error.message};
    return support::withContext(reported, database.path());
}

}  // namespace

SessionSource::SessionSource(std::unique_ptr<State> state) : m_state(std::move(state)) {}
SessionSource::SessionSource(SessionSource&&) noexcept = default;
SessionSource& SessionSource::operator=(SessionSource&&) noexcept = default;
SessionSource::~SessionSource() = default;

Result<SessionSource> SessionSource::open(const std::filesystem::path& path, Trust trust) {
    auto database = trust == Trust::foreign ? openForeignStore(path) : openStoreForReading(path);
    if (!database) return database.error();
    const auto version = database->integer("PRAGMA user_version");
    if (!version) return version.error();
    auto state = std::make_unique<State>(std::move(*database), static_cast<int>(*version), trust);
    auto snapshot = Transaction::begin(state->database, Transaction::Kind::read);
    if (!snapshot) return snapshot.error();
    state->snapshot.emplace(std::move(*snapshot));
    return SessionSource(std::move(state));
}

Status SessionSource::State::checkSeal(Sealed table, std::int64_t id) {
    if (schemaVersion < 2) return {};
    auto select = database.prepare("SELECT seal FROM " + std::string(tableName(table)) + " WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id).step();
    if (!found) return found.error();
    const auto stored = *found ? select->maybeInteger(0) : std::nullopt;
    const auto due = sealOf(database, table, id);
    if (!due) return due.error();
    if (stored == *due) return {};
    return Error{ErrorCode::corrupt, std::string(tableName(table)) + " row " + std::to_string(id) +
                                         " does not have its check sum: `turntable check` says what else is damaged"};
}

Result<std::optional<Session>> SessionSource::find(SessionId id) const {
    auto& state = *m_state;
    auto select = state.database.prepare(selectSessions("WHERE id = ?1", state.schemaVersion));
    if (!select) return select.error();
    auto found = readSessions(state.database, select->bind(1, id.value));
    if (!found) return found.error();
    if (found->empty()) return std::optional<Session>();
    Session session = std::move(found->front());
    // What is stored, not what is shown.
    auto model = state.database.prepare("SELECT model FROM session WHERE id = ?1");
    if (!model) return model.error();
    if (const auto row = model->bind(1, id.value).step(); !row) return row.error();
    session.model = model->text(0);
    if (auto sealed = state.checkSeal(Sealed::session, id.value); !sealed) {
        return asDamage(state.database, nameOf(session), sealed.error());
    }
    if (session.uid.empty()) {
        return asDamage(state.database, nameOf(session), {ErrorCode::corrupt, "it has no uid"});
    }
    return std::optional(std::move(session));
}

namespace {

Result<std::vector<SessionId>> idsOf(Database& database, const std::string& sql, std::int64_t bound) {
    auto select = database.prepare(sql);
    if (!select) return select.error();
    select->bind(1, bound);
    std::vector<SessionId> ids;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return ids;
        ids.push_back({select->integer(0)});
    }
}

// Sources first. Each round takes the sessions whose source is not among those left.
Result<std::vector<Session>> sourcesFirst(const Database& database, std::vector<Session> left) {
    std::vector<Session> ordered;
    while (!left.empty()) {
        std::set<SessionId> open;
        for (const auto& session : left) open.insert(session.id);
        const auto waits = [&](const Session& session) { return session.source && open.count(*session.source) > 0; };
        const auto firstWaiting = std::stable_partition(left.begin(), left.end(), std::not_fn(waits));
        if (firstWaiting == left.begin()) {
            return Error{ErrorCode::corrupt,
                         database.path() + ": " + nameOf(left.front()) + " replays itself in a circle of runs"};
        }
        std::move(left.begin(), firstWaiting, std::back_inserter(ordered));
        left.erase(left.begin(), firstWaiting);
    }
    return ordered;
}

}  // namespace

Result<std::vector<Session>> SessionSource::sessions() const {
    auto ids = idsOf(m_state->database, "SELECT id FROM session WHERE id > ?1 ORDER BY id", 0);
    if (!ids) return ids.error();
    return sessions(std::move(*ids), false);
}

Result<std::vector<Session>> SessionSource::sessions(std::vector<SessionId> wanted, bool withRuns) const {
    if (withRuns) {
        for (std::size_t index = 0; index < wanted.size(); ++index) {
            const auto runs = idsOf(m_state->database, "SELECT id FROM session WHERE source_session = ?1 ORDER BY id",
                                    wanted[index].value);
            if (!runs) return runs.error();
            for (const SessionId run : *runs) {
                if (std::find(wanted.begin(), wanted.end(), run) == wanted.end()) wanted.push_back(run);
            }
        }
    }
    std::vector<Session> found;
    std::set<std::string> uids;
    std::set<SessionId> taken;
    for (const SessionId id : wanted) {
        if (!taken.insert(id).second) continue;
        auto session = find(id);
        if (!session) return session.error();
        if (!*session) {
            return Error{ErrorCode::notFound, m_state->database.path() + ": no session " + std::to_string(id.value)};
        }
        if (!uids.insert((*session)->uid).second) {
            return asDamage(m_state->database, nameOf(**session),
                            {ErrorCode::corrupt, "another session of the file has the same uid"});
        }
        found.push_back(std::move(**session));
    }
    return sourcesFirst(m_state->database, std::move(found));
}

Result<std::vector<SessionSource::TurnKey>> SessionSource::turns(const Session& session) const {
    auto& database = m_state->database;
    auto select = database.prepare("SELECT id, number FROM turn WHERE session_id = ?1 ORDER BY number");
    if (!select) return select.error();
    select->bind(1, session.id.value);
    std::vector<TurnKey> keys;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return keys;
        const std::int64_t number = select->integer(1);
        const std::int64_t before = keys.empty() ? 0 : keys.back().number;
        if (number <= before || number > std::numeric_limits<int>::max()) {
            return asDamage(database, nameOf(session),
                            {ErrorCode::corrupt, "impossible turn number " + std::to_string(number)});
        }
        keys.push_back({TurnId{select->integer(0)}, static_cast<int>(number)});
    }
}

Result<TurnContent> SessionSource::content(const Session& session, TurnKey turn) const {
    TurnContent content;
    auto filled = m_state->fillRow(content, turn.id);
    if (filled) filled = m_state->fillBytes(content);
    if (!filled) return asDamage(m_state->database, nameOf(session, turn.number), filled.error());
    return content;
}

Status SessionSource::State::fillRow(TurnContent& content, TurnId turn) {
    if (auto sealed = checkSeal(Sealed::turn, turn.value); !sealed) return sealed;
    auto select = database.prepare(selectTurns("WHERE id = ?1"));
    if (!select) return select.error();
    auto rows = readTurns(database, select->bind(1, turn.value));
    if (!rows) return rows.error();
    if (rows->empty()) return Error{ErrorCode::notFound, "its row is not there"};
    if (auto attached = attachActions(database, *rows); !attached) return attached;
    content.turn = std::move(rows->front());
    if (content.turn.status == model::TurnStatus::open) {
        content.turn.status = model::TurnStatus::interrupted;
        if (content.turn.error.empty()) content.turn.error = kCopiedWhileOpen;
    }
    auto owner = database.prepare("SELECT recorder_id FROM turn WHERE id = ?1");
    if (!owner) return owner.error();
    if (const auto found = owner->bind(1, turn.value).step(); !found) return found.error();
    if (const auto id = owner->maybeInteger(0)) content.recorder = support::RecorderId{*id};
    return {};
}

Result<std::string> SessionSource::State::maybePart(std::optional<std::int64_t> id) {
    if (!id) return std::string();
    return parts.read(PartId{*id});
}

Status SessionSource::State::fillBytes(TurnContent& content) {
    const TurnId turn = content.turn.id;
    auto body = prompts.readCut(turn);
    if (!body) return body.error();
    content.request = std::move(body->bytes);
    content.requestParts = std::move(body->parts);
    auto headers = headerStore.readOf(database, HeaderStore::Side::request, turn);
    if (!headers) return support::withContext(headers.error(), "headers of its request");
    content.requestHeaders = std::move(*headers);
    auto linked = files(turn);
    if (!linked) return support::withContext(linked.error(), "a linked file");
    content.files = std::move(*linked);
    auto stored = reply(turn);
    if (!stored) return support::withContext(stored.error(), "its reply");
    content.reply = std::move(*stored);
    if (!content.turn.screenId) return {};
    auto screen = parts.read(PartId{content.turn.screenId->value});
    if (!screen) return support::withContext(screen.error(), "its screen");
    if (const auto decoded = decodeScreen(*screen); !decoded) return decoded.error();
    content.screen = std::move(*screen);
    return {};
}

Result<std::optional<ReplyContent>> SessionSource::State::reply(TurnId turn) {
    auto select = database.prepare("SELECT sha256, body_part, arrivals FROM response WHERE turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return std::optional<ReplyContent>();
    const auto recorded = digestFrom(select->blob(0));
    auto body = maybePart(select->maybeInteger(1));
    if (!body) return body.error();
    if (!recorded || digest::sha256(*body) != *recorded) {
        return Error{ErrorCode::corrupt, "its bytes do not have the recorded SHA-256"};
    }
    auto headers = headerStore.readOf(database, HeaderStore::Side::response, turn);
    if (!headers) return headers.error();
    ReplyContent reply{std::move(*body), std::move(*headers), {}};
    if (select->isNull(2)) return std::optional(std::move(reply));
    auto arrivals = decodeArrivals(select->blob(2), zstandard);
    if (!arrivals) return arrivals.error();
    std::size_t sum = 0;
    for (const auto& arrival : *arrivals) {
        if (arrival.size > reply.body.size() - sum) {
            return Error{ErrorCode::corrupt, "its pieces are longer than its body"};
        }
        sum += arrival.size;
    }
    if (sum != reply.body.size()) return Error{ErrorCode::corrupt, "its pieces are shorter than its body"};
    reply.arrivals = std::move(*arrivals);
    return std::optional(std::move(reply));
}

Result<std::vector<LinkedFile>> SessionSource::State::files(TurnId turn) {
    auto select = database.prepare("SELECT path, part_id FROM turn_file WHERE turn_id = ?1 ORDER BY position");
    if (!select) return select.error();
    select->bind(1, turn.value);
    std::vector<LinkedFile> files;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return files;
        auto content = parts.read(PartId{select->integer(1)});
        if (!content) return content.error();
        files.push_back({select->text(0), std::move(*content)});
    }
}

Result<std::optional<TurnPlace>> SessionSource::place(TurnId turn) const {
    auto select = m_state->database.prepare("SELECT session_id, number FROM turn WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return std::optional<TurnPlace>();
    const auto session = find({select->integer(0)});
    if (!session) return session.error();
    if (!*session) return std::optional<TurnPlace>();
    return std::optional(TurnPlace{(*session)->uid, static_cast<int>(select->integer(1))});
}

Result<std::optional<RecorderOrigin>> SessionSource::recorder(support::RecorderId recorder) const {
    auto select =
        m_state->database.prepare("SELECT listen, upstream, started_ns, ended_ns FROM recorder WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, recorder.value).step();
    if (!found) return found.error();
    if (!*found) return std::optional<RecorderOrigin>();
    return std::optional(RecorderOrigin{select->text(0), select->text(1), select->integer(2), select->maybeInteger(3)});
}

// A mark without a session belongs to the recording that was the newest at that moment.
Result<std::vector<GapMark>> SessionSource::gapMarks(const Session& session) const {
    auto select = m_state->database.prepare(
        "SELECT at_ns, reason FROM gap_mark WHERE session_id = ?1 OR (session_id IS NULL AND ?1 = "
        "(SELECT id FROM session WHERE mode = 0 AND started_ns <= at_ns ORDER BY started_ns DESC, id DESC LIMIT 1)) "
        "ORDER BY at_ns, gap_mark.id");
    if (!select) return select.error();
    select->bind(1, session.id.value);
    std::vector<GapMark> marks;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return marks;
        marks.push_back({session.id, support::WallTime(support::Nanoseconds(select->integer(0))), select->text(1)});
    }
}

Result<std::vector<model::Note>> SessionSource::notes(const Session& session) const {
    if (m_state->schemaVersion < 2) return std::vector<model::Note>();
    return readNotes(m_state->database, session.id);
}

}  // namespace turntable::storage
