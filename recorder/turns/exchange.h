#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/timing.h"
#include "storage/model/turn.h"
#include "storage/support/clock.h"

namespace turntable::turns {

/// How an exchange ended.
enum class ExchangeEnd {
    whole,            ///< the reply came to its end
    clientGone,       ///< the agent hung up first
    upstreamFailed,   ///< no connection, or it broke off in the middle
    recorderStopped,  ///< we were told to stop, or died
};

/// The first half of an exchange: a request completely received.
struct RequestReceived {
    std::uint64_t exchange = 0;  ///< unique within a recorder
    model::Api api = model::Api::anthropicMessages;
    std::string target;       ///< "/v1/messages?beta=true", as sent by the agent, session prefix removed
    std::string sessionHint;  ///< NAME of a `/s/NAME` base URL; empty when the agent gave none
    std::string headers;      ///< "name: value\n" lines without secrets
    std::string body;
    support::WallTime started{};
    bool simulated = false;
};

/// The second half: everything that came back.
struct ReplyReceived {
    std::uint64_t exchange = 0;
    ExchangeEnd end = ExchangeEnd::whole;
    std::optional<int> httpStatus;
    std::string headers;  ///< "name: value\n" lines
    std::string body;
    std::vector<model::Arrival> arrivals;  ///< none: nobody took their time
    model::WireStamps wire;                ///< firstContent is found by the parser, not by who fills this
    std::string error;                     ///< what went wrong on the way, one sentence; empty when nothing did
    std::string sentToAgent;               ///< our own error answer, when the upstream gave none; empty otherwise
};

}  // namespace turntable::turns
