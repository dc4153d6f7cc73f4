#pragma once

#include "recorder/turns/exchange.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"

namespace turntable::turns {

/// Ends a turn that another process began and did not live to end: reads the request back, understands it anew and
/// stores the reply as `TurnRecorder::finish` would have. One thread. Errors: those of the store.
[[nodiscard]] support::Status finishStoredTurn(const storage::TraceReader& reader, storage::TraceWriter& writer,
                                               support::TurnId turn, const ReplyReceived& reply);

}  // namespace turntable::turns
