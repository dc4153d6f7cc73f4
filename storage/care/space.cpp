#include "storage/care/space.h"

#include "storage/sqlite/free_pages.h"

namespace turntable::care {

using sqlite::Database;
using support::ErrorCode;
using support::Result;

Result<std::int64_t> giveBackSpace(Database& database, const Watch& watch) {
    const auto pagesBefore = database.integer("PRAGMA page_count");
    if (!pagesBefore) return pagesBefore.error();
    const auto goesOn = [&watch](std::int64_t left, std::int64_t all) {
        watch.tell("space", all - left, all);
        return !watch.stop.stop_requested();
    };
    if (auto done = sqlite::giveBackFreePages(database, goesOn); !done) return done.error();
    const auto pages = database.integer("PRAGMA page_count");
    if (!pages) return pages.error();
    const auto pageSize = database.integer("PRAGMA page_size");
    if (!pageSize) return pageSize.error();
    // Says "busy" in its row when a reader is in the way: then whoever ends last moves the log.
    const auto moved = database.integer("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!moved && moved.error().code != ErrorCode::busy) return moved.error();
    return (*pagesBefore - *pages) * *pageSize;
}

}  // namespace turntable::care
