#include "storage/care/space.h"

#include <string>

namespace turntable::care {

using sqlite::Database;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

constexpr std::int64_t kPagesAStep = 256;

// A PRAGMA that does its work as it is stepped through.
Status runPragma(Database& database, const std::string& sql) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    return statement->run();
}

}  // namespace

Result<std::int64_t> giveBackSpace(Database& database, const Watch& watch) {
    const auto pagesBefore = database.integer("PRAGMA page_count");
    if (!pagesBefore) return pagesBefore.error();
    const auto freeBefore = database.integer("PRAGMA freelist_count");
    if (!freeBefore) return freeBefore.error();
    for (std::int64_t left = *freeBefore; left > 0 && !watch.stop.stop_requested();) {
        watch.tell("space", *freeBefore - left, *freeBefore);
        const auto stepped = runPragma(database, "PRAGMA incremental_vacuum(" + std::to_string(kPagesAStep) + ")");
        if (!stepped && stepped.error().code == ErrorCode::busy) break;
        if (!stepped) return stepped.error();
        const auto now = database.integer("PRAGMA freelist_count");
        if (!now) return now.error();
        // A file that was not made for it keeps its free pages.
        if (*now >= left) break;
        left = *now;
    }
    const auto pages = database.integer("PRAGMA page_count");
    if (!pages) return pages.error();
    const auto pageSize = database.integer("PRAGMA page_size");
    if (!pageSize) return pageSize.error();
    // Says "busy" in its row when a reader is in the way: then whoever ends last moves the log.
    if (auto done = runPragma(database, "PRAGMA wal_checkpoint(TRUNCATE)"); !done) {
        if (done.error().code != ErrorCode::busy) return done.error();
    }
    return (*pagesBefore - *pages) * *pageSize;
}

}  // namespace turntable::care
