#pragma once

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "storage/support/result.h"

namespace turntable::cli {

/// Another program in the foreground of this one: it has the terminal and what Ctrl+C sends there; this program goes on
/// until it ends, and passes SIGTERM and SIGHUP to it. Make it before any other thread is started: signals are blocked
/// in the calling thread, and threads inherit that. One of it at a time, once. Portable: POSIX only.
class ChildProcess {
public:
    ChildProcess();
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// `command`: the program (looked for in PATH) and its arguments; `variables` are set beside the environment of
    /// this program. Errors: notFound (no such program), invalidArgument (it cannot be run), io (no process could be
    /// made).
    [[nodiscard]] support::Status start(const std::vector<std::string>& command,
                                        const std::vector<std::pair<std::string, std::string>>& variables);
    /// Waits until it has ended. Its exit code; 128 and the number of the signal that ended it, as a shell says it.
    [[nodiscard]] int wait();

private:
    sigset_t m_signals{};
    sigset_t m_before{};
    struct sigaction m_onChild {};
    struct sigaction m_onInterrupt {};
    struct sigaction m_onQuit {};
    pid_t m_process = -1;
};

}  // namespace turntable::cli
