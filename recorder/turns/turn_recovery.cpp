#include "recorder/turns/turn_recovery.h"

#include <utility>

#include "recorder/turns/session_facts.h"
#include "recorder/turns/stored_files.h"
#include "recorder/turns/turn_builder.h"

namespace turntable::turns {
namespace {

// Recovery may itself be interrupted between storing a reply and forgetting its spool file: the second time does
// nothing.
bool hasItsReply(const model::Turn& turn) {
    if (turn.status == model::TurnStatus::open) return false;
    return turn.status != model::TurnStatus::interrupted || turn.responseBytes > 0;
}

support::Result<RequestReceived> readRequest(const storage::TraceReader& reader, const model::Turn& turn) {
    auto body = reader.requestBody(turn.id);
    if (!body) return std::move(body).error();
    auto headers = reader.requestHeaders(turn.id);
    if (!headers) return std::move(headers).error();
    RequestReceived request;
    request.api = turn.api;
    request.target = turn.target;
    request.headers = *std::move(headers);
    request.body = *std::move(body);
    request.started = turn.started;
    return request;
}

}  // namespace

support::Status finishStoredTurn(const storage::TraceReader& reader, storage::TraceWriter& writer, support::TurnId turn,
                                 const ReplyReceived& reply) {
    const auto begun = reader.turn(turn);
    if (!begun) return begun.error();
    if (hasItsReply(*begun)) return {};
    const auto request = readRequest(reader, *begun);
    if (!request) return request.error();
    auto session = reader.session(begun->session);
    if (!session) return std::move(session).error();
    auto files = storedFiles(reader, turn);
    if (!files) return std::move(files).error();

    UnderstoodRequest understood = understandRequest(*request, *files);
    understood.simulated = session->simulated;
    understandReply(understood, reply);
    model::Turn& whole = understood.turn;
    whole.id = begun->id;
    whole.session = begun->session;
    whole.number = begun->number;
    whole.parent = begun->parent;
    whole.source = begun->source;
    const ReplyBytes given = bytesGiven(reply);
    const storage::ResponseRecord record{given.body, given.arrivals, reply.headers};
    const support::Status finished = writer.finishTurn(whole, record, understood.shownScreen());
    if (!finished) return finished;
    if (!learnFromTurn(*session, understood, {})) return {};
    return writer.updateSession(*session);
}

}  // namespace turntable::turns
