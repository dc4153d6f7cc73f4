#include "storage/care/repair.h"

#include <map>
#include <optional>
#include <utility>

#include "storage/care/check_file.h"
#include "storage/care/salvage.h"
#include "storage/sqlite/database.h"
#include "storage/trace_writer.h"

namespace turntable::care {

using model::Session;
using model::Turn;
using sqlite::Database;
using sqlite::OpenMode;
using storage::Sealed;
using storage::TraceWriter;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

namespace {

constexpr std::int64_t kTurnsBetweenReports = 64;
constexpr const char* kFiguresInDoubt = "the row of this turn was damaged: its figures may be wrong";

/// A session of the new store.
struct NewSession {
    SessionId id;
    std::string name;
    support::WallTime started{};
    std::optional<std::int64_t> source;  ///< id in the damaged store
};

/// Carries rows over, one after the other, and keeps what became of the old ids.
class Repair {
public:
    Repair(Salvage& salvage, TraceWriter& writer, const Watch& watch)
        : m_salvage(salvage), m_writer(writer), m_watch(watch) {}

    Status run();
    RepairReport take() { return std::move(m_report); }

private:
    Status saveSessions();
    Status saveSession(std::int64_t id);
    Status saveTurns();
    Status saveTurn(std::int64_t id);
    Status writeTurn(Turn turn, const storage::PromptStore::CutBody& request, const std::string& name);
    Status saveNotes();
    Status saveGapMarks();
    Status loseTurn(std::optional<Turn> turn, std::int64_t id, const std::string& why);
    Result<SessionId> sessionFor(std::int64_t id);
    void linkTurn(Turn& turn, std::int64_t oldSession);
    void lose(const std::string& where, const std::vector<std::string>& losses);

    Salvage& m_salvage;
    TraceWriter& m_writer;
    const Watch& m_watch;
    RepairReport m_report;
    std::map<std::int64_t, NewSession> m_sessions;  ///< by old id
    std::map<std::int64_t, TurnId> m_turns;         ///< by old id
    std::map<std::int64_t, SessionId> m_sessionOf;  ///< of an old turn: its new session
};

void Repair::lose(const std::string& where, const std::vector<std::string>& losses) {
    for (const auto& loss : losses) m_report.losses.push_back(where + ": " + loss);
}

Status Repair::saveSession(std::int64_t id) {
    auto session = m_salvage.session(id);
    if (!session) {
        lose("session " + std::to_string(id), {session.error().message});
        return {};
    }
    const auto source = session->source;
    const auto kept = source ? m_sessions.find(source->value) : m_sessions.end();
    session->source = kept == m_sessions.end() ? std::nullopt : std::optional(kept->second.id);
    if (m_salvage.sealIsBroken(Sealed::session, id)) {
        const std::string doubt = "the row of this session was damaged: its name, times and model may be wrong";
        lose("session '" + session->name + "'", {doubt});
        session->note += (session->note.empty() ? "" : "; ") + doubt;
    }
    const auto created = m_writer.createSession(*session);
    if (!created) return created.error();
    m_sessions[id] = {*created, session->name, session->started, source ? std::optional(source->value) : std::nullopt};
    ++m_report.sessions;
    return {};
}

Status Repair::saveSessions() {
    const auto ids = m_salvage.idsOf("session", m_watch);
    if (!ids) return ids.error();
    for (const std::int64_t id : *ids) {
        if (auto saved = saveSession(id); !saved) return saved;
    }
    return {};
}

// Turns whose session cannot be read get one of their own.
Result<SessionId> Repair::sessionFor(std::int64_t id) {
    if (const auto known = m_sessions.find(id); known != m_sessions.end()) return known->second.id;
    Session session;
    session.name = "saved from session " + std::to_string(id);
    session.note = "the row of this session was lost to damage";
    const auto created = m_writer.createSession(session);
    if (!created) return created;
    m_sessions[id] = {*created, session.name, {}, std::nullopt};
    ++m_report.sessions;
    return created;
}

void Repair::linkTurn(Turn& turn, std::int64_t oldSession) {
    const auto newTurn = [&](std::optional<TurnId> old, std::optional<SessionId> session) -> std::optional<TurnId> {
        const auto found = old ? m_turns.find(old->value) : m_turns.end();
        if (found == m_turns.end() || m_sessionOf.at(old->value) != session) return std::nullopt;
        return found->second;
    };
    const auto source = m_sessions.at(oldSession).source;
    const auto sourceSession = source ? m_sessions.find(*source) : m_sessions.end();
    turn.parent = newTurn(turn.parent, turn.session);
    turn.source = newTurn(turn.source,
                          sourceSession == m_sessions.end() ? std::nullopt : std::optional(sourceSession->second.id));
}

Status Repair::loseTurn(std::optional<Turn> turn, std::int64_t id, const std::string& why) {
    if (!turn) {
        lose("turn row " + std::to_string(id), {why});
        return {};
    }
    const auto session = sessionFor(turn->session.value);
    if (!session) return session.error();
    const std::string what = "turn " + std::to_string(turn->number) + " was lost to damage: " + why;
    lose("session '" + m_sessions.at(turn->session.value).name + "'", {what});
    return m_writer.addGapMark(*session, turn->started, what);
}

Status Repair::saveTurn(std::int64_t id) {
    auto turn = m_salvage.turn(id);
    if (!turn) return loseTurn(std::nullopt, id, turn.error().message);
    const auto request = m_salvage.request(TurnId{id});
    if (!request) return loseTurn(*turn, id, request.error().message);
    const auto session = sessionFor(turn->session.value);
    if (!session) return session.error();
    const std::string name =
        "session '" + m_sessions.at(turn->session.value).name + "', turn " + std::to_string(turn->number);
    if (m_salvage.sealIsBroken(Sealed::turn, id)) {
        lose(name, {kFiguresInDoubt});
        turn->error = turn->error.empty() ? kFiguresInDoubt : kFiguresInDoubt + ("; " + turn->error);
    }
    const std::int64_t oldSession = turn->session.value;
    turn->session = *session;
    linkTurn(*turn, oldSession);
    return writeTurn(std::move(*turn), *request, name);
}

Status Repair::writeTurn(Turn turn, const storage::PromptStore::CutBody& request, const std::string& name) {
    const TurnId old = turn.id;
    std::optional<model::Screen> screen;
    if (turn.screenId) {
        auto read = m_salvage.screen(*turn.screenId);
        if (!read) lose(name, {"its screen: " + read.error().message});
        if (read) screen = std::move(*read);
        turn.screenId.reset();
    }
    // What the row says of a screen that is there has to be what the screen says.
    if (screen) {
        const std::string note = turn.screen ? turn.screen->note : "";
        turn.screen = model::summarize(*screen);
        turn.screen->note = note;
    }
    auto headers = m_salvage.requestHeaders(old);
    if (!headers) lose(name, {"the headers of its request: " + headers.error().message});
    const auto files = m_salvage.files(old);
    lose(name, files.losses);
    const auto reply = m_salvage.reply(old);
    if (!reply) {
        turn.responseBytes = 0;
        const bool hadReply = turn.status == model::TurnStatus::complete || turn.status == model::TurnStatus::failed;
        if (hadReply) lose(name, {"its reply row is missing"});
        if (hadReply) turn.error += (turn.error.empty() ? "" : "; ") + std::string("its reply was lost to damage");
    }
    Turn begun = turn;
    const auto done = m_writer.beginTurn(
        begun, {request.bytes, request.parts, headers ? std::string_view(*headers) : std::string_view(), files.files},
        {});
    if (!done) return done;
    m_turns[old.value] = begun.id;
    m_sessionOf[old.value] = begun.session;
    ++m_report.turns;
    if (!reply) return {};  // stays open until `closeTornTurns`
    lose(name, reply->losses);
    turn.id = begun.id;
    turn.number = begun.number;
    if (turn.status == model::TurnStatus::open) turn.status = model::TurnStatus::interrupted;
    if (!reply->bodyIsWhole) {
        turn.status = model::TurnStatus::interrupted;
        turn.error += (turn.error.empty() ? "" : "; ") + reply->losses.front() + "; lost to damage";
    } else {
        ++m_report.replies;
    }
    return m_writer.finishTurn(turn, {reply->body, reply->arrivals, reply->headers}, screen ? &*screen : nullptr);
}

Status Repair::saveTurns() {
    const auto ids = m_salvage.idsOf("turn", m_watch);
    if (!ids) return ids.error();
    std::int64_t done = 0;
    for (const std::int64_t id : *ids) {
        if (m_watch.stop.stop_requested()) return Error{ErrorCode::cancelled, "the repair was stopped"};
        if (done % kTurnsBetweenReports == 0) m_watch.tell("turns", done, static_cast<std::int64_t>(ids->size()));
        ++done;
        if (auto saved = saveTurn(id); !saved) return saved;
    }
    const auto closed = m_writer.closeTornTurns();
    if (!closed) return closed.error();
    return {};
}

Status Repair::saveNotes() {
    const auto ids = m_salvage.idsOf("note", m_watch);
    // A store of version 1 has none.
    if (!ids) return {};
    for (const std::int64_t id : *ids) {
        auto note = m_salvage.note(id);
        const auto session = note ? m_sessions.find(note->session.value) : m_sessions.end();
        if (session == m_sessions.end()) {
            lose("note " + std::to_string(id), {note ? "its session is lost" : note.error().message});
            continue;
        }
        if (m_salvage.sealIsBroken(Sealed::note, id)) note->text += " (this note was damaged: it may be wrong)";
        const auto turn = note->turn ? m_turns.find(note->turn->value) : m_turns.end();
        note->session = session->second.id;
        const bool hasTurn = turn != m_turns.end() && m_sessionOf.at(note->turn->value) == note->session;
        note->turn = hasTurn ? std::optional(turn->second) : std::nullopt;
        const auto added = m_writer.addNote(*note);
        if (!added) return added.error();
        ++m_report.notes;
    }
    return {};
}

Status Repair::saveGapMarks() {
    const auto ids = m_salvage.idsOf("gap_mark", m_watch);
    if (!ids) return ids.error();
    for (const std::int64_t id : *ids) {
        const auto mark = m_salvage.gapMark(id);
        if (!mark) {
            lose("gap mark " + std::to_string(id), {mark.error().message});
            continue;
        }
        const auto session = mark->session ? m_sessions.find(mark->session->value) : m_sessions.end();
        const auto to = session == m_sessions.end() ? std::nullopt : std::optional(session->second.id);
        if (auto added = m_writer.addGapMark(to, mark->at, mark->reason); !added) return added;
        ++m_report.gapMarks;
    }
    return {};
}

Status Repair::run() {
    if (auto done = saveSessions(); !done) return done;
    if (auto done = saveTurns(); !done) return done;
    if (auto done = saveNotes(); !done) return done;
    if (auto done = saveGapMarks(); !done) return done;
    return m_writer.checkpoint();
}

}  // namespace

Result<RepairReport> repairStore(const std::filesystem::path& damaged, const std::filesystem::path& target,
                                 const Watch& watch) {
    std::error_code ignored;
    if (std::filesystem::exists(target, ignored)) {
        return Error{ErrorCode::invalidArgument,
                     target.string() + ": expected the name of a new file, found one that exists"};
    }
    auto database = Database::open(damaged, OpenMode::readOnly);
    if (!database) return database.error();
    auto result = [&]() -> Result<RepairReport> {
        auto writer = TraceWriter::open(target);
        if (!writer) return writer.error();
        Salvage salvage(*database, versionByTables(*database));
        Repair repair(salvage, *writer, watch);
        if (auto done = repair.run(); !done) return done.error();
        return repair.take();
    }();
    if (!result) {
        for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(target.string() + suffix, ignored);
    }
    return result;
}

}  // namespace turntable::care
