#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace turntable::support {

using Nanoseconds = std::chrono::nanoseconds;

/// Nanoseconds since the Unix epoch, UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Nanoseconds>;

/// Nanoseconds of a clock that never goes back; comparable only inside one process.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Nanoseconds>;

/// Where a class takes the time from, so that a test can set it. Implementations may be called from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wallNow() const = 0;
    [[nodiscard]] virtual MonotonicTime monotonicNow() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] WallTime wallNow() const override;
    [[nodiscard]] MonotonicTime monotonicNow() const override;
};

/// `2026-11-23T08:15:30.123Z`, UTC, milliseconds.
[[nodiscard]] std::string formatUtc(WallTime time);

[[nodiscard]] inline double toMs(Nanoseconds duration) { return static_cast<double>(duration.count()) / 1e6; }
[[nodiscard]] inline Nanoseconds fromMs(double ms) { return Nanoseconds(static_cast<std::int64_t>(ms * 1e6)); }

}  // namespace turntable::support
