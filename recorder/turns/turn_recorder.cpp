#include "recorder/turns/turn_recorder.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "recorder/turns/session_facts.h"
#include "recorder/turns/withheld.h"

namespace turntable::turns {

using support::Status;

struct TurnRecorder::OpenTurn : std::enable_shared_from_this<TurnRecorder::OpenTurn> {
    RequestReceived request;  ///< its body lies in `understood`
    UnderstoodRequest understood;
    std::string endpoint;  ///< where it was sent: a later swap is not its own
    bool stored = false;
    std::optional<ReplyReceived> reply;  ///< once it has come and could not be stored, or does not last yet
    /// What has to be undone in memory when its group is lost.
    struct InGroup {
        bool begun = false;  ///< its request was stored in the group
        bool firstOfSession = false;
        std::optional<std::pair<support::TurnId, support::WallTime>> parentEnd;  ///< what the gap was told from
    };
    InGroup inGroup;
};

namespace {

// Marks beyond this say nothing new.
constexpr std::size_t kMaxPendingGaps = 1000;

// It may take everything again a moment later; any other failure is one of this turn.
bool takesNothing(const support::Error& error) {
    return error.code == support::ErrorCode::io || error.code == support::ErrorCode::busy;
}

std::string requestName(const RequestReceived& request) { return "a turn of " + request.target; }

}  // namespace

TurnRecorder::TurnRecorder(storage::TraceWriter writer, support::RecorderId recorder, TurnRecorderOptions options,
                           TurnListener listener)
    : m_writer(std::move(writer)),
      m_recorder(recorder),
      m_options(std::move(options)),
      m_listener(std::move(listener)) {}

TurnRecorder::~TurnRecorder() {
    try {
        settle(true);
        if (storeWaiting()) writeGaps();
    } catch (const std::exception&) {
        // Out of memory on the way out: the marks are lost, the turns are not.
    }
}

bool TurnRecorder::begin(const RequestReceived& request) try {
    auto open = std::make_shared<OpenTurn>();
    open->understood = understandRequest(request, m_options.files);
    if (m_options.withoutContent) withhold(open->understood.turn);
    open->request = {request.exchange, request.api,   request.target,  request.sessionHint,
                     request.headers,  std::string(), request.started, request.simulated};
    open->endpoint = m_options.endpoint;
    m_open.insert_or_assign(request.exchange, open);
    if (!storeWaitingWhenDue() && wait(open, nullptr)) return false;
    const Status stored = storeRequest(*open);
    if (!stored) {
        if (takesNothing(stored.error())) {
            loseGroup(stored.error());
            if (wait(open, nullptr)) return false;
        }
        markGap({std::nullopt, request.started,
                 requestName(request) + " could not be stored when it began: " + stored.error().message,
                 request.exchange});
        return false;
    }
    return true;
} catch (const std::exception& failure) {
    lost(request.started, requestName(request) + " could not be recorded: " + failure.what());
    return false;
}

bool TurnRecorder::finish(const ReplyReceived& reply) try {
    const auto found = m_open.find(reply.exchange);
    if (found == m_open.end()) {
        lost(support::SystemClock().wallNow(), "a reply came whose request had not been recorded");
        return false;
    }
    const std::shared_ptr<OpenTurn> open = found->second;
    m_open.erase(found);
    understandReply(open->understood, reply);
    if (m_options.withoutContent) withhold(open->understood.turn);

    // What is told of its beginning now depends on how the second try ends.
    std::erase_if(m_gaps, [&](const PendingGap& gap) { return gap.exchange == reply.exchange; });
    if (!storeWaitingWhenDue() && wait(open, &reply)) return false;
    Status stored = open->stored ? Status() : storeRequest(*open);
    if (stored) stored = storeReply(*open, reply);
    if (!stored && takesNothing(stored.error())) {
        loseGroup(stored.error());
        if (wait(open, &reply)) return false;
    }
    if (stored && grouping()) {
        open->reply = reply;  // and is concluded with its group
    } else {
        conclude(*open, stored);
    }
    return stored.ok();
} catch (const std::exception& failure) {
    lost(support::SystemClock().wallNow(), std::string("a reply could not be recorded: ") + failure.what());
    return false;
}

void TurnRecorder::conclude(const OpenTurn& open, const Status& stored) {
    const model::Turn& turn = open.understood.turn;
    if (!stored) {
        const auto session = turn.session.valid() ? std::optional(turn.session) : std::nullopt;
        markGap(
            {session, turn.started, requestName(open.request) + " could not be stored: " + stored.error().message, {}});
    }
    const model::Session session = learn(open);
    if (m_listener) m_listener(turn, session, stored.ok());
}

bool TurnRecorder::retry() try { return storeWaiting(); } catch (const std::exception&) {
    return false;  // out of memory: what waits goes on waiting
}

bool TurnRecorder::holds(std::uint64_t exchange) const {
    const auto isHeld = [exchange](const std::shared_ptr<OpenTurn>& open) {
        return open->request.exchange == exchange && open->reply.has_value();
    };
    return std::any_of(m_waiting.begin(), m_waiting.end(), isHeld) ||
           std::any_of(m_group.begin(), m_group.end(), isHeld);
}

// What `open` is about to store belongs to a group from here on, if it may.
Status TurnRecorder::enterGroup(OpenTurn& open) {
    if (m_options.groupFor.count() == 0 || !m_waiting.empty()) return {};
    if (open.understood.body.size() > kMaxGroupedBody) return endGroup();
    if (!grouping()) {
        if (Status begun = m_writer.beginGroup(); !begun) return begun;
        m_groupBegan = support::SystemClock().monotonicNow();
    }
    const auto self = open.shared_from_this();
    if (std::find(m_group.begin(), m_group.end(), self) == m_group.end()) m_group.push_back(self);
    return {};
}

bool TurnRecorder::groupIsDue() const {
    if (support::SystemClock().monotonicNow() - m_groupBegan >= m_options.groupFor) return true;
    std::size_t bytes = 0;
    for (const auto& open : m_group) {
        bytes += open->understood.body.size() + (open->reply ? open->reply->body.size() : 0);
    }
    return bytes > kMaxGroupBytes || m_writer.othersWait();
}

void TurnRecorder::settle(bool now) {
    if (grouping() && (now || groupIsDue())) static_cast<void>(endGroup());
}

// An error is that of a group which is lost; its turns wait then.
Status TurnRecorder::endGroup() {
    if (!grouping()) return {};
    if (const Status lasts = m_writer.endGroup(); !lasts) {
        loseGroup(lasts.error());
        return lasts;
    }
    for (const auto& open : std::exchange(m_group, {})) {
        open->inGroup = {};
        if (open->reply) conclude(*open, {});
    }
    writeGaps();
    return {};
}

// What was written together is undone: it waits to be stored anew, one by one.
void TurnRecorder::loseGroup(const support::Error& error) {
    refused(error);
    if (grouping()) m_writer.dropGroup();
    auto group = std::exchange(m_group, {});
    std::stable_sort(group.begin(), group.end(), [](const auto& left, const auto& right) {
        return left->request.started < right->request.started;
    });
    std::set<support::TurnId> gone;
    for (const auto& open : group) {
        model::Turn& turn = open->understood.turn;
        m_unlearnt.insert(turn.session);
        m_ends.erase(turn.id);
        if (!open->inGroup.begun) continue;
        m_lineage.forget(turn.id);
        gone.insert(std::exchange(turn.id, {}));
        open->stored = false;
        if (open->inGroup.firstOfSession) m_unusedSession = UnusedSession{open->request.sessionHint, turn.session};
    }
    for (const auto& open : group) {
        const auto lost = std::exchange(open->inGroup, {});
        if (lost.parentEnd && !gone.contains(lost.parentEnd->first)) m_ends.insert(*lost.parentEnd);
        if (open->stored && !open->reply) continue;
        const std::optional<ReplyReceived> reply = open->reply;
        if (!wait(open, reply ? &*reply : nullptr) && reply) conclude(*open, error);
    }
}

// Each try of a store that is locked takes seconds, and exchanges come meanwhile.
bool TurnRecorder::storeWaitingWhenDue() {
    if (m_waiting.empty()) return true;
    return support::SystemClock().monotonicNow() >= m_nextTry && storeWaiting();
}

void TurnRecorder::refused(const support::Error& error) {
    if (!m_refusal) m_refusal = error;
    m_nextTry = support::SystemClock().monotonicNow() + m_options.retryPause;
}

// In their order, so that turns get their numbers as they began.
bool TurnRecorder::storeWaiting() {
    while (!m_waiting.empty()) {
        const std::shared_ptr<OpenTurn> open = m_waiting.front();
        Status stored = open->stored ? Status() : storeRequest(*open);
        if (stored && open->reply) stored = storeReply(*open, *open->reply);
        if (!stored && takesNothing(stored.error())) {
            refused(stored.error());
            return false;
        }
        m_waiting.pop_front();
        if (!open->reply) continue;  // whatever became of its request: the reply comes by itself
        if (stored) {
            Late& late =
                m_late.try_emplace(open->understood.turn.session, Late{open->request.started, 0}).first->second;
            ++late.turns;
        }
        conclude(*open, stored);
    }
    markLate();
    m_refusal.reset();
    return true;
}

// False when there is no room: the turn is then to be tried at once, or is lost.
bool TurnRecorder::wait(const std::shared_ptr<OpenTurn>& open, const ReplyReceived* reply) {
    std::size_t bytes = open->understood.body.size() + (reply != nullptr ? reply->body.size() : 0);
    for (const auto& other : m_waiting) {
        if (other == open) continue;
        bytes += other->understood.body.size() + (other->reply ? other->reply->body.size() : 0);
    }
    const bool known = std::find(m_waiting.begin(), m_waiting.end(), open) != m_waiting.end();
    if (bytes > kMaxWaitingBytes || (!known && m_waiting.size() >= kMaxWaiting)) {
        std::erase(m_waiting, open);
        return false;
    }
    if (reply != nullptr) open->reply = *reply;
    if (!known) m_waiting.push_back(open);
    return true;
}

void TurnRecorder::markLate() {
    for (const auto& [session, late] : m_late) {
        const auto waited = std::chrono::duration<double>(support::SystemClock().wallNow() - late.first);
        std::string seconds = std::to_string(waited.count());
        seconds.resize(seconds.find('.') + 2);
        markGap({session,
                 late.first,
                 (late.turns == 1 ? std::string("the turn that began here was")
                                  : std::to_string(late.turns) + " turns from here on were") +
                     " stored late, after " + seconds + " s, and whole: the store took nothing" +
                     (m_refusal ? " (" + m_refusal->message + ")" : std::string()),
                 {}});
    }
    m_late.clear();
    writeGaps();
}

void TurnRecorder::lost(support::WallTime at, const std::string& reason) {
    try {
        markGap({std::nullopt, at, reason, {}});
        if (!grouping()) writeGaps();
    } catch (const std::exception&) {
        // Nothing is left to note it with.
    }
}

support::Result<support::SessionId> TurnRecorder::sessionFor(const RequestReceived& request,
                                                             const UnderstoodRequest& understood,
                                                             const Lineage::Place& place) {
    if (place.session) return *place.session;
    if (m_unusedSession && m_unusedSession->hint == request.sessionHint) return m_unusedSession->id;
    model::Session session;
    session.name = request.sessionHint;
    const bool named = session.name.empty() && !m_options.sessionName.empty();
    if (named) {
        session.name = m_options.sessionName;
        if (m_namedSessions > 0) session.name += "-" + std::to_string(m_namedSessions + 1);
    }
    if (session.name.empty()) session.name = support::formatUtc(request.started).substr(0, 19);
    session.simulated = understood.simulated;
    session.started = request.started;
    session.model = understood.turn.requestedModel;
    session.endpoint = m_options.endpoint;
    auto created = m_writer.createSession(session);
    if (!created) return created;
    if (named) ++m_namedSessions;
    session.id = *created;
    m_unusedSession = UnusedSession{request.sessionHint, session.id};
    m_sessions.insert_or_assign(session.id, std::move(session));
    return created;
}

Status TurnRecorder::storeRequest(OpenTurn& open) {
    UnderstoodRequest& understood = open.understood;
    const Lineage::Place place = m_lineage.find(open.request.sessionHint, understood.body, understood.parsed);
    // A session is made for good, whatever becomes of its turns.
    if (!place.session) {
        if (Status settled = endGroup(); !settled) return settled;
    }
    auto session = sessionFor(open.request, understood, place);
    if (!session) return std::move(session).error();
    if (Status entered = enterGroup(open); !entered) return entered;

    // A turn is begun as an open one, also when its reply is known already because an earlier try failed.
    model::Turn opening = understood.turn;
    opening.session = *session;
    opening.parent = place.parent;
    opening.status = model::TurnStatus::open;
    std::vector<storage::LinkedFile> none;
    const std::string withheld = withheldHeaders(understood.body.size());
    storage::RequestRecord record{understood.body, understood.shared, open.request.headers,
                                  understood.screen ? understood.screen->files : none};
    if (m_options.withoutContent) record = {{}, {}, withheld, none};
    const Status begun = m_writer.beginTurn(opening, record, m_recorder);
    if (!begun) return begun;

    open.stored = true;
    open.inGroup.begun = grouping();
    if (m_unusedSession && m_unusedSession->id == *session) {
        open.inGroup.firstOfSession = true;
        m_unusedSession.reset();
    }
    model::Turn& turn = understood.turn;
    turn.id = opening.id;
    turn.number = opening.number;
    turn.session = opening.session;
    turn.parent = opening.parent;
    model::Session& known = m_sessions[turn.session];
    known.turns = std::max<std::int64_t>(known.turns, turn.number);
    m_lineage.add(turn.id, turn.session, open.request.sessionHint, understood.body, understood.parsed, turn.parent);
    setGapOfParent(open);
    if (!grouping()) writeGaps();
    return {};
}

Status TurnRecorder::storeReply(OpenTurn& open, const ReplyReceived& reply) {
    if (Status entered = enterGroup(open); !entered) return entered;
    const ReplyBytes given = bytesGiven(reply);
    const std::string withheld = withheldHeaders(given.body.size());
    const bool isWhole = !m_options.withoutContent;
    const storage::ResponseRecord record = isWhole ? storage::ResponseRecord{given.body, given.arrivals, reply.headers}
                                                   : storage::ResponseRecord{{}, {}, withheld};
    const Status finished =
        m_writer.finishTurn(open.understood.turn, record, isWhole ? open.understood.shownScreen() : nullptr);
    if (!finished) return finished;
    rememberEnd(open.understood.turn);
    if (!grouping()) writeGaps();
    return {};
}

model::Session TurnRecorder::learn(const OpenTurn& open) {
    const model::Turn& turn = open.understood.turn;
    const auto known = m_sessions.find(turn.session);
    if (known == m_sessions.end()) {
        model::Session unstored;
        unstored.name = open.request.sessionHint.empty() ? m_options.sessionName : open.request.sessionHint;
        unstored.started = open.request.started;
        (void)learnFromTurn(unstored, open.understood, open.endpoint);
        return unstored;
    }
    const bool learnt = learnFromTurn(known->second, open.understood, open.endpoint);
    if (m_unlearnt.erase(turn.session) > 0 || learnt) {
        const Status updated = m_writer.updateSession(known->second);
        if (!updated) {
            markGap(
                {turn.session, turn.started, "model and endpoint could not be stored: " + updated.error().message, {}});
        }
    }
    return known->second;
}

void TurnRecorder::setGapOfParent(OpenTurn& open) {
    const model::Turn& turn = open.understood.turn;
    if (!turn.parent) return;
    const auto end = m_ends.find(*turn.parent);
    if (end == m_ends.end()) return;
    const support::Nanoseconds gap = turn.started - end->second;
    if (grouping()) open.inGroup.parentEnd = *end;
    m_ends.erase(end);
    // A wall clock that was set back in between tells no gap.
    if (gap < support::Nanoseconds::zero()) return;
    const Status set = m_writer.setGap(*turn.parent, gap);
    if (!set)
        markGap({turn.session, turn.started, "the gap before a turn could not be stored: " + set.error().message, {}});
}

void TurnRecorder::rememberEnd(const model::Turn& turn) {
    if (!turn.latency.total) return;
    m_ends.insert_or_assign(turn.id, turn.started + *turn.latency.total);
    if (m_ends.size() > Lineage::kTips) m_ends.erase(m_ends.begin());
}

void TurnRecorder::markGap(PendingGap gap) {
    if (m_gaps.size() < kMaxPendingGaps) m_gaps.push_back(std::move(gap));
}

void TurnRecorder::writeGaps() {
    std::size_t written = 0;
    while (written < m_gaps.size()) {
        const PendingGap& gap = m_gaps[written];
        if (!m_writer.addGapMark(gap.session, gap.at, gap.reason)) break;
        ++written;
    }
    m_gaps.erase(m_gaps.begin(), m_gaps.begin() + static_cast<std::ptrdiff_t>(written));
}

}  // namespace turntable::turns
