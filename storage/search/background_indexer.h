#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace turntable::search {

struct BackgroundOptions {
    /// An update begins when nothing has been stored for so long: turns that come one after the other are taken in
    /// together, so that the pages that each of them changes are written once.
    std::chrono::milliseconds quiet{2000};
    /// Or at the latest so long after the first turn that is not in the index.
    std::chrono::milliseconds latest{30000};
    /// After an update: how many turns are still missing (0, or more when it was stopped). On the indexing thread.
    std::function<void(std::int64_t)> updated;
    /// When an update failed, in one sentence. The next one begins after the next wake. On the indexing thread.
    std::function<void(const std::string&)> failed;
};

/// Keeps the search index of a store up to date while somebody records: a thread of low priority that sleeps until it
/// is woken. `wake` may be called from any thread and never waits; destruction stops an update within about 50 ms. Owns
/// the thread; between two updates no file is open and nothing is kept in memory. It can only fail itself: what goes
/// wrong is told to `failed`, and the next search does what is missing.
class BackgroundIndexer {
public:
    BackgroundIndexer(std::filesystem::path store, BackgroundOptions options);
    BackgroundIndexer(const BackgroundIndexer&) = delete;
    BackgroundIndexer& operator=(const BackgroundIndexer&) = delete;
    ~BackgroundIndexer() = default;

    /// Says that the store has something new.
    void wake();

private:
    void run(const std::stop_token& stop);
    [[nodiscard]] bool waitForWork(const std::stop_token& stop);
    void update(const std::stop_token& stop);

    std::filesystem::path m_store;
    BackgroundOptions m_options;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::uint64_t m_wakes = 0;  ///< guarded by `m_mutex`
    std::uint64_t m_seen = 0;   ///< of the thread: wakes that an update has answered
    std::jthread m_thread;      ///< last, so that it ends before what it uses
};

}  // namespace turntable::search
