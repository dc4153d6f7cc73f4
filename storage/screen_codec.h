#pragma once

// Private to storage: a screen as bytes. docs/trace-format.md has the format.

#include <string>
#include <string_view>

#include "storage/model/screen.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Deterministic: equal screens give equal bytes, and no two different screens do.
[[nodiscard]] std::string encodeScreen(const model::Screen& screen);

/// Takes any bytes. Errors: corrupt; unsupportedVersion (a format of a newer program).
[[nodiscard]] support::Result<model::Screen> decodeScreen(std::string_view bytes);

}  // namespace turntable::storage
