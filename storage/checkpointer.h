#pragma once

// Private to storage: who moves the write-ahead log into the file while others write.

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <thread>

namespace turntable::sqlite {
class Database;
}

namespace turntable::storage {

/// Moves the write-ahead log of a store into its file on a thread of its own, so that no writer waits for the disk in
/// its commit. The thread is started by the first log that is long enough and has a connection of its own. SQLite
/// begins the log anew only when all of it has been moved, which never is so while a writer is faster than the disk: a
/// log that got too long is therefore moved by the writer itself. A checkpoint that does not get done (a reader holds
/// an old state, the disk is full) is tried again later; nothing depends on it but the length of the log. All members
/// are for one thread, that of the writer.
class Checkpointer {
public:
    explicit Checkpointer(std::filesystem::path store);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer();

    /// To be called after each commit that left the log with `pages`, at least `kLongLogPages`. `writer` is the
    /// connection that wrote them, with no transaction open. Waits only for a log of `kTooLongLogPages`.
    void logGrew(sqlite::Database& writer, int pages);
    /// Waits for the checkpoint that runs. May be asked again afterwards.
    void stop();

    /// A log of so many pages (4 MiB) is worth it: SQLite's own measure.
    static constexpr int kLongLogPages = 1000;
    static constexpr int kTooLongLogPages = 4 * kLongLogPages;

private:
    /// Never waits. False when there is no thread to do it.
    [[nodiscard]] bool ask();
    void run(const std::stop_token& stop);

    const std::filesystem::path m_store;
    std::mutex m_mutex;
    std::condition_variable_any m_asked;
    bool m_wanted = false;
    /// The length at which the writer moves the log itself. More than `kTooLongLogPages` after it could not move all.
    int m_tooLong = kTooLongLogPages;
    std::jthread m_thread;
};

}  // namespace turntable::storage
