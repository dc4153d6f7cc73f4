#pragma once

#include <optional>
#include <string>

#include "recorder/turns/exchange.h"
#include "storage/support/clock.h"

namespace turntable::logs {

/// A model call as a log tells it, ready to be understood as a live one is.
struct LoggedExchange {
    std::string endpoint;    ///< base URL of the server, without user, password and secrets; empty: not told
    bool startKnown = true;  ///< false: `request.started` is made up
    turns::RequestReceived request;
    std::optional<turns::ReplyReceived> reply;  ///< none: the log has no reply to this request
};

/// What an entry of a log is.
enum class EntryKind {
    call,   ///< of a model: becomes a turn
    other,  ///< anything else: passed over
};

}  // namespace turntable::logs
