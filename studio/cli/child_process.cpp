#include "studio/cli/child_process.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <pthread.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace turntable::cli {
namespace {

using support::Error;
using support::ErrorCode;

void doNothing(int) {}

struct sigaction actionOf(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    return action;
}

std::vector<std::string> environmentWith(const std::vector<std::pair<std::string, std::string>>& variables) {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto isSet = [&](const auto& variable) { return text.starts_with(variable.first + "="); };
        if (std::none_of(variables.begin(), variables.end(), isSet)) environment.emplace_back(text);
    }
    for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
    return environment;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

Error cannotRun(const std::string& program, int failure) {
    const auto code = failure == ENOENT                        ? ErrorCode::notFound
                      : failure == EAGAIN || failure == ENOMEM ? ErrorCode::io
                                                               : ErrorCode::invalidArgument;
    return {code, "cannot run \"" + program +
                      "\": " + (failure == ENOENT ? "there is no such program" : std::string(std::strerror(failure)))};
}

}  // namespace

ChildProcess::ChildProcess() {
    sigemptyset(&m_signals);
    for (const int signal : {SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&m_signals, signal);
    pthread_sigmask(SIG_BLOCK, &m_signals, &m_before);
    // A handler, since some systems throw away a signal that nothing would be done about.
    const auto onChild = actionOf(doNothing);
    sigaction(SIGCHLD, &onChild, &m_onChild);
    // The terminal sends these to the child as well: what they mean is the child's to say.
    const auto ignored = actionOf(SIG_IGN);
    sigaction(SIGINT, &ignored, &m_onInterrupt);
    sigaction(SIGQUIT, &ignored, &m_onQuit);
}

ChildProcess::~ChildProcess() {
    sigaction(SIGINT, &m_onInterrupt, nullptr);
    sigaction(SIGQUIT, &m_onQuit, nullptr);
    sigaction(SIGCHLD, &m_onChild, nullptr);
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

support::Status ChildProcess::start(const std::vector<std::string>& command,
                                    const std::vector<std::pair<std::string, std::string>>& variables) {
    auto arguments = command;
    auto environment = environmentWith(variables);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGQUIT, SIGPIPE, SIGCHLD}) sigaddset(&usual, signal);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setsigmask(&attributes, &m_before);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    const int failure = posix_spawnp(&m_process, arguments.front().c_str(), nullptr, &attributes,
                                     pointersTo(arguments).data(), pointersTo(environment).data());
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) return cannotRun(command.front(), failure);
    return {};
}

int ChildProcess::wait() {
    for (;;) {
        int status = 0;
        const pid_t ended = waitpid(m_process, &status, WNOHANG);
        if (ended == m_process) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        int signal = 0;
        if (sigwait(&m_signals, &signal) == 0 && signal != SIGCHLD) kill(m_process, signal);
    }
}

}  // namespace turntable::cli
