#pragma once

// Private to storage: who moves the write-ahead log into the file while others write.

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <thread>

namespace turntable::storage {

/// Moves the write-ahead log of a store into its file on a thread of its own, so that no writer waits for the disk in
/// its commit. The thread is started by the first log that is long enough and has a connection of its own. `ask` and
/// `stop` are for one thread, that of the writer. A checkpoint that does not get done (a reader holds an old state, the
/// disk is full) is tried again with the next that is asked for; nothing depends on it but the length of the log.
class Checkpointer {
public:
    explicit Checkpointer(std::filesystem::path store);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer();

    /// Never waits. False when there is no thread to do it.
    [[nodiscard]] bool ask();
    /// Waits for the checkpoint that runs. May be asked again afterwards.
    void stop();

    /// A log of so many pages (4 MiB) is worth it: SQLite's own measure.
    static constexpr int kLongLogPages = 1000;

private:
    void run(const std::stop_token& stop);

    const std::filesystem::path m_store;
    std::mutex m_mutex;
    std::condition_variable_any m_asked;
    bool m_wanted = false;
    std::jthread m_thread;
};

}  // namespace turntable::storage
