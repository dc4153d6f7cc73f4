#pragma once

#include <stop_token>
#include <string>

#include "recorder/proxy/reply_writer.h"
#include "recorder/proxy/turn_tape.h"
#include "recorder/turns/exchange.h"
#include "storage/support/result.h"

namespace turntable::proxy {

/// How an exchange with an upstream came to its end.
struct Ending {
    turns::ExchangeEnd end = turns::ExchangeEnd::whole;
    std::string error;
    int ownStatus = 0;  ///< what we answer if nothing has been sent yet; 0: nothing
};

/// `done`: what `http::Client::exchange` gave back.
[[nodiscard]] Ending endingOf(const support::Status& done, const ReplyWriter& reply, const std::stop_token& stop);

/// Ends the reply, and its tape (null: none), with an answer of our own, in the agent's API, where nothing came.
void conclude(const Ending& ending, model::Api api, ReplyWriter& reply, TurnTape* tape);

}  // namespace turntable::proxy
