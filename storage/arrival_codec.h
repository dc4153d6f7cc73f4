#pragma once

// Private to storage: when the pieces of a reply came, as bytes. docs/trace-format.md has the format.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/compression/zstandard.h"
#include "storage/model/timing.h"
#include "storage/support/result.h"

namespace turntable::storage {

[[nodiscard]] support::Result<std::string> encodeArrivals(std::span<const model::Arrival> arrivals,
                                                          compression::Zstandard& zstandard);

/// Takes any bytes; a check sum inside finds changed ones. Errors: corrupt.
[[nodiscard]] support::Result<std::vector<model::Arrival>> decodeArrivals(std::string_view bytes,
                                                                          compression::Zstandard& zstandard);

}  // namespace turntable::storage
