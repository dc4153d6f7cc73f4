#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "recorder/screen/observe.h"
#include "recorder/turns/exchange.h"
#include "recorder/turns/lineage.h"
#include "recorder/turns/turn_builder.h"
#include "storage/model/session.h"
#include "storage/support/clock.h"
#include "storage/trace_writer.h"

namespace turntable::turns {

struct TurnRecorderOptions {
    std::string sessionName;  ///< empty: named by start time; later sessions of a recorder are "NAME-2", "NAME-3", …
    std::string endpoint;     ///< shown with the session
    screen::LinkedFileSource files;
    std::chrono::milliseconds retryPause{250};  ///< a store that took nothing is left alone for so long
    /// Turns are stored several at once where not zero: what is stored lasts, and the listener hears of it, no later
    /// than this. Only for who has the bytes in another place until then: a crash loses what does not last yet.
    std::chrono::milliseconds groupFor{0};
    bool withoutContent = false;  ///< what is stored of a turn holds no text: see `withoutContent`
};

/// Makes turns of exchanges and writes them. One thread (the recording thread of a proxy, or a replay's). While the
/// store takes nothing (disk full, locked for long) turns wait in memory in their order, up to `kMaxWaiting`, and go
/// into the store when it does again; that they came late is marked, and what is lost all the same becomes a gap mark.
/// Failures of the store are never the caller's problem. Nothing throws.
class TurnRecorder {
public:
    /// Called after a turn is stored whole (or is lost: `stored` false; ids that were not given are then 0).
    using TurnListener = std::function<void(const model::Turn& turn, const model::Session& session, bool stored)>;

    TurnRecorder(storage::TraceWriter writer, support::RecorderId recorder, TurnRecorderOptions options,
                 TurnListener listener);
    TurnRecorder(TurnRecorder&&) noexcept = default;
    TurnRecorder& operator=(TurnRecorder&&) = delete;
    /// Tries once more to write the gap marks that are left.
    ~TurnRecorder();

    /// Both: true when it is in the store; false when it waits for the store, or is lost and has been noted as a gap.
    bool begin(const RequestReceived& request);
    bool finish(const ReplyReceived& reply);
    /// Tries to store what waits. True when nothing waits any more. Call it now and then when nothing else is to be
    /// done.
    bool retry();
    [[nodiscard]] bool waiting() const { return !m_waiting.empty(); }
    /// Why the store takes nothing; empty while it does.
    [[nodiscard]] const std::optional<support::Error>& refusal() const { return m_refusal; }
    /// Makes last what was stored together (see `groupFor`), where it is time to or `now`. Call it after each call
    /// above, and every `kGroupPoll` while `grouping`: others may be waiting to write. What the store does not take
    /// after all waits, as above.
    void settle(bool now = false);
    [[nodiscard]] bool grouping() const { return m_writer.inGroup(); }
    /// The exchange is over, and its turn is neither stored nor lost.
    [[nodiscard]] bool holds(std::uint64_t exchange) const;
    /// Something was lost before it came here.
    void lost(support::WallTime at, const std::string& reason);
    void setEndpoint(const std::string& endpoint) { m_options.endpoint = endpoint; }

    [[nodiscard]] storage::TraceWriter& writer() { return m_writer; }

    static constexpr std::size_t kMaxWaiting = 512;
    static constexpr std::size_t kMaxWaitingBytes = std::size_t{64} << 20;
    static constexpr std::chrono::milliseconds kGroupPoll{10};
    static constexpr std::size_t kMaxGroupBytes = std::size_t{3} << 20;   ///< held in memory until it lasts
    static constexpr std::size_t kMaxGroupedBody = std::size_t{1} << 20;  ///< larger ones take their time alone

private:
    struct OpenTurn;
    struct PendingGap {
        std::optional<support::SessionId> session;
        support::WallTime at{};
        std::string reason;
        std::optional<std::uint64_t> exchange;  ///< whose request is tried again with its reply
    };
    /// Turns of a session that were stored only after the store had taken nothing for a while.
    struct Late {
        support::WallTime first{};
        int turns = 0;
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
    [[nodiscard]] support::Status enterGroup(OpenTurn& open);
    [[nodiscard]] support::Status endGroup();
    [[nodiscard]] bool groupIsDue() const;
    void loseGroup(const support::Error& error);
    bool storeWaiting();
    bool storeWaitingWhenDue();
    void refused(const support::Error& error);
    bool wait(const std::shared_ptr<OpenTurn>& open, const ReplyReceived* reply);
    void conclude(const OpenTurn& open, const support::Status& stored);
    void markLate();
    void setGapOfParent(OpenTurn& open);
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
    std::size_t m_namedSessions = 0;                  ///< those that took options.sessionName
    std::vector<PendingGap> m_gaps;                   ///< not yet in the store
    std::deque<std::shared_ptr<OpenTurn>> m_waiting;  ///< by their beginning: what the store did not take
    std::optional<support::Error> m_refusal;          ///< why the first of them waits
    support::MonotonicTime m_nextTry{};
    std::map<support::SessionId, Late> m_late;
    std::vector<std::shared_ptr<OpenTurn>> m_group;  ///< stored since the group began, in that order
    support::MonotonicTime m_groupBegan{};
    std::set<support::SessionId> m_unlearnt;  ///< sessions whose row lost what was learnt of them
};

}  // namespace turntable::turns
