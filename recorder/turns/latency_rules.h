#pragma once

#include <optional>
#include <string_view>

#include "recorder/turns/exchange.h"
#include "recorder/wire/response.h"
#include "storage/model/timing.h"

namespace turntable::turns {

/// What the stamps of one exchange say about where its seconds went. `streamed`: the reply came as events. `gap` and
/// `tool` are left unknown. Rules by server kind:
/// - llama.cpp sends its headers when the slot takes the request up and the first event with the first token: queue =
///   headers, prefill = first token less headers. Builds before 2026-05-30 send both together: queue is then unknown.
/// - any other server: queue unknown, prefill = first content since the request. A tool call that comes in one piece
/// (Ollama
///   holds calls back until they are whole) says nothing about where prefill ended: both unknown.
/// - decode = last byte less that same first-token moment, only of a reply that came to its end.
/// - a reply of which more than half of the server's own decode time was over when its first token came here: the
///   server's figures, and `source` says so.
/// - where the wire tells neither, the server's own figures are taken, and `source` says so.
[[nodiscard]] model::Latency measureLatency(const wire::ParsedReply& reply, const model::WireStamps& wire,
                                            std::string_view serverKind, bool streamed, ExchangeEnd end);

/// What of the decode time went into which kind of content: that of a piece is counted from the piece before it, so
/// that a call which a server holds back until it is whole gets the silence before it. Together the time from the first
/// content to the last. Empty: no piece of that kind came, or no moment of it is known.
struct DecodeShares {
    std::optional<support::Nanoseconds> thinking;
    std::optional<support::Nanoseconds> text;
    std::optional<support::Nanoseconds> calls;
    std::optional<support::Nanoseconds> other;  ///< of blocks of an unknown kind
    /// More than one kind came: otherwise there is nothing to share.
    [[nodiscard]] bool areSeveral() const {
        return int{thinking.has_value()} + int{text.has_value()} + int{calls.has_value()} + int{other.has_value()} > 1;
    }
};
[[nodiscard]] DecodeShares decodeShares(const wire::ParsedReply& reply);

}  // namespace turntable::turns
