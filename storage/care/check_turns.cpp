#include "storage/care/check_turns.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/arrival_codec.h"
#include "storage/care/turn_contents.h"
#include "storage/recorder_rows.h"
#include "storage/seal.h"
#include "storage/session_rows.h"
#include "storage/turn_rows.h"

namespace turntable::care {

using storage::PartKind;
using storage::Sealed;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;
using support::TurnId;

namespace {

constexpr std::int64_t kTurnsBetweenReports = 64;

struct SessionFacts {
    std::string name;
    std::optional<std::int64_t> source;
};

struct TurnPlace {
    std::int64_t id = 0;
    std::int64_t session = 0;
    std::int64_t number = 0;
};

/// Everything one pass over the turns needs to look up.
class Walk {
public:
    explicit Walk(TurnCheck& check) : m_check(check), m_contents(check) {}

    Status readSessions();
    Status readPlaces();
    Status checkTurns(const Watch& watch);
    void checkNumbers();
    Status checkNotes();
    void reportLost();

private:
    [[nodiscard]] std::string nameOf(std::int64_t session) const;
    [[nodiscard]] std::string nameOf(const TurnPlace& place) const;
    Status checkTurn(const TurnPlace& place);
    Status checkSeal(const TurnPlace& place, const std::string& where);
    void checkLinks(const TurnPlace& place, const model::Turn& turn, const std::string& where);
    Status checkRequest(const TurnPlace& place, const model::Turn& turn, const std::string& where);

    TurnCheck& m_check;
    TurnContents m_contents;
    std::map<std::int64_t, SessionFacts> m_sessions;
    std::vector<TurnPlace> m_places;  ///< by id
    std::unordered_map<std::int64_t, std::int64_t> m_sessionOfTurn;
    struct Lost {
        TurnPlace place;
        std::string reason;
    };
    std::vector<Lost> m_lost;  ///< requests
};

std::string Walk::nameOf(std::int64_t session) const {
    const auto found = m_sessions.find(session);
    if (found == m_sessions.end()) return "session " + std::to_string(session);
    return "session '" + found->second.name + "' (" + std::to_string(session) + ")";
}

std::string Walk::nameOf(const TurnPlace& place) const {
    return nameOf(place.session) + ", turn " + std::to_string(place.number);
}

Status Walk::readSessions() {
    auto& [database, parts, prompts, census, report, findings, version] = m_check;
    std::vector<std::int64_t> ids;
    const std::string lost = "the sessions behind this place cannot be listed";
    {
        auto select = database.prepare("SELECT id FROM session NOT INDEXED ORDER BY id");
        if (!select) return findings.addError(Damage::row, "table session", select.error(), lost);
        for (;;) {
            const auto found = select->step();
            if (!found) {
                if (auto added = findings.addError(Damage::row, "table session", found.error(), lost); !added)
                    return added;
                break;
            }
            if (!*found) break;
            ids.push_back(select->integer(0));
        }
    }
    for (const std::int64_t id : ids) {
        auto select = database.prepare(storage::selectSessions("WHERE id = ?1", version));
        if (!select) return findings.addError(Damage::row, "table session", select.error(), lost);
        select->bind(1, id);
        const auto read = storage::readSessions(database, *select);
        SessionFacts facts;
        if (read && !read->empty()) {
            facts.name = read->front().name;
            if (read->front().source) facts.source = read->front().source->value;
        } else if (!read) {
            auto added = findings.addError(Damage::row, nameOf(id), read.error(), "the session cannot be listed");
            if (!added) return added;
        }
        m_sessions.emplace(id, std::move(facts));
        const auto source = m_sessions.at(id).source;
        if (source && *source >= id) {
            findings.add(Damage::reference, nameOf(id), "the session it replays is not an older one",
                         "it may be shown under the wrong session");
        }
    }
    report.sessions = static_cast<std::int64_t>(m_sessions.size());
    return {};
}

Status Walk::readPlaces() {
    const std::string lost = "the turns behind this place cannot be listed";
    auto select = m_check.database.prepare("SELECT id, session_id, number FROM turn NOT INDEXED ORDER BY id");
    if (!select) return m_check.findings.addError(Damage::row, "table turn", select.error(), lost);
    for (;;) {
        const auto found = select->step();
        if (!found) return m_check.findings.addError(Damage::row, "table turn", found.error(), lost);
        if (!*found) return {};
        m_places.push_back({select->integer(0), select->integer(1), select->integer(2)});
        m_sessionOfTurn.emplace(select->integer(0), select->integer(1));
    }
}

Status Walk::checkTurns(const Watch& watch) {
    std::int64_t done = 0;
    for (const TurnPlace& place : m_places) {
        if (done % kTurnsBetweenReports == 0) watch.tell("turns", done, static_cast<std::int64_t>(m_places.size()));
        ++done;
        if (watch.stop.stop_requested()) return Error{ErrorCode::cancelled, "the check was stopped"};
        if (auto checked = checkTurn(place); !checked) return checked;
    }
    m_check.report.turns = done;
    const auto torn = storage::tornTurns(m_check.database);
    if (torn) {
        m_check.report.openTurns = static_cast<std::int64_t>(torn->size());
        return {};
    }
    return m_check.findings.addError(Damage::row, "table turn", torn.error(), "open turns cannot be counted");
}

Status Walk::checkSeal(const TurnPlace& place, const std::string& where) {
    if (m_check.version < 2) return {};
    const std::string meaning =
        "a figure, a name, a time or a tool call of this turn may be wrong; bodies have hashes "
        "of their own";
    auto select = m_check.database.prepare("SELECT seal FROM turn WHERE id = ?1");
    if (!select) return m_check.findings.addError(Damage::row, where, select.error(), meaning);
    const auto found = select->bind(1, place.id).step();
    if (!found) return m_check.findings.addError(Damage::row, where, found.error(), meaning);
    const auto expected = storage::sealOf(m_check.database, Sealed::turn, place.id);
    if (!expected) return m_check.findings.addError(Damage::row, where, expected.error(), meaning);
    const auto seal = *found ? select->maybeInteger(0) : std::nullopt;
    if (seal == *expected) return {};
    m_check.findings.add(Damage::row, where, seal ? "its seal is not that of its rows" : "it has no seal", meaning);
    return {};
}

Status Walk::checkTurn(const TurnPlace& place) {
    const std::string where = nameOf(place);
    if (auto checked = checkSeal(place, where); !checked) return checked;
    auto select = m_check.database.prepare(storage::selectTurns("WHERE id = ?1"));
    if (!select) return select.error();
    select->bind(1, place.id);
    const auto read = storage::readTurns(m_check.database, *select);
    if (!read || read->empty()) {
        const Error error =
            read ? Error{ErrorCode::corrupt, "its row is not where the list of turns has it"} : read.error();
        return m_check.findings.addError(Damage::row, where, error, "this turn cannot be shown");
    }
    const model::Turn& turn = read->front();
    checkLinks(place, turn, where);
    if (auto checked = checkRequest(place, turn, where); !checked) return checked;
    if (auto checked = m_contents.checkReply(turn, where); !checked) return checked;
    if (auto checked = m_contents.checkScreen(turn, where); !checked) return checked;
    return m_contents.checkFiles(turn.id, where);
}

void Walk::checkLinks(const TurnPlace& place, const model::Turn& turn, const std::string& where) {
    Findings& findings = m_check.findings;
    const auto sessionOf = [&](std::optional<TurnId> link) -> std::optional<std::int64_t> {
        const auto found = link ? m_sessionOfTurn.find(link->value) : m_sessionOfTurn.end();
        return found == m_sessionOfTurn.end() ? std::nullopt : std::optional(found->second);
    };
    if (const auto session = sessionOf(turn.parent)) {
        if (turn.parent->value >= place.id || *session != place.session) {
            findings.add(Damage::reference, where, "the turn it continues is not an older one of its session",
                         "what is new in its prompt may be shown wrongly; its bytes are not affected");
        }
    }
    if (const auto session = sessionOf(turn.source)) {
        const auto own = m_sessions.find(place.session);
        const auto source = own == m_sessions.end() ? std::nullopt : own->second.source;
        if (turn.source->value >= place.id || source != session) {
            findings.add(Damage::reference, where, "the turn it answers again is not one of the session it replays",
                         "it may be compared with the wrong turn; its bytes are not affected");
        }
    }
}

Status Walk::checkRequest(const TurnPlace& place, const model::Turn& turn, const std::string& where) {
    const auto body = m_check.prompts.read(turn.id);
    if (body) {
        m_check.report.requestBytes += static_cast<std::int64_t>(body->size());
        if (turn.requestBytes != static_cast<std::int64_t>(body->size())) {
            m_check.findings.add(Damage::request, where,
                                 "its row says " + std::to_string(turn.requestBytes) + " request bytes, there are " +
                                     std::to_string(body->size()),
                                 "the figure is wrong; the bytes are whole");
        }
    } else {
        if (body.error().code == ErrorCode::cancelled) return body.error();
        m_lost.push_back({place, body.error().message});
    }
    return m_contents.checkRequestParts(turn.id, where);
}

void Walk::checkNumbers() {
    std::map<std::int64_t, std::vector<std::int64_t>> numbers;
    for (const TurnPlace& place : m_places) numbers[place.session].push_back(place.number);
    for (auto& [session, list] : numbers) {
        std::sort(list.begin(), list.end());
        std::int64_t expected = 1;
        for (const std::int64_t number : list) {
            if (number != expected) {
                m_check.findings.add(
                    Damage::numbering, nameOf(session),
                    "expected turn " + std::to_string(expected) + ", found turn " + std::to_string(number),
                    "turns are missing, or have the wrong number");
                break;
            }
            ++expected;
        }
    }
}

Status Walk::checkNotes() {
    if (m_check.version < 2) return {};
    const std::string meaning = "the note may be shown beside the wrong turn";
    auto select = m_check.database.prepare(
        "SELECT note.id FROM note JOIN turn ON turn.id = note.turn_id WHERE turn.session_id <> note.session_id");
    if (!select) return m_check.findings.addError(Damage::reference, "table note", select.error(), meaning);
    for (;;) {
        const auto found = select->step();
        if (!found) return m_check.findings.addError(Damage::reference, "table note", found.error(), meaning);
        if (!*found) return {};
        m_check.findings.add(Damage::reference, "note row " + std::to_string(select->integer(0)),
                             "its turn is one of another session", meaning);
    }
}

// One part that is lost can take the requests of a whole session with it: one line for each run of turns.
void Walk::reportLost() {
    std::stable_sort(m_lost.begin(), m_lost.end(), [](const Lost& left, const Lost& right) {
        return std::pair(left.place.session, left.place.number) < std::pair(right.place.session, right.place.number);
    });
    for (auto first = m_lost.begin(); first != m_lost.end();) {
        auto last = first;
        while (last + 1 != m_lost.end() && (last + 1)->place.session == first->place.session &&
               (last + 1)->place.number == last->place.number + 1) {
            ++last;
        }
        const bool isOne = first == last;
        const std::string turns =
            isOne ? "turn " + std::to_string(first->place.number)
                  : "turns " + std::to_string(first->place.number) + ".." + std::to_string(last->place.number);
        m_check.findings.add(Damage::request, nameOf(first->place.session) + ", " + turns, first->reason,
                             isOne ? "its request bytes are lost; its timeline row is whole"
                                   : "their request bytes are lost; their timeline rows are whole");
        first = last + 1;
    }
}

}  // namespace

Status checkSessionsAndTurns(TurnCheck& check, const Watch& watch) {
    Walk walk(check);
    if (auto done = walk.readSessions(); !done) return done;
    if (auto done = walk.readPlaces(); !done) return done;
    if (auto done = walk.checkTurns(watch); !done) return done;
    walk.checkNumbers();
    walk.reportLost();
    return walk.checkNotes();
}

}  // namespace turntable::care
