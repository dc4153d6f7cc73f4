#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace turntable::support {

/// Names a running process beyond its number, so that a number used again is not mistaken for it.
struct ProcessIdentity {
    std::int64_t pid = 0;
    std::string startMark;  ///< opaque; equal for the same process only; empty where the platform cannot tell
};

[[nodiscard]] ProcessIdentity currentProcess();

/// True while the very process that `identity` names is running on this machine.
[[nodiscard]] bool isRunning(const ProcessIdentity& identity);

/// Lets other threads go first from here on, where the platform can say that of one thread; elsewhere nothing happens.
void lowerThreadPriority();

/// Absolute path of the program that is running; empty where the platform cannot tell.
[[nodiscard]] std::filesystem::path executablePath();

}  // namespace turntable::support
