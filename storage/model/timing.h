#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/support/clock.h"

namespace turntable::model {

/// Moments of one exchange, as durations since the request's last byte had been received. No value: did not happen or
/// could not be seen.
struct WireStamps {
    std::optional<support::Nanoseconds> upstreamConnected;
    std::optional<support::Nanoseconds> headers;    ///< status line and headers of the reply
    std::optional<support::Nanoseconds> firstByte;  ///< first byte of the reply's body
    std::optional<support::Nanoseconds>
        firstContent;  ///< first text, thinking or tool-call delta; not a role frame or ping
    std::optional<support::Nanoseconds> lastByte;
    bool operator==(const WireStamps&) const = default;
};

/// What the server itself says about its work (llama.cpp `timings`, Ollama durations). Kept beside the wire's figures.
struct ServerTimings {
    std::optional<std::int64_t> promptTokens;  ///< processed now, cached ones excluded
    std::optional<std::int64_t> cachedTokens;
    std::optional<std::int64_t> predictedTokens;
    std::optional<support::Nanoseconds> queue;
    std::optional<support::Nanoseconds> load;  ///< loading the model
    std::optional<support::Nanoseconds> prefill;
    std::optional<support::Nanoseconds> decode;
    bool operator==(const ServerTimings&) const = default;
};

/// Where a duration comes from.
enum class TimeSource { wire, server, simulated };

[[nodiscard]] constexpr std::string_view timeSourceName(TimeSource source) {
    switch (source) {
        case TimeSource::wire: return "wire";
        case TimeSource::server: return "server";
        case TimeSource::simulated: return "simulated";
    }
    return "wire";
}

/// The seconds of a turn. `total` is queue + prefill + decode as the agent saw it: request complete to last byte.
struct Latency {
    std::optional<support::Nanoseconds> queue;
    std::optional<support::Nanoseconds> prefill;
    std::optional<support::Nanoseconds> decode;
    std::optional<support::Nanoseconds> gap;   ///< last byte to the next request of the same lineage
    std::optional<support::Nanoseconds> tool;  ///< tool execution alone, where it is known
    std::optional<support::Nanoseconds> total;
    TimeSource source = TimeSource::wire;
    bool operator==(const Latency&) const = default;
};

/// Rule of thumb on `total`: under 5 s fine, up to 15 s workable, over 15 s unusable.
enum class Verdict { fine, workable, unusable };

[[nodiscard]] constexpr Verdict verdictOf(support::Nanoseconds total) {
    if (total < std::chrono::seconds(5)) return Verdict::fine;
    return total <= std::chrono::seconds(15) ? Verdict::workable : Verdict::unusable;
}

[[nodiscard]] constexpr std::string_view verdictName(Verdict verdict) {
    switch (verdict) {
        case Verdict::fine: return "fine";
        case Verdict::workable: return "workable";
        case Verdict::unusable: return "unusable";
    }
    return "unusable";
}

/// One piece of a reply's body as it arrived: `size` bytes, `at` after the request's last byte.
struct Arrival {
    support::Nanoseconds at{};
    std::size_t size = 0;
    bool operator==(const Arrival&) const = default;
};

/// Tokens a second; empty when a figure is missing or the duration is not positive.
[[nodiscard]] inline std::optional<double> tokensPerSecond(std::optional<std::int64_t> tokens,
                                                           std::optional<support::Nanoseconds> duration) {
    if (!tokens || !duration || duration->count() <= 0 || *tokens <= 0) return std::nullopt;
    return static_cast<double>(*tokens) * 1e9 / static_cast<double>(duration->count());
}

}  // namespace turntable::model
