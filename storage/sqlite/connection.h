#pragma once

// Private to storage/sqlite: what a Database owns and a Statement points to.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include <sqlite3.h>

#include "storage/sqlite/turnstile.h"
#include "storage/support/result.h"

namespace turntable::sqlite {

/// Which file a path names.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    bool operator==(const FileIdentity&) const = default;
};

struct Connection {
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The error that `code` stands for, with the path and SQLite's own words.
    [[nodiscard]] support::Error error(int code) const;

    /// Waits for others in short steps, up to five seconds, where SQLite's own patience would sleep up to 100 ms
    /// between two tries.
    void beginToWait();
    /// See Database::keepTheLog.
    void keepTheLog(int pages, std::function<void(int pages)> grown);

    sqlite3* handle = nullptr;
    std::unique_ptr<Turnstile> turnstile;
    std::string path;
    std::optional<FileIdentity> file;  ///< which one it was when it was opened
    std::chrono::steady_clock::time_point busySince;
    bool wantsToWrite = false;  ///< who waits then does so at the turnstile
    std::chrono::nanoseconds patience{0};
    std::chrono::nanoseconds longestWait{0};
    int longLogPages = 0;
    std::function<void(int pages)> logGrown;
    std::stop_token stop;
    std::unordered_multimap<std::string, sqlite3_stmt*> idle;  ///< by SQL text
};

}  // namespace turntable::sqlite
