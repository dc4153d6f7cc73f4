// The one platform file of storage: what /proc tells on Linux and sysctl on macOS.
#include "storage/support/process.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#include <pthread.h>
#include <sys/sysctl.h>
#endif

namespace turntable::support {
namespace {

#if defined(__linux__)
// Field 22 of /proc/PID/stat: start time in clock ticks since boot (proc(5)). The command in field 2 may hold spaces
// and parentheses, so counting starts behind the last one. A zombie (state Z) has ended, whatever its parent makes of
// it.
std::string startMarkOf(std::int64_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return {};
    const auto behindCommand = line.rfind(')');
    if (behindCommand == std::string::npos) return {};
    std::istringstream fields(line.substr(behindCommand + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) {
        if (!(fields >> field)) return {};
        if (number == 3 && (field == "Z" || field == "X")) return "dead";
    }
    return field;
}
#elif defined(__APPLE__)
std::string startMarkOf(std::int64_t pid) {
    int name[4] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
    kinfo_proc info{};
    size_t size = sizeof info;
    if (sysctl(name, 4, &info, &size, nullptr, 0) != 0 || size == 0) return {};
    const timeval start = info.kp_proc.p_starttime;
    return std::to_string(start.tv_sec) + "." + std::to_string(start.tv_usec);
}
#else
std::string startMarkOf(std::int64_t) { return {}; }
#endif

}  // namespace

ProcessIdentity currentProcess() {
    const auto pid = static_cast<std::int64_t>(getpid());
    return {pid, startMarkOf(pid)};
}

bool isRunning(const ProcessIdentity& identity) {
    if (identity.pid <= 0) return false;
    if (kill(static_cast<pid_t>(identity.pid), 0) != 0 && errno == ESRCH) return false;
    return identity.startMark.empty() || startMarkOf(identity.pid) == identity.startMark;
}

void lowerThreadPriority() {
#if defined(__linux__)
    // Of a thread, not of the process: setpriority(2), "C library/kernel differences".
    constexpr int kNice = 10;
    static_cast<void>(setpriority(PRIO_PROCESS, 0, kNice));
#elif defined(__APPLE__)
    static_cast<void>(pthread_set_qos_class_self_np(QOS_CLASS_BACKGROUND, 0));
#endif
}

std::filesystem::path executablePath() {
    std::error_code failure;
#if defined(__linux__)
    return std::filesystem::read_symlink("/proc/self/exe", failure);
#elif defined(__APPLE__)
    std::string buffer(4096, '\0');
    auto size = static_cast<std::uint32_t>(buffer.size());
    if (_NSGetExecutablePath(buffer.data(), &size) != 0) return {};
    return std::filesystem::canonical(buffer.c_str(), failure);
#else
    return {};
#endif
}

}  // namespace turntable::support
