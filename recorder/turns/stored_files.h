#pragma once

#include "recorder/screen/observe.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::turns {

/// The files that were read when the turn was recorded, as a source of their own: a screen found anew is the one the
/// recorder found, whatever became of the files. Errors: those of the reader.
[[nodiscard]] support::Result<screen::LinkedFileSource> storedFiles(const storage::TraceReader& reader,
                                                                    support::TurnId turn);

}  // namespace turntable::turns
