#include "recorder/proxy/exchange_ending.h"

#include "recorder/proxy/error_document.h"

namespace turntable::proxy {

using support::ErrorCode;
using turns::ExchangeEnd;

Ending endingOf(const support::Status& done, const ReplyWriter& reply, const std::stop_token& stop) {
    // The last byte may cross with the hang-up of an agent that knows how many it expects.
    if (done || (reply.begun() && reply.left() == 0U)) return {};
    if (stop.stop_requested()) return {ExchangeEnd::recorderStopped, "the recorder was stopped", 503};
    if (done.error().code == ErrorCode::cancelled) return {ExchangeEnd::clientGone, "the agent hung up", 0};
    return {ExchangeEnd::upstreamFailed, done.error().message, 502};
}

void conclude(const Ending& ending, model::Api api, ReplyWriter& reply, TurnTape* tape) {
    if (ending.end == ExchangeEnd::whole) {
        if (tape != nullptr) tape->end(ExchangeEnd::whole);
        if (!reply.end() && tape != nullptr) tape->end(ExchangeEnd::clientGone, "the agent hung up");
        return;
    }
    // In the middle of a reply there is nothing left to say: the connection ends without the last chunk, and the SDK
    // sees it.
    const bool answers = ending.ownStatus != 0 && !reply.begun();
    const std::string document = answers ? errorDocument(ending.ownStatus, api, ending.error) : std::string();
    if (tape != nullptr) tape->end(ending.end, ending.error, document);
    if (answers && !reply.sendWhole(ending.ownStatus, "application/json", document) && tape != nullptr) {
        tape->end(ExchangeEnd::clientGone, ending.error);
    }
}

}  // namespace turntable::proxy
