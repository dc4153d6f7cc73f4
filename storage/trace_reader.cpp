#include "storage/trace_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "storage/arrival_codec.h"
#include "storage/compression/zstandard.h"
#include "storage/header_store.h"
#include "storage/note_rows.h"
#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/recorder_rows.h"
#include "storage/screen_codec.h"
#include "storage/seal.h"
#include "storage/session_rows.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "storage/support/process.h"
#include "storage/turn_rows.h"

namespace turntable::storage {

using model::Session;
using model::Turn;
using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

namespace {

constexpr std::size_t kNamesOffered = 5;

/// A session or turn number as a person types it; empty when the text is anything else.
std::optional<std::int64_t> parseId(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool digitsOnly = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (text.empty() || !digitsOnly || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

struct TraceReader::State {
    State(Database opened, int version)
        : database(std::move(opened)),
          schemaVersion(version),
          parts(database),
          prompts(database, parts),
          headerStore(parts) {}

    Result<std::vector<Session>> sessionsWhere(std::string_view tail, std::optional<std::int64_t> number,
                                               std::optional<std::string_view> text);
    Result<std::vector<Turn>> turnsWhere(std::string_view tail, std::int64_t first,
                                         std::optional<std::int64_t> second = std::nullopt);
    Result<Turn> oneTurn(std::string_view tail, std::int64_t first, std::optional<std::int64_t> second,
                         const std::string& description);
    Status requireTurn(TurnId turn);
    Result<std::string> headers(HeaderStore::Side side, TurnId turn);
    Error unknownSession(std::string_view selector);

    Database database;
    int schemaVersion;  ///< of the file
    PartStore parts;
    PromptStore prompts;
    HeaderStore headerStore;
    compression::Zstandard zstandard;
};

TraceReader::TraceReader(std::unique_ptr<State> state) : m_state(std::move(state)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

Result<TraceReader> TraceReader::open(const std::filesystem::path& path) {
    auto database = openStoreForReading(path);
    if (!database) return database.error();
    const auto version = database->integer("PRAGMA user_version");
    if (!version) return version.error();
    return TraceReader(std::make_unique<State>(std::move(*database), static_cast<int>(*version)));
}

Result<std::vector<Session>> TraceReader::State::sessionsWhere(std::string_view tail,
                                                               std::optional<std::int64_t> number,
                                                               std::optional<std::string_view> text) {
    auto select = database.prepare(selectSessions(tail, schemaVersion));
    if (!select) return select.error();
    if (number) select->bind(1, *number);
    if (text) select->bindText(1, *text);
    return readSessions(database, *select);
}

Result<std::vector<Session>> TraceReader::sessions() const {
    return m_state->sessionsWhere("ORDER BY started_ns DESC, id DESC", std::nullopt, std::nullopt);
}

Result<Session> TraceReader::session(SessionId id) const {
    auto found = m_state->sessionsWhere("WHERE id = ?1", id.value, std::nullopt);
    if (!found) return found.error();
    if (!found->empty()) return std::move(found->front());
    return Error{ErrorCode::notFound, m_state->database.path() + ": no session " + std::to_string(id.value)};
}

Result<std::vector<Session>> TraceReader::runsOf(SessionId source) const {
    return m_state->sessionsWhere("WHERE source_session = ?1 ORDER BY started_ns, id", source.value, std::nullopt);
}

Result<Session> TraceReader::findSession(std::string_view selector) const {
    if (const auto id = parseId(selector)) {
        auto byId = m_state->sessionsWhere("WHERE id = ?1", *id, std::nullopt);
        if (!byId) return byId.error();
        if (!byId->empty()) return std::move(byId->front());
    }
    auto found = selector == "latest"
                     ? m_state->sessionsWhere("WHERE mode = ?1 ORDER BY started_ns DESC, id DESC LIMIT 1",
                                              static_cast<std::int64_t>(model::SessionMode::recording), std::nullopt)
                     : m_state->sessionsWhere("WHERE name = ?1 ORDER BY started_ns DESC, id DESC LIMIT 1", std::nullopt,
                                              selector);
    if (!found) return found.error();
    if (!found->empty()) return std::move(found->front());
    return m_state->unknownSession(selector);
}

Error TraceReader::State::unknownSession(std::string_view selector) {
    std::string message = selector == "latest" ? database.path() + ": no recorded session yet"
                                               : database.path() + ": no session '" + std::string(selector) + "'";
    const auto all = sessionsWhere("ORDER BY started_ns DESC, id DESC LIMIT 200", std::nullopt, std::nullopt);
    if (!all) return all.error();
    std::vector<std::string> names;
    for (const auto& session : *all) names.push_back(session.name);
    const auto closest = closestNames(selector, std::move(names), kNamesOffered);
    if (closest.empty()) return {ErrorCode::notFound, message + "; the store has no sessions"};
    message += "; there is ";
    for (std::size_t index = 0; index < closest.size(); ++index) {
        if (index > 0) message += ", ";
        message += "'" + closest[index] + "'";
    }
    return {ErrorCode::notFound, message};
}

Result<std::vector<Turn>> TraceReader::turns(SessionId session, int firstNumber, int limit) const {
    Database& database = m_state->database;
    // One snapshot: a turn that ends between the two queries would else show without its actions.
    auto transaction = Transaction::begin(database, Transaction::Kind::read);
    if (!transaction) return transaction.error();
    auto select = database.prepare(selectTurns("WHERE session_id = ?1 AND number >= ?2 ORDER BY number LIMIT ?3"));
    if (!select) return select.error();
    select->bind(1, session.value).bind(2, std::int64_t{firstNumber}).bind(3, std::int64_t{std::max(limit, 0)});
    auto turns = readTurns(database, *select);
    if (!turns || turns->empty()) return turns;
    auto actions = database.prepare(
        selectActions("JOIN turn ON turn.id = action.turn_id WHERE turn.session_id = ?1 AND turn.number BETWEEN ?2 "
                      "AND ?3 ORDER BY turn.number, action.position"));
    if (!actions) return actions.error();
    actions->bind(1, session.value).bind(2, std::int64_t{turns->front().number});
    actions->bind(3, std::int64_t{turns->back().number});
    if (auto attached = attachActions(*actions, *turns); !attached) return attached.error();
    return turns;
}

Result<std::vector<Turn>> TraceReader::turnsAfter(TurnId id, std::optional<SessionId> session) const {
    // The ids of AUTOINCREMENT grow in the order of coming.
    if (!session) return m_state->turnsWhere("WHERE id > ?1 ORDER BY id", id.value);
    return m_state->turnsWhere("WHERE id > ?1 AND session_id = ?2 ORDER BY id", id.value, session->value);
}

Result<std::optional<TurnId>> TraceReader::newestTurn() const {
    auto select = m_state->database.prepare("SELECT max(id) FROM turn");
    if (!select) return select.error();
    const auto found = select->step();
    if (!found) return found.error();
    const auto newest = select->maybeInteger(0);
    return newest ? std::optional(TurnId{*newest}) : std::nullopt;
}

Result<std::vector<Turn>> TraceReader::State::turnsWhere(std::string_view tail, std::int64_t first,
                                                         std::optional<std::int64_t> second) {
    auto transaction = Transaction::begin(database, Transaction::Kind::read);
    if (!transaction) return transaction.error();
    auto select = database.prepare(selectTurns(tail));
    if (!select) return select.error();
    select->bind(1, first);
    if (second) select->bind(2, *second);
    auto turns = readTurns(database, *select);
    if (!turns) return turns;
    if (auto attached = attachActions(database, *turns); !attached) return attached.error();
    return turns;
}

Result<Turn> TraceReader::State::oneTurn(std::string_view tail, std::int64_t first, std::optional<std::int64_t> second,
                                         const std::string& description) {
    auto found = turnsWhere(tail, first, second);
    if (!found) return found.error();
    if (!found->empty()) return std::move(found->front());
    return Error{ErrorCode::notFound, database.path() + ": no " + description};
}

Result<Turn> TraceReader::turn(TurnId id) const {
    return m_state->oneTurn("WHERE id = ?1", id.value, std::nullopt, "turn row " + std::to_string(id.value));
}

Result<Turn> TraceReader::turnByNumber(SessionId session, int number) const {
    return m_state->oneTurn("WHERE session_id = ?1 AND number = ?2", session.value, number,
                            "turn " + std::to_string(number) + " in session " + std::to_string(session.value));
}

Result<std::optional<Turn>> TraceReader::childOf(TurnId id) const {
    auto found = m_state->turnsWhere("WHERE parent_turn = ?1 ORDER BY id LIMIT 1", id.value);
    if (!found) return found.error();
    if (found->empty()) return std::optional<Turn>();
    return std::optional(std::move(found->front()));
}

Result<std::vector<Turn>> TraceReader::openTurnsOf(support::RecorderId recorder) const {
    return m_state->turnsWhere("WHERE status = 0 AND recorder_id = ?1 ORDER BY id", recorder.value);
}

// The turn is there, and its rows are those that were written: bodies have hashes, but a row under the wrong number
// would give out another turn's.
Status TraceReader::State::requireTurn(TurnId turn) {
    std::optional<Transaction> moment;
    if (!database.inTransaction()) {
        auto begun = Transaction::begin(database, Transaction::Kind::read);
        if (!begun) return begun.error();
        moment.emplace(std::move(*begun));
    }
    auto select = database.prepare(schemaVersion < 2 ? "SELECT NULL FROM turn WHERE id = ?1"
                                                     : "SELECT seal FROM turn WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return Error{ErrorCode::notFound, database.path() + ": no turn row " + std::to_string(turn.value)};
    if (schemaVersion < 2) return {};
    const auto stored = select->maybeInteger(0);
    const auto due = sealOf(database, Sealed::turn, turn.value);
    if (!due) return due.error();
    if (stored == *due) return {};
    return Error{ErrorCode::corrupt, database.path() + ": the rows of turn row " + std::to_string(turn.value) +
                                         " do not have their check sum: `turntable check` says what is damaged"};
}

Result<std::string> TraceReader::State::headers(HeaderStore::Side side, TurnId turn) {
    if (auto there = requireTurn(turn); !there) return there.error();
    return headerStore.readOf(database, side, turn);
}

Result<std::string> TraceReader::requestBody(TurnId id) const {
    if (auto there = m_state->requireTurn(id); !there) return there.error();
    return m_state->prompts.read(id);
}

Result<std::string> TraceReader::requestHeaders(TurnId id) const {
    return m_state->headers(HeaderStore::Side::request, id);
}
Result<std::string> TraceReader::responseHeaders(TurnId id) const {
    return m_state->headers(HeaderStore::Side::response, id);
}

Result<std::string> TraceReader::responseBody(TurnId id) const {
    if (auto there = m_state->requireTurn(id); !there) return there.error();
    auto select = m_state->database.prepare("SELECT sha256, body_part FROM response WHERE turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id.value).step();
    if (!found) return found.error();
    if (!*found) return std::string();
    const auto recorded = digestFrom(select->blob(0));
    std::string body;
    if (const auto part = select->maybeInteger(1)) {
        auto bytes = m_state->parts.readUnchecked(PartId{*part});
        if (!bytes) return bytes;
        body = std::move(*bytes);
    }
    // The hash beside the reference, not the part's own: a reference that went wrong must not pass for the right one.
    if (!recorded || digest::sha256(body) != *recorded) {
        return Error{ErrorCode::corrupt, m_state->database.path() + ": reply of turn row " + std::to_string(id.value) +
                                             " does not have the recorded SHA-256"};
    }
    return body;
}

Result<std::vector<model::Arrival>> TraceReader::arrivals(TurnId id) const {
    if (auto there = m_state->requireTurn(id); !there) return there.error();
    auto select =
        m_state->database.prepare("SELECT arrivals FROM response WHERE turn_id = ?1 AND arrivals IS NOT NULL");
    if (!select) return select.error();
    const auto found = select->bind(1, id.value).step();
    if (!found) return found.error();
    if (!*found) return std::vector<model::Arrival>();
    return decodeArrivals(select->blob(0), m_state->zstandard);
}

Result<std::vector<LinkedFile>> TraceReader::linkedFiles(TurnId id) const {
    if (auto there = m_state->requireTurn(id); !there) return there.error();
    auto select = m_state->database.prepare("SELECT path, part_id FROM turn_file WHERE turn_id = ?1 ORDER BY position");
    if (!select) return select.error();
    select->bind(1, id.value);
    std::vector<LinkedFile> files;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return files;
        auto content = m_state->parts.read(PartId{select->integer(1)});
        if (!content) return content.error();
        files.push_back({select->text(0), std::move(*content)});
    }
}

Result<TraceReader::BodyHashes> TraceReader::bodyHashes(TurnId id) const {
    auto select = m_state->database.prepare(
        "SELECT request.sha256, response.sha256 FROM request LEFT JOIN response ON response.turn_id = request.turn_id "
        "WHERE request.turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id.value).step();
    if (!found) return found.error();
    if (!*found) {
        return Error{ErrorCode::notFound, m_state->database.path() + ": no turn row " + std::to_string(id.value)};
    }
    const auto request = digestFrom(select->blob(0));
    const auto response = digestFrom(select->blob(1));
    if (!request || (!response && !select->isNull(1))) {
        return Error{ErrorCode::corrupt, m_state->database.path() + ": a SHA-256 of turn row " +
                                             std::to_string(id.value) + " is not 32 bytes"};
    }
    return BodyHashes{digest::toHex(*request), response ? digest::toHex(*response) : std::string()};
}

Result<model::Screen> TraceReader::screen(support::ScreenId id) const {
    const auto bytes = m_state->parts.read(PartId{id.value});
    if (!bytes) return support::withContext(bytes.error(), "screen " + std::to_string(id.value));
    return decodeScreen(*bytes);
}

// A mark without a session belongs to the recording that was the newest at that moment.
Result<std::vector<GapMark>> TraceReader::gapMarks(SessionId session) const {
    auto select = m_state->database.prepare(
        "SELECT session_id, at_ns, reason FROM gap_mark WHERE session_id = ?1 OR (session_id IS NULL AND ?1 = "
        "(SELECT id FROM session WHERE mode = 0 AND started_ns <= at_ns ORDER BY started_ns DESC, id DESC LIMIT 1)) "
        "ORDER BY at_ns, gap_mark.id");
    if (!select) return select.error();
    select->bind(1, session.value);
    std::vector<GapMark> marks;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return marks;
        GapMark mark;
        if (const auto id = select->maybeInteger(0)) mark.session = SessionId{*id};
        mark.at = support::WallTime(support::Nanoseconds(select->integer(1)));
        mark.reason = select->text(2);
        marks.push_back(std::move(mark));
    }
}

Result<std::vector<model::Note>> TraceReader::notes(SessionId session) const {
    if (m_state->schemaVersion < 2) return std::vector<model::Note>();
    return readNotes(m_state->database, session);
}

Result<std::vector<RecorderRecord>> TraceReader::unendedRecorders() const {
    return readUnendedRecorders(m_state->database);
}

Result<std::vector<RecorderRecord>> TraceReader::runningRecorders() const {
    auto recorders = unendedRecorders();
    if (!recorders) return recorders;
    std::erase_if(*recorders, [](const RecorderRecord& recorder) { return !support::isRunning(recorder.process); });
    return recorders;
}

bool TraceReader::stillThere() const { return m_state->database.stillThere(); }
Result<std::int64_t> TraceReader::changeCounter() const { return m_state->database.integer("PRAGMA data_version"); }

}  // namespace turntable::storage
