#include "storage/sqlite/free_pages.h"

#include <string>

namespace turntable::sqlite {

using support::ErrorCode;
using support::Status;

namespace {

constexpr std::int64_t kPagesAStep = 256;

}  // namespace

Status giveBackFreePages(Database& database, const std::function<bool(std::int64_t, std::int64_t)>& goesOn) {
    const auto all = database.integer("PRAGMA freelist_count");
    if (!all) return all.error();
    for (std::int64_t left = *all; left > 0 && (!goesOn || goesOn(left, *all));) {
        // A PRAGMA that does its work as it is stepped through.
        auto vacuum = database.prepare("PRAGMA incremental_vacuum(" + std::to_string(kPagesAStep) + ")");
        if (!vacuum) return vacuum.error();
        const Status stepped = vacuum->run();
        if (!stepped && stepped.error().code == ErrorCode::busy) return {};
        if (!stepped) return stepped;
        const auto now = database.integer("PRAGMA freelist_count");
        if (!now) return now.error();
        if (*now >= left) return {};
        left = *now;
    }
    return {};
}

}  // namespace turntable::sqlite
