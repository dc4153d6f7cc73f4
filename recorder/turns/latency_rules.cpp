#include "recorder/turns/latency_rules.h"

#include <algorithm>

namespace turntable::turns {
namespace {

using support::Nanoseconds;

// Headers and first token this close together were sent together.
constexpr Nanoseconds kSameMoment = std::chrono::milliseconds(1);
// A call that came in one piece may still be spread over a few socket reads.
constexpr Nanoseconds kOnePiece = std::chrono::milliseconds(5);

Nanoseconds notNegative(Nanoseconds duration) { return std::max(duration, Nanoseconds::zero()); }

bool onlyCallsInOnePiece(const wire::ParsedReply& reply) {
    if (reply.blocks.empty() || !reply.firstContent || !reply.lastContent) return false;
    return std::all_of(reply.blocks.begin(), reply.blocks.end(),
                       [](const wire::ReplyBlock& block) { return block.kind == wire::BlockKind::toolUse; }) &&
           *reply.lastContent - *reply.firstContent <= kOnePiece;
}

// The moment the first token came; sets queue and prefill on the way.
std::optional<Nanoseconds> measurePrefill(const wire::ParsedReply& reply, const model::WireStamps& wire,
                                          std::string_view serverKind, model::Latency& latency) {
    if (serverKind != "llama.cpp") {
        if (!reply.firstContent || onlyCallsInOnePiece(reply)) return std::nullopt;
        latency.prefill = notNegative(*reply.firstContent);
        return reply.firstContent;
    }
    // A first token that is half a character makes no message_start.
    const auto firstToken = reply.messageStart ? reply.messageStart : reply.firstContent;
    if (!firstToken) return std::nullopt;
    if (wire.headers && *firstToken - *wire.headers > kSameMoment) {
        latency.queue = notNegative(*wire.headers);
        latency.prefill = *firstToken - *wire.headers;
    } else {
        latency.prefill = notNegative(*firstToken);
    }
    return firstToken;
}

// A short reply on a busy machine reaches us whole: its pieces then tell nothing of how long they took.
bool cameAtOnce(const model::Latency& latency, const model::ServerTimings& server) {
    return latency.decode && server.prefill && server.decode && *latency.decode * 2 < *server.decode;
}

}  // namespace

model::Latency measureLatency(const wire::ParsedReply& reply, const model::WireStamps& wire,
                              std::string_view serverKind, bool streamed, ExchangeEnd end) {
    model::Latency latency;
    const bool whole = end == ExchangeEnd::whole;
    if (whole) latency.total = wire.lastByte;
    if (streamed) {
        const auto firstToken = measurePrefill(reply, wire, serverKind, latency);
        if (firstToken && whole && wire.lastByte) latency.decode = notNegative(*wire.lastByte - *firstToken);
    }
    const bool silent = !latency.prefill && !latency.decode && (reply.server.prefill || reply.server.decode);
    if (silent || cameAtOnce(latency, reply.server)) {
        latency.queue = reply.server.queue;
        latency.prefill = reply.server.prefill;
        latency.decode = reply.server.decode;
        latency.source = model::TimeSource::server;
    }
    if (serverKind == "simulated") latency.source = model::TimeSource::simulated;
    return latency;
}

DecodeShares decodeShares(const wire::ParsedReply& reply) {
    DecodeShares shares;
    const auto shareOf = [&shares](wire::BlockKind kind) -> std::optional<support::Nanoseconds>& {
        switch (kind) {
            case wire::BlockKind::thinking: return shares.thinking;
            case wire::BlockKind::text: return shares.text;
            case wire::BlockKind::toolUse: return shares.calls;
            case wire::BlockKind::unknown: break;
        }
        return shares.other;
    };
    for (const wire::ReplyBlock& block : reply.blocks) {
        if (!block.took) continue;
        auto& share = shareOf(block.kind);
        share = share.value_or(support::Nanoseconds::zero()) + *block.took;
    }
    return shares;
}

}  // namespace turntable::turns
