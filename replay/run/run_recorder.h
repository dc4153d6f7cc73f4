#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "recorder/turns/exchange.h"
#include "recorder/turns/turn_builder.h"
#include "replay/endpoints/endpoint.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"

namespace turntable::run {

/// Writes the turns of one run into the store, each in two steps: its request before it is asked, its answer after.
/// Says to the store which process is at work, so that a turn that it does not live to end is known as torn. One
/// thread; `reader` must outlive it. Errors: those of the store.
class RunRecorder {
public:
    [[nodiscard]] static support::Result<RunRecorder> open(const std::filesystem::path& store,
                                                           const storage::TraceReader& reader,
                                                           const std::string& endpoint);

    [[nodiscard]] support::Result<support::SessionId> createRun(const model::Session& session);
    [[nodiscard]] support::Status updateRun(const model::Session& session) { return m_writer.updateSession(session); }

    [[nodiscard]] support::Nanoseconds longestWait() const { return m_writer.longestWait(); }

    /// Stores the question as an open turn of `run`.
    [[nodiscard]] support::Result<turns::UnderstoodRequest> begin(support::SessionId run,
                                                                  const endpoints::Question& question,
                                                                  std::optional<support::TurnId> parent,
                                                                  bool simulated);
    /// Stores what came of it. `simulatedBy`: name of a simulated endpoint, empty for a real one.
    [[nodiscard]] support::Status finish(turns::UnderstoodRequest& understood, const endpoints::Answer& answer,
                                         const std::string& simulatedBy);

    /// Says that this process has ended its run in order.
    [[nodiscard]] support::Status close();

private:
    RunRecorder(storage::TraceWriter writer, const storage::TraceReader& reader, support::RecorderId recorder)
        : m_writer(std::move(writer)), m_reader(&reader), m_recorder(recorder) {}

    storage::TraceWriter m_writer;
    const storage::TraceReader* m_reader;
    support::RecorderId m_recorder;
};

}  // namespace turntable::run
