#pragma once

#include <chrono>
#include <stop_token>
#include <thread>

namespace turntable::cli {

/// Turns SIGINT and SIGTERM into a stop request. Make it before any other thread is started: it blocks the two signals
/// in the calling thread, and threads inherit that. One of it at a time. Portable: sigwait only.
class StopOnSignal {
public:
    StopOnSignal();
    ~StopOnSignal();
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

    [[nodiscard]] std::stop_token token() const { return m_source.get_token(); }
    /// Waits until a signal has come.
    void wait();
    /// Waits no longer than this. True when a signal has come.
    [[nodiscard]] bool waitFor(std::chrono::milliseconds time);

private:
    std::stop_source m_source;
    std::jthread m_thread;
};

}  // namespace turntable::cli
