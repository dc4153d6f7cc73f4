#pragma once

#include <cstdint>
#include <functional>

#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::sqlite {

/// Moves the free pages of a file to its end and cuts them off, a few hundred a transaction, so that others get the
/// write lock in between. Stops early, without an error, when `goesOn(left, all)` says so, when others do not let go of
/// the lock, or when the file was not made for it: the rest stays as free pages, which the file uses again. Not inside
/// a transaction. Errors: those of the database.
[[nodiscard]] support::Status giveBackFreePages(
    Database& database, const std::function<bool(std::int64_t left, std::int64_t all)>& goesOn = {});

}  // namespace turntable::sqlite
