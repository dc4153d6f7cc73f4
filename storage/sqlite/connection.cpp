#include "storage/sqlite/connection.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

namespace turntable::sqlite {

using support::Error;
using support::ErrorCode;

namespace {

ErrorCode codeOf(int extendedCode) {
    if (extendedCode == SQLITE_CONSTRAINT_FOREIGNKEY) return ErrorCode::notFound;
    switch (extendedCode & 0xFF) {
        case SQLITE_FULL:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_IOERR: return ErrorCode::io;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return ErrorCode::busy;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_FORMAT: return ErrorCode::corrupt;
        case SQLITE_TOOBIG: return ErrorCode::limitExceeded;
        case SQLITE_INTERRUPT: return ErrorCode::cancelled;
        default: return ErrorCode::internal;
    }
}

// What a person reads before SQLite's own words.
const char* phraseOf(int extendedCode) {
    if (extendedCode == SQLITE_CONSTRAINT_FOREIGNKEY) return "a row that is referred to is not there";
    switch (extendedCode & 0xFF) {
        case SQLITE_FULL: return "disk full";
        case SQLITE_READONLY: return "read-only";
        case SQLITE_CANTOPEN: return "cannot be opened: its folder is missing or may not be written, or it is a folder";
        case SQLITE_IOERR: return "the system could not read or write it";
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "another process holds it";
        case SQLITE_CORRUPT: return "damaged";
        case SQLITE_NOTADB: return "not an SQLite file";
        default: return "SQLite failed";
    }
}

// A transaction of ours takes well under a millisecond: the first steps are shorter, and none is longer.
constexpr std::chrono::microseconds kFirstStep{100};
constexpr std::chrono::microseconds kLongestStep{1000};

int waitForOthers(void* context, int tries) {
    auto& connection = *static_cast<Connection*>(context);
    const auto now = std::chrono::steady_clock::now();
    if (tries == 0) connection.busySince = now;
    if (connection.wantsToWrite) connection.turnstile->wait();
    if (now - connection.busySince >= connection.patience) return 0;
    std::this_thread::sleep_for(std::min(kFirstStep * (tries + 1), kLongestStep));
    return 1;
}

int watchLog(void* context, sqlite3* /*handle*/, const char* /*schema*/, int pages) {
    const auto& connection = *static_cast<Connection*>(context);
    if (pages >= connection.longLogPages) connection.logGrown(pages);
    return SQLITE_OK;
}

}  // namespace

Connection::~Connection() {
    for (const auto& [sql, statement] : idle) sqlite3_finalize(statement);
    sqlite3_close_v2(handle);
}

Error Connection::error(int code) const {
    const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
    const int known = (extended & 0xFF) == (code & 0xFF) ? extended : code;
    const char* words = handle != nullptr && known == extended ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    // A damaged schema is quoted whole, over many lines: what is wrong stands in the first.
    const std::string_view all(words);
    const std::string first(all.substr(0, all.find('\n')));
    return {codeOf(known), path + ": " + phraseOf(known) + " (" + first + ")"};
}

void Connection::beginToWait() { sqlite3_busy_handler(handle, waitForOthers, this); }

void Connection::keepTheLog(int pages, std::function<void(int pages)> grown) {
    longLogPages = pages;
    logGrown = std::move(grown);
    sqlite3_wal_hook(handle, watchLog, this);
}

}  // namespace turntable::sqlite
