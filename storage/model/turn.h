#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/action.h"
#include "storage/model/prompt.h"
#include "storage/model/screen.h"
#include "storage/model/timing.h"
#include "storage/support/clock.h"
#include "storage/support/ids.h"

namespace turntable::model {

enum class Api { anthropicMessages, openaiChat };
[[nodiscard]] constexpr std::string_view apiName(Api api) {
    return api == Api::anthropicMessages ? "anthropic" : "openai";
}

/// `open`: request stored, reply still coming. `complete`: reply stored whole. `failed`: the server or the way to it
/// failed (any status but 2xx, or an error in the stream). `cancelled`: the agent hung up. `interrupted`: the recorder
/// or the reply ended in the middle.
enum class TurnStatus { open, complete, failed, cancelled, interrupted };
[[nodiscard]] constexpr std::string_view turnStatusName(TurnStatus status) {
    switch (status) {
        case TurnStatus::open: return "open";
        case TurnStatus::complete: return "complete";
        case TurnStatus::failed: return "failed";
        case TurnStatus::cancelled: return "cancelled";
        case TurnStatus::interrupted: return "interrupted";
    }
    return "open";
}

/// One row of a timeline: everything about a turn that has a bounded size. Bodies, trees and streams are read apart.
struct Turn {
    support::TurnId id;
    support::SessionId session;
    int number = 0;  ///< from 1 within the session
    TurnStatus status = TurnStatus::open;
    Api api = Api::anthropicMessages;
    bool streaming = false;
    support::WallTime started{};            ///< request completely received
    std::optional<support::TurnId> parent;  ///< the turn whose prompt this one continues
    std::optional<support::TurnId> source;  ///< of a run's turn: the recorded turn that it answers again
    std::string target;                     ///< request target: "/v1/messages?beta=true"
    std::string requestedModel;
    std::string answeredModel;  ///< as the reply names it; may be empty
    std::optional<int> httpStatus;
    std::string stopReason;  ///< as the server spelled it; may be empty
    std::string error;       ///< one sentence; empty when all went well
    std::int64_t requestBytes = 0;
    std::int64_t responseBytes = 0;
    TokenBreakdown tokens;
    Latency latency;
    WireStamps wire;
    ServerTimings server;
    std::optional<ScreenSummary> screen;
    std::optional<support::ScreenId> screenId;
    std::vector<Action> actions;
    std::string text;  ///< the reply's visible text, at most 400 bytes of it, 80 where it acts
    bool operator==(const Turn&) const = default;
};

/// Tokens the prefill had to work on: the server's word for it, else the input that came from no cache.
[[nodiscard]] inline std::optional<std::int64_t> prefilledTokens(const Turn& turn) {
    if (turn.server.promptTokens) return turn.server.promptTokens;
    if (!turn.tokens.input.tokens || !turn.tokens.cached.tokens) return std::nullopt;
    return *turn.tokens.input.tokens - *turn.tokens.cached.tokens;
}

/// The first token belongs to the prefill: what the decode took its time for are the others.
[[nodiscard]] inline std::optional<std::int64_t> decodedTokens(const Turn& turn) {
    if (!turn.tokens.output.tokens || *turn.tokens.output.tokens < 2) return std::nullopt;
    return *turn.tokens.output.tokens - 1;
}

}  // namespace turntable::model
