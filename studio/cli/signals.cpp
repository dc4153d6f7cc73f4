#include "studio/cli/signals.h"

#include <condition_variable>
#include <csignal>
#include <mutex>

#include <pthread.h>

namespace turntable::cli {
namespace {

sigset_t watchedSignals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR1);  // ours alone: ends the watching thread
    return set;
}

}  // namespace

StopOnSignal::StopOnSignal() {
    const sigset_t set = watchedSignals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_thread = std::jthread([source = m_source, set]() mutable {
        int signal = 0;
        while (sigwait(&set, &signal) == 0) {
            if (signal == SIGUSR1) return;
            source.request_stop();
        }
    });
}

StopOnSignal::~StopOnSignal() { pthread_kill(m_thread.native_handle(), SIGUSR1); }

void StopOnSignal::wait() {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, m_source.get_token(), [] { return false; });
}

bool StopOnSignal::waitFor(std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, m_source.get_token(), time, [] { return false; });
    return m_source.stop_requested();
}

}  // namespace turntable::cli
