#pragma once

// Private to storage: whether a turn was written as it was read.

#include "storage/archive/session_content.h"
#include "storage/trace_reader.h"

namespace turntable::storage {

/// Reads the turn's row, bodies, headers, files, arrivals and screen through `reader` and compares each with `content`.
/// Errors: corrupt (names what differs), those of reading.
[[nodiscard]] support::Status compareTurn(const TraceReader& reader, support::TurnId id, const TurnContent& content);

}  // namespace turntable::storage
