#include "storage/archive/session_copy.h"

#include <algorithm>
#include <utility>

#include "storage/digest/sha256.h"
#include "storage/part_store.h"

namespace turntable::storage {

using model::Session;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

namespace {

constexpr std::size_t kUidBytes = 16;

std::string hashOf(const std::string& bytes) { return std::string(bytesOf(digest::sha256(bytes))); }

std::string nameOf(const Session& session) { return "session '" + session.name + "'"; }

// Whether the turn that is there is the one that comes, or that one before its reply ended.
bool isSame(const SessionTarget::KnownTurn& known, const TurnContent& content) {
    if (known.startedNs != content.turn.started.time_since_epoch().count()) return false;
    if (known.requestHash != hashOf(content.request)) return false;
    return !known.replyHash || !content.reply || *known.replyHash == hashOf(content.reply->body);
}

bool lacksItsEnd(const SessionTarget::KnownTurn& known, const TurnContent& content) {
    return known.isInterrupted && !known.replyHash && content.reply;
}

}  // namespace

Status SessionCopy::prepare(std::vector<Session> sessions) {
    for (auto& session : sessions) {
        Plan plan;
        auto turns = m_source.turns(session);
        if (!turns) return turns.error();
        plan.turns = std::move(*turns);
        plan.targetUid = session.uid;
        plan.session = std::move(session);
        if (m_filter != nullptr) {
            Session named;
            named.uid = plan.session.uid;
            if (auto done = m_filter->change(named); !done) return done;
            plan.targetUid = named.uid;
        }
        auto existing = m_target.find(plan.targetUid);
        if (!existing) return existing.error();
        plan.existing = *existing;
        if (plan.existing) {
            auto known = m_target.turns(*plan.existing);
            if (!known) return known.error();
            plan.known = std::move(*known);
        }
        m_state.turnsTotal += static_cast<std::int64_t>(plan.turns.size());
        m_plans.push_back(std::move(plan));
    }
    return {};
}

Status SessionCopy::goOn(const Plan& plan, ArchiveProgress::Phase phase, const TurnContent& content) {
    m_state.phase = phase;
    m_state.session = plan.session.name;
    ++m_state.turnsDone;
    m_state.bytesDone += bytesIn(content);
    if (m_progress) m_progress(m_state);
    if (!m_stop.stop_requested()) return {};
    return Error{ErrorCode::cancelled, "stopped at turn " + std::to_string(content.turn.number) + " of " +
                                           nameOf(plan.session) + ", " + std::to_string(m_state.turnsDone) + " of " +
                                           std::to_string(m_state.turnsTotal) + " turns"};
}

// Gives the uid that a copy of the session would have: made of its content, so that it is the same next time.
Result<std::string> SessionCopy::checkSession(Plan& plan, bool& conflicts) {
    std::string identity = "copy of " + plan.session.uid;
    conflicts = false;
    for (const auto key : plan.turns) {
        const auto content = m_source.content(plan.session, key);
        if (!content) return content.error();
        for (const auto& link : {content->turn.parent, content->turn.source}) {
            if (auto older = checkLink(plan, key.number, link); !older) return older.error();
        }
        const auto known = plan.known.find(key.number);
        if (known != plan.known.end() && !isSame(known->second, *content)) conflicts = true;
        identity += hashOf(content->request);
        if (content->reply) identity += hashOf(content->reply->body);
        if (auto on = goOn(plan, ArchiveProgress::Phase::checking, *content); !on) return on.error();
    }
    return hashOf(identity).substr(0, kUidBytes);
}

Status SessionCopy::takeAsCopy(Plan& plan, const std::string& uid) {
    plan.isCopy = true;
    plan.targetUid = uid;
    plan.known.clear();
    const auto existing = m_target.find(uid);
    if (!existing) return existing.error();
    plan.existing = *existing;
    if (!plan.existing) return {};
    auto known = m_target.turns(*plan.existing);
    if (!known) return known.error();
    plan.known = std::move(*known);
    return {};
}

Status SessionCopy::check(OnConflict onConflict) {
    m_state.turnsDone = 0;
    m_state.bytesDone = 0;
    for (Plan& plan : m_plans) {
        bool conflicts = false;
        const auto copyUid = checkSession(plan, conflicts);
        if (!copyUid) return copyUid.error();
        for (const auto read : {m_source.gapMarks(plan.session).ok(), m_source.notes(plan.session).ok()}) {
            if (!read) return Error{ErrorCode::corrupt, nameOf(plan.session) + ": its notes or gap marks are damaged"};
        }
        if (!conflicts) continue;
        if (onConflict == OnConflict::refuse) {
            return Error{ErrorCode::invalidArgument,
                         nameOf(plan.session) +
                             " is in the store with other bytes in a turn that both have: nothing was taken; "
                             "--as-copy takes it beside the other one"};
        }
        if (auto done = takeAsCopy(plan, *copyUid); !done) return done;
    }
    return {};
}

std::string SessionCopy::targetUidOf(const std::string& sourceUid) const {
    for (const Plan& plan : m_plans) {
        if (plan.session.uid == sourceUid) return plan.targetUid;
    }
    return sourceUid;
}

Result<MergeReport> SessionCopy::copy() {
    m_state.turnsDone = 0;
    m_state.bytesDone = 0;
    for (Plan& plan : m_plans) {
        auto merged = copySession(plan);
        if (!merged) return merged.error();
        m_report.sessions.push_back(std::move(*merged));
    }
    return m_report;
}

Result<MergedSession> SessionCopy::copySession(Plan& plan) {
    MergedSession merged;
    const auto id = targetSession(plan, merged);
    if (!id) return id.error();
    merged.id = *id;
    merged.uid = plan.targetUid;
    merged.isCopy = plan.isCopy;
    for (const auto key : plan.turns) {
        if (auto copied = copyTurn(plan, key, merged); !copied) return copied.error();
    }
    if (auto done = copyRemarks(plan, merged); !done) return done.error();
    tellMissing(plan);
    return merged;
}

Result<SessionId> SessionCopy::targetSession(Plan& plan, MergedSession& merged) {
    Session session = plan.session;
    session.source.reset();
    if (plan.session.source) {
        const auto source = m_source.find(*plan.session.source);
        if (!source) return source.error();
        if (*source) {
            const auto mapped = m_target.find(targetUidOf((*source)->uid));
            if (!mapped) return mapped.error();
            session.source = *mapped;
        }
        if (!session.source) {
            m_report.missingLinks.push_back(nameOf(plan.session) + " replays " +
                                            (*source ? nameOf(**source) : std::string("a session")) +
                                            ", which is not there: it stands without it");
        }
    } else if (plan.session.mode != model::SessionMode::recording) {
        m_report.missingLinks.push_back(nameOf(plan.session) + " is a run whose session had been lost before");
    }
    if (m_filter != nullptr) {
        if (auto changed = m_filter->change(session); !changed) return changed.error();
    }
    session.uid = plan.targetUid;
    merged.name = session.name;
    if (!plan.existing) {
        merged.isNew = true;
        return m_target.add(session);
    }
    const auto lacks = [&](const auto& key) { return plan.known.count(key.number) == 0; };
    if (std::any_of(plan.turns.begin(), plan.turns.end(), lacks)) {
        if (auto done = m_target.update(*plan.existing, session); !done) return done.error();
    }
    if (session.source) {
        if (auto done = m_target.link(*plan.existing, *session.source); !done) return done.error();
    }
    return *plan.existing;
}

// A turn builds on older ones only; a circle would lead readers round and round.
Status SessionCopy::checkLink(const Plan& plan, int number, std::optional<TurnId> turn) {
    if (!turn) return {};
    const auto place = m_source.place(*turn);
    if (!place) return place.error();
    if (!*place || (*place)->sessionUid != plan.session.uid || (*place)->number < number) return {};
    return Error{ErrorCode::corrupt, nameOf(plan.session) + ": turn " + std::to_string(number) + " builds on turn " +
                                         std::to_string((*place)->number) + ", which is not an older one"};
}

// The turn of the target that a turn of the source means; empty when the target has none.
Result<std::optional<TurnId>> SessionCopy::mapped(const Plan& plan, int number, std::optional<TurnId> turn) {
    if (!turn) return std::optional<TurnId>();
    if (const auto known = m_turns.find(*turn); known != m_turns.end()) return std::optional(known->second);
    if (auto older = checkLink(plan, number, turn); !older) return older.error();
    auto place = m_source.place(*turn);
    if (!place) return place.error();
    if (!*place) return std::optional<TurnId>();
    (*place)->sessionUid = targetUidOf((*place)->sessionUid);
    return m_target.findTurn(**place);
}

Status SessionCopy::mapLinks(Plan& plan, model::Turn& turn) {
    const auto parent = mapped(plan, turn.number, turn.parent);
    if (!parent) return parent.error();
    const auto source = mapped(plan, turn.number, turn.source);
    if (!source) return source.error();
    if (turn.parent && !*parent) ++plan.lostParents;
    if (turn.source && !*source) ++plan.lostSources;
    turn.parent = *parent;
    turn.source = *source;
    return {};
}

void SessionCopy::tellMissing(const Plan& plan) {
    const auto tell = [&](int turns, const char* what) {
        if (turns == 0) return;
        m_report.missingLinks.push_back(nameOf(plan.session) + ": " + std::to_string(turns) +
                                        (turns == 1 ? " turn " : " turns ") + what + " that is not there");
    };
    tell(plan.lostParents, "without the turn before: it continues one");
    tell(plan.lostSources, "without the recorded turn: it answers one");
}

Status SessionCopy::copyTurn(Plan& plan, SessionSource::TurnKey key, MergedSession& merged) {
    auto content = m_source.content(plan.session, key);
    if (!content) return content.error();
    const TurnId sourceId = content->turn.id;
    if (auto linked = mapLinks(plan, content->turn); !linked) return linked;
    content->turn.session = merged.id;
    if (m_filter != nullptr) {
        if (auto changed = m_filter->change(*content); !changed) return changed;
    }
    if (auto written = writeTurn(plan, *content, merged); !written) return written;
    m_turns.emplace(sourceId, content->turn.id);
    if (m_filter != nullptr) {
        if (auto remark = m_filter->remark()) {
            remark->session = merged.id;
            remark->turn = content->turn.id;
            const auto added = m_target.add(*remark);
            if (!added) return added.error();
            if (*added) ++merged.notesAdded;
        }
    }
    return goOn(plan, ArchiveProgress::Phase::copying, *content);
}

Status SessionCopy::writeTurn(Plan& plan, TurnContent& content, MergedSession& merged) {
    const auto known = plan.known.find(content.turn.number);
    if (known == plan.known.end()) {
        std::optional<RecorderOrigin> from;
        if (content.recorder) {
            auto recorder = m_source.recorder(*content.recorder);
            if (!recorder) return recorder.error();
            from = std::move(*recorder);
            if (from && m_filter != nullptr) m_filter->change(*from);
        }
        const auto id = m_target.add(content, from);
        if (!id) return id.error();
        ++merged.turnsAdded;
    } else if (lacksItsEnd(known->second, content)) {
        if (auto done = m_target.complete(known->second.id, content); !done) return done;
        ++merged.turnsCompleted;
    } else {
        content.turn.id = known->second.id;
        ++merged.turnsKnown;
        return m_target.fillIn(known->second, content);
    }
    if (auto same = m_target.verify(content.turn.id, content); !same) return same;
    ++m_report.verified.turns;
    m_report.verified.bytes += bytesIn(content);
    return {};
}

Status SessionCopy::copyRemarks(const Plan& plan, MergedSession& merged) {
    auto notes = m_source.notes(plan.session);
    if (!notes) return notes.error();
    for (model::Note& note : *notes) {
        note.session = merged.id;
        if (note.turn) {
            const auto mapped = m_turns.find(*note.turn);
            note.turn = mapped == m_turns.end() ? std::nullopt : std::optional(mapped->second);
        }
        if (m_filter != nullptr) m_filter->change(note);
        const auto added = m_target.add(note);
        if (!added) return added.error();
        if (*added) ++merged.notesAdded;
    }
    auto marks = m_source.gapMarks(plan.session);
    if (!marks) return marks.error();
    for (GapMark& mark : *marks) {
        mark.session = merged.id;
        if (m_filter != nullptr) m_filter->change(mark);
        const auto added = m_target.add(mark);
        if (!added) return added.error();
        if (*added) ++merged.gapMarksAdded;
    }
    return {};
}

}  // namespace turntable::storage
