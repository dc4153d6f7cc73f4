#pragma once

// Private to storage/sqlite: what a Database owns and a Statement points to.

#include <stop_token>
#include <string>
#include <unordered_map>

#include <sqlite3.h>

#include "storage/support/result.h"

namespace turntable::sqlite {

struct Connection {
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The error that `code` stands for, with the path and SQLite's own words.
    [[nodiscard]] support::Error error(int code) const;

    sqlite3* handle = nullptr;
    std::string path;
    std::stop_token stop;
    std::unordered_multimap<std::string, sqlite3_stmt*> idle;  ///< by SQL text
};

}  // namespace turntable::sqlite
