#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recorder/screen/observe.h"
#include "recorder/turns/exchange.h"
#include "recorder/wire/request.h"
#include "storage/model/screen.h"
#include "storage/model/turn.h"
#include "storage/trace_writer.h"

namespace turntable::turns {

/// A request, understood: what is known of a turn before the reply. `turn` has no id, session or parent yet.
struct UnderstoodRequest {
    model::Turn turn;
    wire::ParsedRequest parsed;            ///< no parts when the body could not be read; `turn.error` then says why
    std::vector<support::ByteRange> shared; ///< ranges worth sharing in the store
    std::optional<screen::Observation> screen;
};

/// Pure: bytes in, values out. `files` reads what tool results link to.
[[nodiscard]] UnderstoodRequest understandRequest(const RequestReceived& request,
                                                  const screen::LinkedFileSource& files);

/// Fills in what the reply tells: status, model, tokens, latency (by the rules of the server's kind), actions with their
/// targets resolved on the screen before the turn, text, error. Latency rules: `queue` = headers for servers that send
/// headers when work starts (llama.cpp), else unknown; `prefill` = message_start or, where there is none, first content,
/// less queue; `decode` = last byte less first content; all unknown for replies that were not streamed, unless the
/// server's own timings tell (then source = server).
void understandReply(UnderstoodRequest& understood, const ReplyReceived& reply);

}  // namespace turntable::turns
