#include "storage/archive/session_target.h"

#include <utility>
#include <vector>

#include "storage/archive/turn_comparison.h"
#include "storage/arrival_codec.h"
#include "storage/compression/zstandard.h"
#include "storage/note_rows.h"
#include "storage/part_packer.h"
#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/screen_texts.h"
#include "storage/seal.h"
#include "storage/session_rows.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "storage/trace_reader.h"
#include "storage/turn_rows.h"

namespace turntable::storage {

using model::Session;
using sqlite::Database;
using sqlite::Statement;
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

constexpr int kMaxSourceChain = 1000;

/// Parts of the turn before that those of a new one may resemble.
struct Neighbours {
    std::optional<TurnId> turn;
    std::optional<PartId> requestHeaders;
    std::optional<PartId> reply;
    std::optional<PartId> replyHeaders;
    std::optional<PartId> screen;
};

/// Everything of a turn, hashed and compressed, before the write lock is taken. Borrows from the content.
struct PreparedTurn {
    PreparedPrompt prompt;
    PreparedHeaders requestHeaders;
    std::vector<PreparedPart> files;
    std::optional<PreparedPart> reply;
    PreparedHeaders replyHeaders;
    std::optional<PreparedPart> screen;
    std::optional<std::string> arrivals;
};

std::optional<PartId> partOf(std::optional<std::int64_t> id) {
    if (!id) return std::nullopt;
    return PartId{*id};
}

std::optional<std::int64_t> valueOf(std::optional<PartId> id) {
    if (!id) return std::nullopt;
    return id->value;
}

template <typename Work>
Status inTransaction(Database& database, Work work) {
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    if (Status done = work(); !done) return done;
    return transaction->commit();
}

}  // namespace

struct SessionTarget::State {
    State(Database opened, std::filesystem::path file, std::int64_t newestPart)
        : path(std::move(file)),
          partsBefore(newestPart),
          database(std::move(opened)),
          parts(database),
          prompts(database, parts),
          headers(parts) {}

    Result<Neighbours> neighbours(SessionId session, int number);
    Result<std::optional<PreparedPart>> prepare(std::string_view bytes, PartKind kind, std::optional<PartId> similar);
    Status prepareReply(PreparedTurn& prepared, const TurnContent& content, const Neighbours& near,
                        std::span<const ScreenText> texts);
    Result<PreparedTurn> prepareTurn(const TurnContent& content, bool alone);
    Result<std::optional<PartId>> put(std::optional<PreparedPart>& part);
    Result<RecorderId> recorderFor(const RecorderOrigin& origin);
    Status writeFiles(TurnId turn, const std::vector<LinkedFile>& files, std::vector<PreparedPart>& contents);
    Status writeEnd(TurnId turn, TurnContent& content, PreparedTurn& prepared);
    Status writeTurn(TurnContent& content, PreparedTurn& prepared, const std::optional<RecorderOrigin>& from);
    Result<bool> replays(SessionId session, SessionId sought);

    std::filesystem::path path;
    std::int64_t partsBefore;  ///< the newest part when it was opened
    Database database;
    PartStore parts;
    PromptStore prompts;
    HeaderStore headers;
    compression::Zstandard zstandard;
    std::optional<TraceReader> reader;  ///< what `verify` reads through: another connection, without this one's caches
};

SessionTarget::SessionTarget(std::unique_ptr<State> state) : m_state(std::move(state)) {}
SessionTarget::SessionTarget(SessionTarget&&) noexcept = default;
SessionTarget& SessionTarget::operator=(SessionTarget&&) noexcept = default;
SessionTarget::~SessionTarget() = default;

Result<SessionTarget> SessionTarget::open(const std::filesystem::path& path) {
    auto database = openStoreForWriting(path);
    if (!database) return database.error();
    const auto newest = PartPacker::newestPart(*database);
    if (!newest) return newest.error();
    return SessionTarget(std::make_unique<State>(std::move(*database), path, *newest));
}

Result<std::optional<SessionId>> SessionTarget::find(const std::string& uid) {
    auto select = m_state->database.prepare("SELECT id FROM session WHERE uid = ?1 ORDER BY id LIMIT 1");
    if (!select) return select.error();
    const auto found = select->bindBlob(1, uid).step();
    if (!found) return found.error();
    if (!*found) return std::optional<SessionId>();
    return std::optional(SessionId{select->integer(0)});
}

Result<std::map<int, SessionTarget::KnownTurn>> SessionTarget::turns(SessionId session) {
    auto select = m_state->database.prepare(
        "SELECT turn.number, turn.id, request.sha256, response.sha256, turn.started_ns, turn.status, turn.gap_ns, "
        "turn.source_turn FROM turn LEFT JOIN request ON request.turn_id = turn.id "
        "LEFT JOIN response ON response.turn_id = turn.id WHERE turn.session_id = ?1");
    if (!select) return select.error();
    select->bind(1, session.value);
    std::map<int, KnownTurn> known;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return known;
        KnownTurn turn;
        turn.id = {select->integer(1)};
        turn.requestHash = select->blob(2);
        if (!select->isNull(3)) turn.replyHash = std::string(select->blob(3));
        turn.startedNs = select->integer(4);
        turn.isInterrupted = select->integer(5) == static_cast<std::int64_t>(model::TurnStatus::interrupted);
        turn.hasGap = !select->isNull(6);
        turn.hasSource = !select->isNull(7);
        known.emplace(static_cast<int>(select->integer(0)), std::move(turn));
    }
}

Result<std::optional<TurnId>> SessionTarget::findTurn(const TurnPlace& place) {
    const auto session = find(place.sessionUid);
    if (!session) return session.error();
    if (!*session) return std::optional<TurnId>();
    auto select = m_state->database.prepare("SELECT id FROM turn WHERE session_id = ?1 AND number = ?2");
    if (!select) return select.error();
    const auto found = select->bind(1, (*session)->value).bind(2, std::int64_t{place.number}).step();
    if (!found) return found.error();
    if (!*found) return std::optional<TurnId>();
    return std::optional(TurnId{select->integer(0)});
}

Result<SessionId> SessionTarget::add(const Session& session) {
    SessionId id;
    auto done = inTransaction(m_state->database, [&]() -> Status {
        const auto inserted = insertSession(m_state->database, session);
        if (!inserted) return inserted.error();
        id = *inserted;
        // A new session gets a name when it has none; a copied one stays as it is.
        if (!session.name.empty()) return {};
        auto update = m_state->database.prepare("UPDATE session SET name = '' WHERE id = ?1");
        if (!update) return update.error();
        if (auto run = update->bind(1, id.value).run(); !run) return run;
        return sealRow(m_state->database, Sealed::session, id.value);
    });
    if (!done) return done.error();
    return id;
}

Status SessionTarget::update(SessionId id, Session session) {
    session.id = id;
    return inTransaction(m_state->database, [&] { return updateSessionRow(m_state->database, session); });
}

// Whether `session` replays `sought`, directly or through other runs.
Result<bool> SessionTarget::State::replays(SessionId session, SessionId sought) {
    for (int step = 0; step < kMaxSourceChain; ++step) {
        if (session == sought) return true;
        auto select = database.prepare("SELECT source_session FROM session WHERE id = ?1");
        if (!select) return select.error();
        const auto found = select->bind(1, session.value).step();
        if (!found) return found.error();
        const auto source = *found ? select->maybeInteger(0) : std::nullopt;
        if (!source) return false;
        session = {*source};
    }
    return true;
}

Status SessionTarget::link(SessionId run, SessionId source) {
    Database& database = m_state->database;
    return inTransaction(database, [&]() -> Status {
        const auto circle = m_state->replays(source, run);
        if (!circle) return circle.error();
        if (*circle) return {};
        auto update =
            database.prepare("UPDATE session SET source_session = ?2 WHERE id = ?1 AND source_session IS NULL");
        if (!update) return update.error();
        if (auto done = update->bind(1, run.value).bind(2, source.value).run(); !done) return done;
        if (database.changes() == 0) return {};
        return sealRow(database, Sealed::session, run.value);
    });
}

Result<Neighbours> SessionTarget::State::neighbours(SessionId session, int number) {
    Neighbours near;
    auto select = database.prepare(
        "SELECT turn.id, request.headers_part, response.body_part, response.headers_part FROM turn "
        "JOIN request ON request.turn_id = turn.id LEFT JOIN response ON response.turn_id = turn.id "
        "WHERE session_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1");
    if (!select) return select.error();
    auto found = select->bind(1, session.value).bind(2, std::int64_t{number}).step();
    if (!found) return found.error();
    if (!*found) return near;
    near.turn = TurnId{select->integer(0)};
    near.requestHeaders = partOf(select->maybeInteger(1));
    near.reply = partOf(select->maybeInteger(2));
    near.replyHeaders = partOf(select->maybeInteger(3));
    auto screen = database.prepare(
        "SELECT screen_id FROM turn WHERE session_id = ?1 AND screen_id IS NOT NULL AND number < ?2 "
        "ORDER BY number DESC LIMIT 1");
    if (!screen) return screen.error();
    found = screen->bind(1, session.value).bind(2, std::int64_t{number}).step();
    if (!found) return found.error();
    if (*found) near.screen = partOf(screen->maybeInteger(0));
    return near;
}

Result<std::optional<PreparedPart>> SessionTarget::State::prepare(std::string_view bytes, PartKind kind,
                                                                  std::optional<PartId> similar) {
    if (bytes.empty()) return std::optional<PreparedPart>();
    auto part = parts.prepare(bytes, kind, similar);
    if (!part) return part.error();
    return std::optional(std::move(*part));
}

Status SessionTarget::State::prepareReply(PreparedTurn& prepared, const TurnContent& content, const Neighbours& near,
                                          std::span<const ScreenText> texts) {
    if (content.screen && !content.screen->empty()) {
        auto screen = parts.prepareScreen(*content.screen, texts, near.screen);
        if (!screen) return screen.error();
        prepared.screen = std::move(*screen);
    }
    if (!content.reply) return {};
    auto body = prepare(content.reply->body, PartKind::response, near.reply);
    if (!body) return body.error();
    prepared.reply = std::move(*body);
    auto replyHeaders = headers.prepare(content.reply->headers, near.replyHeaders);
    if (!replyHeaders) return replyHeaders.error();
    prepared.replyHeaders = std::move(*replyHeaders);
    if (content.reply->arrivals.empty()) return {};
    auto arrivals = encodeArrivals(content.reply->arrivals, zstandard);
    if (!arrivals) return arrivals.error();
    prepared.arrivals = std::move(*arrivals);
    return {};
}

Result<PreparedTurn> SessionTarget::State::prepareTurn(const TurnContent& content, bool alone) {
    const auto near = neighbours(content.turn.session, content.turn.number);
    if (!near) return near.error();
    std::vector<TurnId> bases;
    for (const auto& candidate : {content.turn.parent, content.turn.source, near->turn}) {
        if (candidate && !alone) bases.push_back(*candidate);
    }
    PreparedTurn prepared;
    auto prompt = prompts.prepare(content.request, content.requestParts, bases);
    if (!prompt) return prompt.error();
    prepared.prompt = std::move(*prompt);
    auto requestHeaders = headers.prepare(content.requestHeaders, near->requestHeaders);
    if (!requestHeaders) return requestHeaders.error();
    prepared.requestHeaders = std::move(*requestHeaders);
    for (const auto& file : content.files) {
        auto part = parts.prepare(file.content, PartKind::file);
        if (!part) return part.error();
        prepared.files.push_back(std::move(*part));
    }
    const auto texts = content.screen ? textsOfNewTurn(prepared.prompt, prepared.files, content.screen->size())
                                      : std::vector<ScreenText>();
    if (auto reply = prepareReply(prepared, content, *near, texts); !reply) return reply.error();
    return prepared;
}

Result<std::optional<PartId>> SessionTarget::State::put(std::optional<PreparedPart>& part) {
    if (!part) return std::optional<PartId>();
    // The text that a screen is told against is in the store by now.
    const auto id = parts.put(*part, part->text != nullptr ? part->text->stored : std::nullopt);
    if (!id) return id.error();
    return std::optional(*id);
}

// The same process may have written turns of several sessions, and of one that was copied before.
Result<RecorderId> SessionTarget::State::recorderFor(const RecorderOrigin& origin) {
    auto select = database.prepare(
        "SELECT id FROM recorder WHERE started_ns = ?1 AND listen = ?2 AND upstream = ?3 ORDER BY id LIMIT 1");
    if (!select) return select.error();
    const auto found = select->bind(1, origin.startedNs).bindText(2, origin.listen).bindText(3, origin.upstream).step();
    if (!found) return found.error();
    if (*found) return RecorderId{select->integer(0)};
    auto insert = database.prepare(
        "INSERT INTO recorder(pid, start_mark, listen, upstream, control_token, started_ns, ended_ns) "
        "VALUES (0, '', ?1, ?2, '', ?3, ?4)");
    if (!insert) return insert.error();
    insert->bindText(1, origin.listen).bindText(2, origin.upstream).bind(3, origin.startedNs).bind(4, origin.endedNs);
    if (auto done = insert->run(); !done) return done.error();
    const RecorderId id{database.lastInsertId()};
    if (auto sealed = sealRow(database, Sealed::recorder, id.value); !sealed) return sealed.error();
    return id;
}

Status SessionTarget::State::writeFiles(TurnId turn, const std::vector<LinkedFile>& files,
                                        std::vector<PreparedPart>& contents) {
    auto insert = database.prepare("INSERT INTO turn_file(turn_id, position, path, part_id) VALUES (?1, ?2, ?3, ?4)");
    if (!insert) return insert.error();
    for (std::size_t position = 0; position < files.size(); ++position) {
        const auto part = parts.put(contents[position]);
        if (!part) return part.error();
        insert->bind(1, turn.value).bind(2, static_cast<std::int64_t>(position));
        if (auto done = insert->bindText(3, files[position].path).bind(4, part->value).run(); !done) return done;
    }
    return {};
}

// Row, actions, screen and reply.
Status SessionTarget::State::writeEnd(TurnId turn, TurnContent& content, PreparedTurn& prepared) {
    content.turn.id = turn;
    const auto screen = put(prepared.screen);
    if (!screen) return screen.error();
    content.turn.screenId.reset();
    if (*screen) content.turn.screenId = support::ScreenId{(*screen)->value};
    if (auto updated = updateTurn(database, content.turn); !updated) return updated;
    if (content.reply) {
        const auto body = put(prepared.reply);
        if (!body) return body.error();
        const auto stored = headers.put(prepared.replyHeaders);
        if (!stored) return stored.error();
        auto insert = database.prepare(
            "INSERT INTO response(turn_id, sha256, body_part, headers_part, arrivals, headers) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        if (!insert) return insert.error();
        insert->bind(1, turn.value).bindBlob(2, bytesOf(digest::sha256(content.reply->body)));
        insert->bind(3, valueOf(*body)).bind(4, valueOf(stored->part));
        if (stored->change) insert->bindBlob(6, *stored->change);
        if (prepared.arrivals) insert->bindBlob(5, *prepared.arrivals);
        if (auto done = insert->run(); !done) return done;
    }
    return sealRow(database, Sealed::turn, turn.value);
}

Status SessionTarget::State::writeTurn(TurnContent& content, PreparedTurn& prepared,
                                       const std::optional<RecorderOrigin>& from) {
    RecorderId recorder;
    if (from) {
        const auto known = recorderFor(*from);
        if (!known) return known.error();
        recorder = *known;
    }
    model::Turn row = content.turn;
    row.screenId.reset();  // until its part is there
    const auto id = insertTurn(database, row, recorder);
    if (!id) return id.error();
    const auto stored = headers.put(prepared.requestHeaders);
    if (!stored) return stored.error();
    if (auto written = prompts.write(*id, prepared.prompt, *stored); !written) return written;
    if (auto written = writeFiles(*id, content.files, prepared.files); !written) return written;
    return writeEnd(*id, content, prepared);
}

Result<TurnId> SessionTarget::add(TurnContent& content, const std::optional<RecorderOrigin>& from) {
    Status done;
    for (const bool alone : {false, true}) {
        auto prepared = m_state->prepareTurn(content, alone);
        if (!prepared) return prepared.error();
        done = inTransaction(m_state->database, [&] { return m_state->writeTurn(content, *prepared, from); });
        if (done) m_state->prompts.remember(content.turn.id, std::move(prepared->prompt));
        // The turn that the prompt was to share entries with may just have been deleted by another process.
        if (done || done.error().code != ErrorCode::notFound) break;
    }
    if (!done) return done.error();
    return content.turn.id;
}

Status SessionTarget::complete(TurnId id, TurnContent& content) {
    const auto near = m_state->neighbours(content.turn.session, content.turn.number);
    if (!near) return near.error();
    std::vector<ScreenText> texts;
    if (content.screen) {
        auto stored = textsOfTurn(m_state->database, m_state->parts, m_state->prompts, id, content.screen->size());
        if (!stored) return stored.error();
        texts = std::move(*stored);
    }
    PreparedTurn prepared;
    if (auto reply = m_state->prepareReply(prepared, content, *near, texts); !reply) return reply;
    return inTransaction(m_state->database, [&] { return m_state->writeEnd(id, content, prepared); });
}

Status SessionTarget::fillIn(const KnownTurn& known, const TurnContent& content) {
    const bool newGap = !known.hasGap && content.turn.latency.gap;
    const bool newSource = !known.hasSource && content.turn.source;
    if (!newGap && !newSource) return {};
    Database& database = m_state->database;
    return inTransaction(database, [&]() -> Status {
        auto update = database.prepare(
            "UPDATE turn SET gap_ns = coalesce(gap_ns, ?2), source_turn = coalesce(source_turn, ?3) WHERE id = ?1");
        if (!update) return update.error();
        update->bind(1, known.id.value);
        update->bind(2, newGap ? std::optional<std::int64_t>(content.turn.latency.gap->count()) : std::nullopt);
        update->bind(3, newSource ? std::optional(content.turn.source->value) : std::nullopt);
        if (auto done = update->run(); !done) return done;
        return sealRow(database, Sealed::turn, known.id.value);
    });
}

Status SessionTarget::verify(TurnId id, const TurnContent& content) {
    if (!m_state->reader) {
        auto reader = TraceReader::open(m_state->path);
        if (!reader) return reader.error();
        m_state->reader.emplace(std::move(*reader));
    }
    auto same = compareTurn(*m_state->reader, id, content);
    if (same) return {};
    return support::withContext(same.error(), m_state->path.string() + ": turn " + std::to_string(content.turn.number));
}

Result<bool> SessionTarget::add(const model::Note& note) {
    Database& database = m_state->database;
    bool isNew = false;
    auto done = inTransaction(database, [&]() -> Status {
        auto select = database.prepare(
            "SELECT 1 FROM note WHERE session_id = ?1 AND turn_id IS ?2 AND written_ns = ?3 AND text = ?4");
        if (!select) return select.error();
        select->bind(1, note.session.value).bind(2, note.turn ? std::optional(note.turn->value) : std::nullopt);
        select->bind(3, std::int64_t{note.written.time_since_epoch().count()}).bindText(4, note.text);
        const auto found = select->step();
        if (!found) return found.error();
        if (*found) return {};
        isNew = true;
        const auto inserted = insertNote(database, note);
        if (!inserted) return inserted.error();
        return {};
    });
    if (!done) return done.error();
    return isNew;
}

Result<bool> SessionTarget::add(const GapMark& mark) {
    Database& database = m_state->database;
    bool isNew = false;
    auto done = inTransaction(database, [&]() -> Status {
        const std::int64_t session = mark.session ? mark.session->value : 0;
        const std::int64_t at = mark.at.time_since_epoch().count();
        auto select = database.prepare(
            "SELECT 1 FROM gap_mark WHERE (session_id = ?1 OR session_id IS NULL) AND at_ns = ?2 AND reason = ?3");
        if (!select) return select.error();
        const auto found = select->bind(1, session).bind(2, at).bindText(3, mark.reason).step();
        if (!found) return found.error();
        if (*found) return {};
        isNew = true;
        auto insert = database.prepare("INSERT INTO gap_mark(session_id, at_ns, reason) VALUES (?1, ?2, ?3)");
        if (!insert) return insert.error();
        if (auto run = insert->bind(1, session).bind(2, at).bindText(3, mark.reason).run(); !run) return run;
        return sealRow(database, Sealed::gapMark, database.lastInsertId());
    });
    if (!done) return done.error();
    return isNew;
}

Status SessionTarget::pack() {
    const auto packed = PartPacker(m_state->database, m_state->parts).pack(m_state->partsBefore);
    return packed ? Status() : Status(packed.error());
}

Status SessionTarget::close() {
    m_state->reader.reset();
    Database& database = m_state->database;
    if (auto packed = pack(); !packed) return packed;
    for (const char* sql : {"PRAGMA synchronous = FULL", "PRAGMA journal_mode = DELETE", "VACUUM"}) {
        if (auto done = database.execute(sql); !done) return done;
    }
    m_state.reset();
    return {};
}

}  // namespace turntable::storage
