#include "storage/care/salvage.h"

#include <algorithm>
#include <utility>

#include "storage/arrival_codec.h"
#include "storage/screen_codec.h"
#include "storage/session_rows.h"
#include "storage/turn_rows.h"

namespace turntable::care {

using sqlite::Statement;
using storage::Sealed;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::TurnId;

namespace {

// Ids that are tried one by one beyond the last that a scan has found; more would be hours.
constexpr std::int64_t kMaxTried = 50'000'000;

Error noRow(const std::string& table, std::int64_t id) {
    return {ErrorCode::notFound, table + " row " + std::to_string(id) + " is not there"};
}

support::WallTime wallTime(std::int64_t ns) { return support::WallTime(support::Nanoseconds(ns)); }

}  // namespace

std::int64_t Salvage::largestId(const std::string& table) {
    const auto largest = m_database.integer("SELECT max(id) FROM " + table + " NOT INDEXED");
    const auto given = m_database.integer("SELECT max(seq) FROM sqlite_sequence WHERE name = '" + table + "'");
    return std::max(largest ? *largest : 0, given ? *given : 0);
}

// A row that lies on a damaged page may exist: whoever tries to read it says that it is lost.
bool Salvage::rowMayExist(const std::string& table, std::int64_t id) {
    auto select = m_database.prepare("SELECT id FROM " + table + " NOT INDEXED WHERE id = ?1");
    if (!select) return true;
    const auto found = select->bind(1, id).step();
    return !found || *found;
}

Result<std::vector<std::int64_t>> Salvage::idsOf(const std::string& table, const Watch& watch) {
    std::vector<std::int64_t> ids;
    {
        auto select = m_database.prepare("SELECT id FROM " + table + " NOT INDEXED ORDER BY id");
        if (!select) return select.error();
        for (;;) {
            const auto found = select->step();
            if (!found) break;
            if (!*found) return ids;
            ids.push_back(select->integer(0));
        }
    }
    const std::int64_t first = ids.empty() ? 1 : ids.back() + 1;
    const std::int64_t last = std::min(largestId(table), first + kMaxTried);
    for (std::int64_t id = first; id <= last; ++id) {
        if (watch.stop.stop_requested()) return Error{ErrorCode::cancelled, "the repair was stopped"};
        if (rowMayExist(table, id)) ids.push_back(id);
    }
    return ids;
}

Result<model::Session> Salvage::session(std::int64_t id) {
    auto select = m_database.prepare(
        std::string("SELECT id, name, CASE WHEN mode BETWEEN 0 AND 3 THEN mode ELSE 0 END, simulated, started_ns, 0, "
                    "model, endpoint, source_session, note, identity_server_kind, identity_name, "
                    "identity_quantization, identity_context, identity_parameters, identity_build, "
                    "identity_template, ") +
        (m_version >= 2 ? "uid" : "CAST((SELECT hex(salt) FROM store) || printf('%016x', id) AS BLOB)") +
        " FROM session NOT INDEXED WHERE id = ?1");
    if (!select) return select.error();
    select->bind(1, id);
    auto found = storage::readSessions(m_database, *select);
    if (!found) return found.error();
    if (found->empty()) return noRow("session", id);
    return std::move(found->front());
}

Result<model::Turn> Salvage::turn(std::int64_t id) {
    auto select = m_database.prepare(storage::selectTurns("WHERE id = ?1"));
    if (!select) return select.error();
    select->bind(1, id);
    auto found = storage::readTurns(m_database, *select);
    if (!found) return found.error();
    if (found->empty()) return noRow("turn", id);
    if (auto attached = storage::attachActions(m_database, *found); !attached) return attached.error();
    return std::move(found->front());
}

Result<model::Note> Salvage::note(std::int64_t id) {
    auto select = m_database.prepare("SELECT session_id, turn_id, written_ns, text FROM note WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id).step();
    if (!found) return found.error();
    if (!*found) return noRow("note", id);
    model::Note note;
    note.session = {select->integer(0)};
    if (const auto turn = select->maybeInteger(1)) note.turn = TurnId{*turn};
    note.written = wallTime(select->integer(2));
    note.text = select->text(3);
    return note;
}

Result<storage::GapMark> Salvage::gapMark(std::int64_t id) {
    auto select = m_database.prepare("SELECT session_id, at_ns, reason FROM gap_mark WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id).step();
    if (!found) return found.error();
    if (!*found) return noRow("gap_mark", id);
    storage::GapMark mark;
    if (const auto session = select->maybeInteger(0)) mark.session = support::SessionId{*session};
    mark.at = wallTime(select->integer(1));
    mark.reason = select->text(2);
    return mark;
}

bool Salvage::sealIsBroken(Sealed table, std::int64_t id) {
    if (m_version < 2) return false;
    auto select = m_database.prepare("SELECT seal FROM " + std::string(storage::tableName(table)) + " WHERE id = ?1");
    if (!select) return true;
    const auto found = select->bind(1, id).step();
    if (!found || !*found) return true;
    const auto seal = storage::sealOf(m_database, table, id);
    return !seal || select->maybeInteger(0) != *seal;
}

Result<storage::PromptStore::CutBody> Salvage::request(TurnId turn) { return m_prompts.readCut(turn); }

Result<std::string> Salvage::requestHeaders(TurnId turn) {
    auto select = m_database.prepare("SELECT headers_part FROM request WHERE turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found || select->isNull(0)) return std::string();
    return m_parts.read(PartId{select->integer(0)});
}

SalvagedFiles Salvage::files(TurnId turn) {
    SalvagedFiles salvaged;
    auto select = m_database.prepare("SELECT path, part_id FROM turn_file WHERE turn_id = ?1 ORDER BY position");
    if (!select) return {{}, {"its linked files: " + select.error().message}};
    select->bind(1, turn.value);
    for (;;) {
        const auto found = select->step();
        if (!found) salvaged.losses.push_back("its linked files: " + found.error().message);
        if (!found || !*found) return salvaged;
        auto content = m_parts.read(PartId{select->integer(1)});
        if (content) {
            salvaged.files.push_back({select->text(0), std::move(*content)});
        } else {
            salvaged.losses.push_back("its linked file " + select->text(0) + ": " + content.error().message);
        }
    }
}

std::optional<SalvagedReply> Salvage::reply(TurnId turn) {
    SalvagedReply reply;
    auto select =
        m_database.prepare("SELECT sha256, body_part, headers_part, arrivals FROM response WHERE turn_id = ?1");
    const auto found = select ? select->bind(1, turn.value).step() : Result<bool>(select.error());
    if (!found) {
        reply.losses.push_back("its reply: " + found.error().message);
        return reply;
    }
    if (!*found) return std::nullopt;
    const auto recorded = storage::digestFrom(select->blob(0));
    const auto part = select->maybeInteger(1);
    auto body = part ? m_parts.read(PartId{*part}) : Result<std::string>(std::string());
    reply.bodyIsWhole = body && recorded && digest::sha256(*body) == *recorded;
    if (reply.bodyIsWhole) {
        reply.body = std::move(*body);
    } else {
        reply.losses.push_back("its reply: " + (body ? "it does not have the recorded SHA-256" : body.error().message));
    }
    if (const auto headers = select->maybeInteger(2)) {
        auto text = m_parts.read(PartId{*headers});
        if (!text) reply.losses.push_back("the headers of its reply: " + text.error().message);
        if (text) reply.headers = std::move(*text);
    }
    if (!reply.bodyIsWhole || select->isNull(3)) return reply;
    auto arrivals = storage::decodeArrivals(select->blob(3), m_zstandard);
    std::uint64_t sum = 0;
    if (arrivals) {
        for (const auto& arrival : *arrivals) sum += arrival.size;
    }
    if (arrivals && sum == reply.body.size()) {
        reply.arrivals = std::move(*arrivals);
    } else {
        reply.losses.emplace_back("when the pieces of its reply came");
    }
    return reply;
}

Result<model::Screen> Salvage::screen(support::ScreenId screen) {
    const auto bytes = m_parts.read(PartId{screen.value});
    if (!bytes) return bytes.error();
    return storage::decodeScreen(*bytes);
}

}  // namespace turntable::care
