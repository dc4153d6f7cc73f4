#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/screen/observe.h"
#include "recorder/tokens/breakdown.h"
#include "recorder/turns/exchange.h"
#include "recorder/turns/provenance.h"
#include "recorder/wire/request.h"
#include "recorder/wire/response.h"
#include "storage/model/screen.h"
#include "storage/model/turn.h"
#include "storage/trace_writer.h"

namespace turntable::turns {

/// A request, understood: what is known of a turn before the reply. `turn` has no id, session or parent yet.
struct UnderstoodRequest {
    std::string body;  ///< the request's bytes, into which all ranges point
    model::Turn turn;
    wire::ParsedRequest parsed;              ///< no parts when the body could not be read; `turn.error` then says why
    std::vector<support::ByteRange> shared;  ///< ranges worth sharing in the store
    std::optional<screen::Observation> screen;
    bool simulated = false;                    ///< what answers is no real model: known from the start or by the reply
    Provenance provenance = Provenance::wire;  ///< by the request's headers
    std::string serverKind;                    ///< by the reply's headers: "llama.cpp", "simulated"; empty: not told

    /// The tree to store with the turn; null when the model was shown none, or only a link that could not be followed.
    [[nodiscard]] const model::Screen* shownScreen() const;
};

/// Pure: bytes in, values out. `files` reads what tool results link to.
[[nodiscard]] UnderstoodRequest understandRequest(const RequestReceived& request,
                                                  const screen::LinkedFileSource& files);

/// Fills in what the reply tells: status, model, tokens, latency (recorder/turns/latency_rules.h), actions with their
/// targets resolved on the screen before the turn, text, error.
/// Status: complete needs a 2xx, a reply with its closing event and an exchange that ended whole; an answer of any
/// other status, an error inside of the stream and a way that broke before any byte came are failed; see
/// model::TurnStatus.
void understandReply(UnderstoodRequest& understood, const ReplyReceived& reply);

/// The bytes that the agent was given: the upstream's, or our own error answer where there was none.
struct ReplyBytes {
    std::string_view body;
    std::vector<model::Arrival> arrivals;  ///< sizes sum to body.size(); none when nobody took their time
};
[[nodiscard]] ReplyBytes bytesGiven(const ReplyReceived& reply);

/// A stored reply, read anew; `headers` are "name: value\n" lines. A turn without a status got our own error answer,
/// unless its reply is a reconstructed one. Without arrivals no moment of the reply is known.
[[nodiscard]] wire::ParsedReply parseReplyBytes(model::Api api, std::optional<int> httpStatus, std::string_view headers,
                                                std::string_view body, const std::vector<model::Arrival>& arrivals);

/// How much of a prompt such bytes hold.
[[nodiscard]] constexpr tokens::PromptScope scopeOf(Provenance provenance) {
    return provenance == Provenance::reconstructed ? tokens::PromptScope::messagesOnly : tokens::PromptScope::whole;
}

/// The counts of `reply`: usage as reported, filled up from the server's timings where it is silent.
[[nodiscard]] wire::Usage usageOf(const wire::ParsedReply& reply);

}  // namespace turntable::turns
