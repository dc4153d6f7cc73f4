#pragma once

#include <cstdint>
#include <string_view>

#include "storage/support/clock.h"
#include "storage/support/result.h"

namespace turntable::cli {

/// "2G", "500M", "64k", "1000": decimal units, as disks are sold. Errors: invalidArgument.
[[nodiscard]] support::Result<std::int64_t> parseBytes(std::string_view text);

/// The moment that an age ("30d", "12h", "90m", "8w") before `now`, or the beginning of a day in UTC ("2026-10-01"),
/// stands for. Errors: invalidArgument.
[[nodiscard]] support::Result<support::WallTime> parseMoment(std::string_view text, support::WallTime now);

}  // namespace turntable::cli
