#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "recorder/screen/observe.h"
#include "recorder/turns/exchange.h"
#include "recorder/turns/lineage.h"
#include "recorder/turns/turn_builder.h"
#include "storage/trace_writer.h"

namespace turntable::turns {

struct TurnRecorderOptions {
    std::string sessionName;      ///< empty: named by start time
    std::string endpoint;         ///< shown with the session
    screen::LinkedFileSource files;
};

/// Makes turns of exchanges and writes them. One thread (the recording thread of a proxy, or a replay's). A failure of the
/// store becomes a gap mark as soon as the store takes one again; it is never the caller's problem.
class TurnRecorder {
public:
    /// Called after a turn is stored whole (or could not be: `stored` false).
    using TurnListener = std::function<void(const model::Turn& turn, const model::Session& session, bool stored)>;

    TurnRecorder(storage::TraceWriter writer, support::RecorderId recorder, TurnRecorderOptions options,
                 TurnListener listener);

    /// Both: true when it is in the store; false after a failure, which has then been noted as a gap.
    bool begin(const RequestReceived& request);
    bool finish(const ReplyReceived& reply);
    /// Something was lost before it came here.
    void lost(support::WallTime at, const std::string& reason);
    void setEndpoint(const std::string& endpoint) { m_options.endpoint = endpoint; }

    [[nodiscard]] storage::TraceWriter& writer() { return m_writer; }

private:
    struct OpenTurn;
    [[nodiscard]] support::Result<support::SessionId> sessionFor(const RequestReceived& request,
                                                                 const UnderstoodRequest& understood,
                                                                 const Lineage::Place& place);
    void markGap(support::WallTime at, const std::string& reason);

    storage::TraceWriter m_writer;
    support::RecorderId m_recorder;
    TurnRecorderOptions m_options;
    TurnListener m_listener;
    Lineage m_lineage;
    std::unordered_map<std::uint64_t, std::shared_ptr<OpenTurn>> m_open;
};

}  // namespace turntable::turns
