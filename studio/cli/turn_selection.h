#pragma once

#include <string_view>
#include <vector>

#include "storage/support/result.h"

namespace turntable::cli {

/// Turn numbers from 1, ascending and each once, of "4", "4..7" or "4,9" and mixtures. Errors: invalidArgument naming
/// the piece that is no number or no range; limitExceeded above a million turns.
[[nodiscard]] support::Result<std::vector<int>> parseTurnSelection(std::string_view text);

}  // namespace turntable::cli
