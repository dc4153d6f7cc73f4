#pragma once

#include <string_view>

#include "recorder/logs/log_format.h"
#include "storage/support/result.h"

namespace turntable::logs {

/// So many bytes from the start of a file are looked at.
inline constexpr std::size_t kHeadBytes = std::size_t{1} << 20U;

/// What a file is, by its first bytes, whatever its name: a store by SQLite's mark, a log by the names of the members
/// of its first JSON objects. A broken line is passed over as long as a later one tells. Errors: invalidArgument, with
/// a sentence that says what the file is instead (empty, UTF-16, compressed, a page, nothing we know).
[[nodiscard]] support::Result<LogFormat> recognizeFormat(std::string_view head);

}  // namespace turntable::logs
