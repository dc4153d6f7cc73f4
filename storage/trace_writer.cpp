#include "storage/trace_writer.h"

#include <limits>
#include <utility>

#include "storage/arrival_codec.h"
#include "storage/checkpointer.h"
#include "storage/compression/zstandard.h"
#include "storage/header_store.h"
#include "storage/note_rows.h"
#include "storage/part_packer.h"
#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/recorder_rows.h"
#include "storage/screen_codec.h"
#include "storage/screen_texts.h"
#include "storage/seal.h"
#include "storage/session_rows.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/free_pages.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "storage/turn_rows.h"

namespace turntable::storage {

using model::Session;
using model::Turn;
using sqlite::Database;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::RecorderId;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

namespace {

/// What the turn before has, as candidates to be compressed against.
struct Neighbours {
    std::optional<TurnId> turn;
    std::optional<PartId> requestHeaders;
    std::optional<PartId> response;
    std::optional<PartId> responseHeaders;
};

/// Everything a reply brings, hashed and compressed.
struct PreparedReply {
    digest::Sha256 sha256{};
    std::optional<PreparedPart> body;
    PreparedHeaders headers;
    std::optional<PreparedPart> screen;
    std::string screenBytes;  ///< what `screen` borrows
    std::optional<std::string> arrivals;
};

std::optional<PartId> partOf(std::optional<std::int64_t> id) {
    if (!id) return std::nullopt;
    return PartId{*id};
}

// Packed while a session goes on: some 200 turns.
constexpr std::size_t kManyLooseBytes = std::size_t{2} << 20;

/// Runs `work` inside one write transaction; commits when it succeeds.
template <typename Work>
Status inTransaction(Database& database, Work work) {
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    if (Status done = work(); !done) return done;
    return transaction->commit();
}

/// The same for work that gives a value.
template <typename Value, typename Work>
Result<Value> resultInTransaction(Database& database, Work work) {
    Value value{};
    auto done = inTransaction(database, [&]() -> Status {
        auto given = work();
        if (!given) return given.error();
        value = *std::move(given);
        return {};
    });
    if (!done) return done.error();
    return value;
}

Error noRow(const Database& database, const std::string& what, std::int64_t id) {
    return {ErrorCode::notFound, database.path() + ": no " + what + " " + std::to_string(id)};
}

}  // namespace

struct TraceWriter::State {
    /// Everything that remembers rows it has written.
    struct Stores {
        explicit Stores(Database& database) : parts(database), prompts(database, parts), headers(parts) {}
        PartStore parts;
        PromptStore prompts;
        HeaderStore headers;
    };

    explicit State(Database opened) : database(std::move(opened)), checkpointer(database.path()) {
        stores.emplace(database);
        database.keepTheLog(Checkpointer::kLongLogPages, [this](int pages) { checkpointer.logGrew(database, pages); });
    }

    Result<Neighbours> neighbours(SessionId session, std::int64_t beforeNumber);
    Result<std::optional<PartId>> newestScreen(SessionId session, TurnId except);
    Result<std::optional<PreparedPart>> prepareText(std::string_view text, PartKind kind,
                                                    std::optional<PartId> similar);
    Result<std::optional<PartId>> putMaybe(std::optional<PreparedPart>& part);
    Status begin(Turn& turn, const RequestRecord& request, RecorderId recorder, const Neighbours& near, bool alone);
    Status writeFiles(TurnId turn, std::span<const LinkedFile> files, std::vector<PreparedPart>& contents);
    Result<PreparedReply> prepareReply(const Turn& turn, const ResponseRecord& response, const model::Screen* screen,
                                       const Neighbours& near);
    Result<PreparedPart> prepareScreen(const Turn& turn, std::string_view bytes);
    Status writeReply(Turn& turn, PreparedReply& reply);

    /// Runs `work` as one transaction, or as a part of the group's.
    template <typename Work>
    Status transact(Work work) {
        if (group && !database.inTransaction()) return groupLost();
        return inTransaction(database, std::move(work));
    }
    Error groupLost() const { return {ErrorCode::io, database.path() + ": what was written together was undone"}; }

    Database database;
    std::optional<Stores> stores;
    std::int64_t packAfter = 0;   ///< older parts have had their chance to be packed
    std::int64_t packedUpTo = 0;  ///< the newest part when `pack` ran last
    std::optional<Transaction> group;
    storage::Effort effort = storage::Effort::thorough;
    compression::Zstandard zstandard;
    Checkpointer checkpointer;
};

TraceWriter::TraceWriter(std::unique_ptr<State> state) : m_state(std::move(state)) {}
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;
TraceWriter::~TraceWriter() = default;

Result<TraceWriter> TraceWriter::open(const std::filesystem::path& path) {
    auto database = openStoreForWriting(path);
    if (!database) return database.error();
    const auto newest = PartPacker::newestPart(*database);
    if (!newest) return newest.error();
    auto state = std::make_unique<State>(std::move(*database));
    state->packAfter = state->packedUpTo = *newest;
    return TraceWriter(std::move(state));
}

Result<SessionId> TraceWriter::createSession(const Session& session) {
    return resultInTransaction<SessionId>(m_state->database, [&] { return insertSession(m_state->database, session); });
}

Status TraceWriter::updateSession(const Session& session) {
    return m_state->transact([&] { return updateSessionRow(m_state->database, session); });
}

Result<Neighbours> TraceWriter::State::neighbours(SessionId session, std::int64_t beforeNumber) {
    // The newest turn for the prompt, the newest answered one for the reply: with requests in flight they differ.
    Neighbours near;
    auto newest = database.prepare(
        "SELECT turn.id, request.headers_part FROM turn JOIN request ON request.turn_id = turn.id "
        "WHERE session_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1");
    if (!newest) return newest.error();
    auto found = newest->bind(1, session.value).bind(2, beforeNumber).step();
    if (!found) return found.error();
    if (!*found) return near;
    near.turn = TurnId{newest->integer(0)};
    near.requestHeaders = partOf(newest->maybeInteger(1));
    auto answered = database.prepare(
        "SELECT response.body_part, response.headers_part FROM turn JOIN response ON response.turn_id = turn.id "
        "WHERE session_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1");
    if (!answered) return answered.error();
    found = answered->bind(1, session.value).bind(2, beforeNumber).step();
    if (!found) return found.error();
    if (!*found) return near;
    near.response = partOf(answered->maybeInteger(0));
    near.responseHeaders = partOf(answered->maybeInteger(1));
    return near;
}

Result<std::optional<PartId>> TraceWriter::State::newestScreen(SessionId session, TurnId except) {
    auto select = database.prepare(
        "SELECT screen_id FROM turn WHERE session_id = ?1 AND screen_id IS NOT NULL AND id <> ?2 "
        "ORDER BY number DESC LIMIT 1");
    if (!select) return select.error();
    const auto found = select->bind(1, session.value).bind(2, except.value).step();
    if (!found) return found.error();
    if (!*found) return std::optional<PartId>();
    return partOf(select->maybeInteger(0));
}

Result<std::optional<PreparedPart>> TraceWriter::State::prepareText(std::string_view text, PartKind kind,
                                                                    std::optional<PartId> similar) {
    if (text.empty()) return std::optional<PreparedPart>();
    auto part = stores->parts.prepare(text, kind, similar);
    if (!part) return part.error();
    return std::optional(std::move(*part));
}

Result<std::optional<PartId>> TraceWriter::State::putMaybe(std::optional<PreparedPart>& part) {
    if (!part) return std::optional<PartId>();
    const auto id = stores->parts.put(*part);
    if (!id) return id.error();
    return std::optional(*id);
}

Status TraceWriter::beginTurn(Turn& turn, const RequestRecord& request, RecorderId recorder) {
    auto near = m_state->neighbours(turn.session, std::numeric_limits<std::int64_t>::max());
    if (!near) return near.error();
    auto begun = m_state->begin(turn, request, recorder, *near, false);
    // The turn that the prompt was to share entries with may just have been deleted by another process.
    if (!begun && begun.error().code == ErrorCode::notFound) {
        begun = m_state->begin(turn, request, recorder, *near, true);
    }
    return begun;
}

Status TraceWriter::State::begin(Turn& turn, const RequestRecord& request, RecorderId recorder, const Neighbours& near,
                                 bool alone) {
    std::vector<TurnId> bases;
    for (const auto& candidate : {turn.parent, turn.source, near.turn}) {
        if (candidate && !alone) bases.push_back(*candidate);
    }
    auto prompt = stores->prompts.prepare(request.body, request.parts, bases);
    if (!prompt) return prompt.error();
    auto preparedHeaders = stores->headers.prepare(request.headers, near.requestHeaders);
    if (!preparedHeaders) return preparedHeaders.error();
    std::vector<PreparedPart> files;
    for (const auto& file : request.files) {
        auto part = stores->parts.prepare(file.content, PartKind::file);
        if (!part) return part.error();
        files.push_back(std::move(*part));
    }
    Turn row = turn;
    row.status = model::TurnStatus::open;
    row.requestBytes = static_cast<std::int64_t>(request.body.size());
    auto done = transact([&]() -> Status {
        auto select = database.prepare("SELECT coalesce(max(number), 0) + 1 FROM turn WHERE session_id = ?1");
        if (!select) return select.error();
        if (const auto found = select->bind(1, row.session.value).step(); !found) return found.error();
        row.number = static_cast<int>(select->integer(0));
        const auto id = insertTurn(database, row, recorder);
        if (!id) return id.error();
        row.id = *id;
        const auto stored = stores->headers.put(*preparedHeaders);
        if (!stored) return stored.error();
        if (auto written = stores->prompts.write(row.id, *prompt, *stored); !written) return written;
        if (auto written = writeFiles(row.id, request.files, files); !written) return written;
        return sealRow(database, Sealed::turn, row.id.value);
    });
    if (!done) return done;
    stores->prompts.remember(row.id, std::move(*prompt));
    turn.id = row.id;
    turn.number = row.number;
    turn.status = row.status;
    turn.requestBytes = row.requestBytes;
    return {};
}

Status TraceWriter::State::writeFiles(TurnId turn, std::span<const LinkedFile> files,
                                      std::vector<PreparedPart>& contents) {
    auto insert = database.prepare("INSERT INTO turn_file(turn_id, position, path, part_id) VALUES (?1, ?2, ?3, ?4)");
    if (!insert) return insert.error();
    for (std::size_t position = 0; position < files.size(); ++position) {
        const auto part = stores->parts.put(contents[position]);
        if (!part) return part.error();
        insert->bind(1, turn.value).bind(2, static_cast<std::int64_t>(position));
        if (auto done = insert->bindText(3, files[position].path).bind(4, part->value).run(); !done) return done;
    }
    return {};
}

Result<PreparedReply> TraceWriter::State::prepareReply(const Turn& turn, const ResponseRecord& response,
                                                       const model::Screen* screen, const Neighbours& near) {
    PreparedReply reply;
    reply.sha256 = digest::sha256(response.body);
    auto body = prepareText(response.body, PartKind::response, near.response);
    if (!body) return body.error();
    reply.body = std::move(*body);
    auto preparedHeaders = stores->headers.prepare(response.headers, near.responseHeaders);
    if (!preparedHeaders) return preparedHeaders.error();
    reply.headers = std::move(*preparedHeaders);
    if (!response.arrivals.empty()) {
        auto arrivals = encodeArrivals(response.arrivals, zstandard);
        if (!arrivals) return arrivals.error();
        reply.arrivals = std::move(*arrivals);
    }
    if (screen == nullptr) return reply;
    reply.screenBytes = encodeScreen(*screen);
    auto part = prepareScreen(turn, reply.screenBytes);
    if (!part) return part.error();
    reply.screen = std::move(*part);
    return reply;
}

Result<PreparedPart> TraceWriter::State::prepareScreen(const Turn& turn, std::string_view bytes) {
    const auto previous = newestScreen(turn.session, turn.id);
    if (!previous) return previous.error();
    const auto texts = textsOfTurn(database, stores->parts, stores->prompts, turn.id, bytes.size());
    if (!texts) return texts.error();
    return stores->parts.prepareScreen(bytes, *texts, *previous);
}

Status TraceWriter::State::writeReply(Turn& turn, PreparedReply& reply) {
    // The text may have moved together with the reply since the part was prepared.
    if (reply.screen) reply.screen->bytes = reply.screenBytes;
    const auto screen = putMaybe(reply.screen);
    if (!screen) return screen.error();
    if (*screen) turn.screenId = support::ScreenId{(*screen)->value};
    const auto body = putMaybe(reply.body);
    if (!body) return body.error();
    const auto stored = stores->headers.put(reply.headers);
    if (!stored) return stored.error();
    if (auto updated = updateTurn(database, turn); !updated) return updated;
    auto insert = database.prepare(
        "INSERT OR REPLACE INTO response(turn_id, sha256, body_part, headers_part, arrivals, headers) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return insert.error();
    insert->bind(1, turn.id.value).bindBlob(2, bytesOf(reply.sha256));
    insert->bind(3, *body ? std::optional((*body)->value) : std::nullopt);
    insert->bind(4, stored->part ? std::optional(stored->part->value) : std::nullopt);
    if (stored->change) insert->bindBlob(6, *stored->change);
    if (reply.arrivals) insert->bindBlob(5, *reply.arrivals);
    if (auto done = insert->run(); !done) return done;
    return sealRow(database, Sealed::turn, turn.id.value);
}

Status TraceWriter::finishTurn(Turn& turn, const ResponseRecord& response, const model::Screen* screen) {
    Database& database = m_state->database;
    Turn row = turn;
    {
        auto select = database.prepare("SELECT session_id, number, request_bytes FROM turn WHERE id = ?1");
        if (!select) return select.error();
        const auto found = select->bind(1, turn.id.value).step();
        if (!found) return found.error();
        if (!*found) return noRow(database, "turn row", turn.id.value);
        row.session = {select->integer(0)};
        row.number = static_cast<int>(select->integer(1));
        row.requestBytes = select->integer(2);
    }
    row.responseBytes = static_cast<std::int64_t>(response.body.size());
    const auto near = m_state->neighbours(row.session, row.number);
    if (!near) return near.error();
    auto reply = m_state->prepareReply(row, response, screen, *near);
    if (!reply) return reply.error();
    if (auto done = m_state->transact([&] { return m_state->writeReply(row, *reply); }); !done) return done;
    turn.requestBytes = row.requestBytes;
    turn.responseBytes = row.responseBytes;
    turn.screenId = row.screenId;
    return {};
}

Status TraceWriter::setGap(TurnId turn, support::Nanoseconds gap) {
    Database& database = m_state->database;
    return m_state->transact([&]() -> Status {
        auto update = database.prepare("UPDATE turn SET gap_ns = ?2 WHERE id = ?1");
        if (!update) return update.error();
        if (auto done = update->bind(1, turn.value).bind(2, std::int64_t{gap.count()}).run(); !done) return done;
        if (database.changes() == 0) return noRow(database, "turn row", turn.value);
        return sealRow(database, Sealed::turn, turn.value);
    });
}

Status TraceWriter::addGapMark(std::optional<SessionId> session, support::WallTime at, const std::string& reason) {
    Database& database = m_state->database;
    return m_state->transact([&]() -> Status {
        auto insert = database.prepare("INSERT INTO gap_mark(session_id, at_ns, reason) VALUES (?1, ?2, ?3)");
        if (!insert) return insert.error();
        insert->bind(1, session ? std::optional(session->value) : std::nullopt);
        insert->bind(2, std::int64_t{at.time_since_epoch().count()}).bindText(3, reason);
        if (auto done = insert->run(); !done) return done;
        return sealRow(database, Sealed::gapMark, database.lastInsertId());
    });
}

Result<support::NoteId> TraceWriter::addNote(const model::Note& note) {
    return resultInTransaction<support::NoteId>(m_state->database, [&] { return insertNote(m_state->database, note); });
}

Status TraceWriter::removeNote(support::NoteId note) {
    return m_state->transact([&] { return deleteNote(m_state->database, note); });
}

bool TraceWriter::stillThere() const { return m_state->database.stillThere(); }

Result<std::string> TraceWriter::salt() { return readSalt(m_state->database); }

Result<RecorderId> TraceWriter::registerRecorder(const RecorderRecord& recorder) {
    return resultInTransaction<RecorderId>(m_state->database,
                                           [&] { return insertRecorder(m_state->database, recorder); });
}

Status TraceWriter::setRecorderUpstream(RecorderId recorder, const std::string& upstream) {
    return m_state->transact([&] { return updateRecorderUpstream(m_state->database, recorder, upstream); });
}

Status TraceWriter::endRecorder(RecorderId recorder) {
    return m_state->transact([&] { return endRecorderRow(m_state->database, recorder); });
}

Result<std::int64_t> TraceWriter::closeTornTurns() {
    Database& database = m_state->database;
    std::int64_t closed = 0;
    auto done = m_state->transact([&]() -> Status {
        const auto torn = tornTurns(database);
        if (!torn) return torn.error();
        for (const TurnId turn : *torn) {
            auto update = database.prepare(
                "UPDATE turn SET status = ?2, error = CASE error WHEN '' THEN ?3 ELSE error END WHERE id = ?1");
            if (!update) return update.error();
            update->bind(1, turn.value).bind(2, static_cast<std::int64_t>(model::TurnStatus::interrupted));
            if (auto run = update->bindText(3, kInterruptedError).run(); !run) return run;
            if (auto sealed = sealRow(database, Sealed::turn, turn.value); !sealed) return sealed;
        }
        closed = static_cast<std::int64_t>(torn->size());
        return {};
    });
    if (!done) return done.error();
    return closed;
}

void TraceWriter::setEffort(Effort effort) {
    m_state->effort = effort == Effort::quick ? storage::Effort::quick : storage::Effort::thorough;
    m_state->stores->parts.setEffort(m_state->effort);
}

Status TraceWriter::beginGroup() {
    auto begun = Transaction::begin(m_state->database, Transaction::Kind::write);
    if (!begun) return begun.error();
    m_state->group.emplace(std::move(*begun));
    return {};
}

Status TraceWriter::endGroup() {
    const bool whole = m_state->database.inTransaction();
    Status done = whole ? m_state->group->commit() : Status(m_state->groupLost());
    if (!done) {
        dropGroup();
        return done;
    }
    m_state->group.reset();
    return done;
}

void TraceWriter::dropGroup() {
    m_state->group.reset();
    // What they remember names rows that are gone, and whose numbers others will get.
    m_state->stores.emplace(m_state->database);
    m_state->stores->parts.setEffort(m_state->effort);
}

bool TraceWriter::inGroup() const { return m_state && m_state->group; }
bool TraceWriter::othersWait() const { return m_state->database.othersWait(); }

bool TraceWriter::isPackingDue() const { return !inGroup() && m_state->stores->parts.looseBytes() >= kManyLooseBytes; }

Status TraceWriter::pack() {
    State& state = *m_state;
    state.stores->parts.forget();
    const auto newest = PartPacker::newestPart(state.database);
    if (!newest) return newest.error();
    // What was too little to be packed the last time gets one more chance.
    const std::int64_t after = std::exchange(state.packAfter, state.packedUpTo);
    state.packedUpTo = *newest;
    const auto packed = PartPacker(state.database, state.stores->parts).pack(after);
    return packed ? Status() : Status(packed.error());
}

Status TraceWriter::checkpoint() {
    m_state->checkpointer.stop();
    Database& database = m_state->database;
    if (m_state->stores->parts.looseBytes() >= PartPacker::kLeastBytes) {
        if (auto packed = pack(); !packed) return packed;
        if (auto given = sqlite::giveBackFreePages(database); !given) return given;
    }
    // The long work first, which holds nobody up. Only what came meanwhile is left for the second, which keeps writers
    // out: it must not wait for a reader with their turn in its hand. It says "busy" in its row when somebody is in the
    // way; the log is then moved by whoever ends last.
    if (auto moved = database.integer("PRAGMA wal_checkpoint(PASSIVE)"); !moved) return moved.error();
    database.setPatience(std::chrono::nanoseconds::zero());
    const auto shrunk = database.integer("PRAGMA wal_checkpoint(TRUNCATE)");
    database.setPatience(sqlite::kPatience);
    return shrunk ? Status() : Status(shrunk.error());
}

support::Nanoseconds TraceWriter::longestWait() const { return m_state->database.longestWait(); }

}  // namespace turntable::storage
