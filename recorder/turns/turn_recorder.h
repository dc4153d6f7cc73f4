#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "recorder/screen/observe.h"
#include "recorder/turns/exchange.h"
#include "recorder/turns/lineage.h"
#include "recorder/turns/turn_builder.h"
#include "storage/model/session.h"
#include "storage/trace_writer.h"

namespace turntable::turns {

struct TurnRecorderOptions {
    std::string sessionName;  ///< empty: named by start time; later sessions of a recorder are "NAME-2", "NAME-3", …
    std::string endpoint;     ///< shown with the session
    screen::LinkedFileSource files;
};

/// Makes turns of exchanges and writes them. One thread (the recording thread of a proxy, or a replay's). A failure of
/// the store becomes a gap mark as soon as the store takes one again; it is never the caller's problem. Nothing throws.
class TurnRecorder {
public:
    /// Called after a turn is stored whole (or could not be: `stored` false; ids that were not given are then 0).
    using TurnListener = std::function<void(const model::Turn& turn, const model::Session& session, bool stored)>;

    TurnRecorder(storage::TraceWriter writer, support::RecorderId recorder, TurnRecorderOptions options,
                 TurnListener listener);
    TurnRecorder(TurnRecorder&&) noexcept = default;
    TurnRecorder& operator=(TurnRecorder&&) = delete;
    /// Tries once more to write the gap marks that are left.
    ~TurnRecorder();

    /// Both: true when it is in the store; false after a failure, which has then been noted as a gap. A request that
    /// could not be stored is tried again with its reply.
    bool begin(const RequestReceived& request);
    bool finish(const ReplyReceived& reply);
    /// Something was lost before it came here.
    void lost(support::WallTime at, const std::string& reason);
    void setEndpoint(const std::string& endpoint) { m_options.endpoint = endpoint; }

    [[nodiscard]] storage::TraceWriter& writer() { return m_writer; }

private:
    struct OpenTurn;
    struct PendingGap {
        std::optional<support::SessionId> session;
        support::WallTime at{};
        std::string reason;
        std::optional<std::uint64_t> exchange;  ///< whose request is tried again with its reply
    };
    /// A session that was made for a turn which then could not be stored: the next new session of that hint.
    struct UnusedSession {
        std::string hint;
        support::SessionId id;
    };
    [[nodiscard]] support::Result<support::SessionId> sessionFor(const RequestReceived& request,
                                                                 const UnderstoodRequest& understood,
                                                                 const Lineage::Place& place);
    [[nodiscard]] support::Status storeRequest(OpenTurn& open);
    [[nodiscard]] support::Status storeReply(OpenTurn& open, const ReplyReceived& reply);
    [[nodiscard]] model::Session learn(const OpenTurn& open);
    void setGapOfParent(const OpenTurn& open);
    void rememberEnd(const model::Turn& turn);
    void markGap(PendingGap gap);
    void writeGaps();

    storage::TraceWriter m_writer;
    support::RecorderId m_recorder;
    TurnRecorderOptions m_options;
    TurnListener m_listener;
    Lineage m_lineage;
    std::unordered_map<std::uint64_t, std::shared_ptr<OpenTurn>> m_open;  ///< by exchange
    std::unordered_map<support::SessionId, model::Session> m_sessions;
    std::map<support::TurnId, support::WallTime> m_ends;  ///< of turns that nothing has continued yet
    std::optional<UnusedSession> m_unusedSession;
    std::size_t m_namedSessions = 0;  ///< those that took options.sessionName
    std::vector<PendingGap> m_gaps;   ///< not yet in the store
};

}  // namespace turntable::turns
