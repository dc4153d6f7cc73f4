#include "recorder/proxy/spool_recovery.h"

#include <algorithm>

#include "recorder/screen/observe.h"
#include "recorder/turns/lineage.h"
#include "recorder/turns/turn_builder.h"
#include "recorder/turns/turn_recovery.h"
#include "recorder/wire/request.h"

namespace turntable::proxy {
namespace {

using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

// A request that had not reached the store continues one of the newest turns, or none that matters.
// As many agents may have been at work at once.
constexpr std::size_t kSessionsLookedAt = 16;
constexpr int kTurnsLookedAt = 8;

constexpr const char* kKeyLost =
    "what it kept outside of the store cannot be read any more: the machine was started anew, or it was another one";

std::string lossOf(const SpooledExchange& exchange) {
    if (exchange.keyLost) return std::string("the recorder died before a turn was stored, and ") + kKeyLost;
    if (!exchange.request) return "the recorder died before a request it had just received was stored";
    return "the recorder died before a request was stored, and the one that it continued is lost too";
}

// A turn may have been closed as torn by a program that did not see its spool file; its reply can still be put in.
bool hasItsReply(const model::Turn& turn) {
    return turn.status != model::TurnStatus::open &&
           (turn.status != model::TurnStatus::interrupted || turn.responseBytes > 0);
}

// An agent that reads events is done with the closing one; whether the transfer's own end got through does not matter.
void recogniseWhole(model::Api api, turns::ReplyReceived& reply) {
    if (reply.end != turns::ExchangeEnd::recorderStopped || reply.body.empty()) return;
    const auto parsed = turns::parseReplyBytes(api, reply.httpStatus, reply.headers, reply.body, reply.arrivals);
    if (parsed.ended) reply.end = turns::ExchangeEnd::whole;
}

// A recorder makes a session before the first turn of it lasts: that one is then still empty.
std::optional<SessionId> madeFor(const turns::RequestReceived& request, const std::vector<model::Session>& sessions) {
    const auto found = std::find_if(sessions.begin(), sessions.end(), [&request](const model::Session& session) {
        const bool named = !request.sessionHint.empty() && session.name == request.sessionHint;
        return session.turns == 0 && (named || session.started == request.started);
    });
    if (found == sessions.end()) return std::nullopt;
    return found->id;
}

Status addToLineage(turns::Lineage& lineage, const storage::TraceReader& reader, const model::Session& session) {
    const auto count = static_cast<int>(session.turns);
    const auto turns = reader.turns(session.id, std::max(1, count - kTurnsLookedAt + 1), kTurnsLookedAt);
    if (!turns) return turns.error();
    for (const auto& turn : *turns) {
        const auto body = reader.requestBody(turn.id);
        // Nothing can be seen to continue a damaged turn; what does is stored all the same.
        if (!body && body.error().code == support::ErrorCode::corrupt) continue;
        if (!body) return body.error();
        const auto parsed = wire::parseRequest(turn.api, *body);
        if (parsed) lineage.add(turn.id, session.id, session.name, *body, *parsed, turn.parent);
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<turns::ExchangePrivacy>> SpoolRecovery::privacyOf(const SpoolOwner& owner) {
    const auto salt = m_writer.salt();
    if (!salt) return salt.error();
    const auto options = turns::privacyFromText(owner.privacy);
    // What nobody can read is no reason to store a secret.
    return turns::ExchangePrivacy::make(options ? *options : turns::PrivacyOptions{}, *salt);
}

Result<bool> SpoolRecovery::finish(SpooledExchange exchange) {
    auto privacy = privacyOf(exchange.owner);
    if (!privacy) return privacy.error();
    auto turn = openTurn(exchange.owner);
    if (!turn) return std::move(turn).error();
    if (!*turn) {
        const auto ended = endedTurn(exchange.owner);
        if (!ended) return ended.error();
        if (*ended && hasItsReply(**ended)) return false;
        if (*ended) *turn = (*ended)->id;
    }
    bool hasRequest = exchange.request.has_value();
    if (!*turn && hasRequest) {
        const auto complete = completeRequest(exchange);
        if (!complete) return complete.error();
        hasRequest = *complete;
    }
    if (!*turn && !hasRequest) {
        const Status marked = m_writer.addGapMark(std::nullopt, exchange.owner.started, lossOf(exchange));
        if (!marked) return marked.error();
        return false;
    }
    if (!*turn) {
        auto begun = beginAnew(*exchange.request, exchange.owner.recorder, **privacy);
        if (!begun) return std::move(begun).error();
        *turn = *begun;
        m_begun.emplace(exchange.owner.started, *begun);
    }
    (*privacy)->reply(exchange.reply);
    const auto stored = m_reader.turn(**turn);
    if (!stored) return stored.error();
    recogniseWhole(stored->api, exchange.reply);
    if (exchange.reply.end == turns::ExchangeEnd::recorderStopped && exchange.reply.error.empty()) {
        exchange.reply.error = exchange.keyLost ? std::string("the recorder died, and ") + kKeyLost
                                                : "the recorder died while the reply was coming";
    }
    const Status finished = turns::finishStoredTurn(m_reader, m_writer, **turn, exchange.reply);
    if (!finished) return finished.error();
    return true;
}

// False when the request that this one continues is not to be had.
Result<bool> SpoolRecovery::completeRequest(SpooledExchange& exchange) {
    if (!exchange.change) return true;
    SpoolOwner earlier = exchange.owner;
    earlier.started = exchange.change->base;
    std::optional<TurnId> turn;
    if (const auto begun = m_begun.find(earlier.started); begun != m_begun.end()) turn = begun->second;
    if (!turn) {
        const auto open = openTurn(earlier);
        if (!open) return open.error();
        turn = *open;
    }
    if (!turn) {
        const auto ended = endedTurn(earlier);
        if (!ended) return ended.error();
        if (*ended) turn = (*ended)->id;
    }
    if (!turn) return false;
    const auto base = m_reader.requestBody(*turn);
    if (!base) return base.error();
    auto body = applyChange(*exchange.change, *base, exchange.request->body);
    if (!body) return false;
    exchange.request->body = *std::move(body);
    exchange.change.reset();
    return true;
}

Result<std::optional<TurnId>> SpoolRecovery::openTurn(const SpoolOwner& owner) const {
    const auto open = m_reader.openTurnsOf(owner.recorder);
    if (!open) return open.error();
    const auto found = std::find_if(open->begin(), open->end(),
                                    [&owner](const model::Turn& turn) { return turn.started == owner.started; });
    if (found == open->end()) return std::optional<TurnId>();
    return std::optional<TurnId>(found->id);
}

Result<std::optional<model::Turn>> SpoolRecovery::endedTurn(const SpoolOwner& owner) {
    if (!m_turns) {
        std::map<support::WallTime, model::Turn> all;
        const auto sessions = m_reader.sessions();
        if (!sessions) return sessions.error();
        for (const auto& session : *sessions) {
            const auto turns = m_reader.turns(session.id);
            if (!turns) return turns.error();
            for (const auto& turn : *turns) all.emplace(turn.started, turn);
        }
        m_turns = std::move(all);
    }
    const auto found = m_turns->find(owner.started);
    if (found == m_turns->end()) return std::optional<model::Turn>();
    return std::optional<model::Turn>(found->second);
}

Result<SessionId> SpoolRecovery::sessionFor(const turns::RequestReceived& request, const model::Turn& turn) const {
    model::Session session;
    session.name = request.sessionHint;
    session.started = request.started;
    session.model = turn.requestedModel;
    return m_writer.createSession(session);
}

Result<TurnId> SpoolRecovery::beginAnew(const turns::RequestReceived& request, support::RecorderId recorder,
                                        turns::ExchangePrivacy& privacy) {
    auto sessions = m_reader.sessions();
    if (!sessions) return std::move(sessions).error();
    // A hint is a name that was given: then no other session can be meant, however old it is.
    std::erase_if(*sessions, [&request](const model::Session& session) {
        const bool otherName = !request.sessionHint.empty() && session.name != request.sessionHint;
        return session.mode != model::SessionMode::recording || otherName;
    });
    turns::Lineage lineage;
    const std::size_t looked = std::min(sessions->size(), kSessionsLookedAt);
    for (std::size_t i = looked; i > 0; --i) {  // oldest first: the newest tip wins
        if (auto added = addToLineage(lineage, m_reader, (*sessions)[i - 1]); !added) return added.error();
    }
    auto understood = turns::understandRequest(request, privacy.files(screen::linkedFilesBelow({})));
    // The lineage here knows sessions by name, not by hint: a hint is a name that was given.
    auto place = lineage.find(request.sessionHint, understood.body, understood.parsed);
    if (request.sessionHint.empty()) {
        for (std::size_t i = 0; i < looked && !place.session; ++i) {
            place = lineage.find((*sessions)[i].name, understood.body, understood.parsed);
            if (!place.parent) place = {};
        }
    }
    if (!place.session) place.session = madeFor(request, *sessions);
    if (!place.session) {
        const auto created = sessionFor(request, understood.turn);
        if (!created) return created.error();
        place.session = *created;
    }
    model::Turn turn = understood.turn;
    turn.session = *place.session;
    turn.parent = place.parent;
    turn.status = model::TurnStatus::open;
    const std::vector<storage::LinkedFile> none;
    const storage::RequestRecord record{understood.body, understood.shared, request.headers,
                                        understood.screen ? understood.screen->files : none};
    if (const Status begun = m_writer.beginTurn(turn, record, recorder); !begun) return begun.error();
    return turn.id;
}

}  // namespace turntable::proxy
