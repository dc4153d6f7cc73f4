#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "recorder/proxy/recent_requests.h"
#include "recorder/proxy/recording_proxy.h"
#include "recorder/proxy/spool.h"
#include "recorder/proxy/turn_tape.h"
#include "recorder/turns/exchange.h"
#include "recorder/turns/exchange_privacy.h"
#include "recorder/turns/turn_recorder.h"
#include "storage/support/bounded_queue.h"
#include "storage/support/clock.h"
#include "storage/support/result.h"
#include "storage/trace_writer.h"

namespace turntable::proxy {

struct RecordingOptions {
    std::filesystem::path store;
    storage::RecorderRecord recorder;  ///< `id` is given by the store
    turns::TurnRecorderOptions turns;
    turns::PrivacyOptions privacy;
    std::size_t queueCapacity = 256;
    std::size_t maxExchanges = 4096;  ///< that run at once
    ProxyListener listener;
};

/// The recording side of a proxy: one thread that owns the store's writer and turns what connections hand over into
/// turns. Any thread may call; nothing waits for the store. When the queue is full, turns are counted and become a gap
/// mark. The spool file of an exchange is kept until its turn is in the store or known to be lost.
class Recording {
public:
    /// Returns once the recorder stands in the store. Errors: those of the store.
    [[nodiscard]] static support::Result<std::unique_ptr<Recording>> start(RecordingOptions options);
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    ~Recording();

    /// Begins to record a turn. `exchange` and `started` of the request are filled in here. Null when the queue is
    /// full: the turn is then counted as lost.
    [[nodiscard]] std::unique_ptr<TurnTape> open(turns::RequestReceived request, std::string_view body,
                                                 support::MonotonicTime received);
    void upstreamChanged(const Upstream& upstream);
    void notice(const std::string& sentence);
    /// Turns whose recording has ended, stored or not.
    [[nodiscard]] std::int64_t turns() const { return m_turns; }
    /// Secrets that were replaced before they were stored, and replies that could not be looked into.
    [[nodiscard]] std::int64_t secretsReplaced() const { return m_privacy->replaced(); }
    [[nodiscard]] std::int64_t repliesUnread() const { return m_privacy->unread(); }
    [[nodiscard]] std::int64_t turnsLost() const { return m_lostForGood; }
    /// See storage::TraceWriter::longestWait.
    [[nodiscard]] support::Nanoseconds longestWait() const { return support::Nanoseconds(m_longestWait); }

    /// Writes what is queued, ends the recorder in the store and removes the spool files. No tape may be open any more.
    void stop();

private:
    friend class TurnTape;
    struct Begin {
        turns::RequestReceived request;
    };
    struct Finish {
        turns::ReplyReceived reply;
        std::unique_ptr<SpoolFile> spool;
    };
    struct UpstreamChanged {
        Upstream upstream;
    };
    struct Notice {
        std::string sentence;
    };
    using Item = std::variant<Begin, Finish, UpstreamChanged, Notice>;

    explicit Recording(RecordingOptions options);
    void run(std::promise<support::Status> started);
    [[nodiscard]] support::Result<turns::TurnRecorder> setUp();
    [[nodiscard]] std::unique_ptr<SpoolFile> spoolFor(const turns::RequestReceived& request);
    [[nodiscard]] std::optional<Item> nextItem(turns::TurnRecorder& recorder);
    void packLooseParts(storage::TraceWriter& writer);
    void handle(turns::TurnRecorder& recorder, Item& item);
    void reportLost(turns::TurnRecorder& recorder);
    void releaseSpools(const turns::TurnRecorder& recorder);
    void tellOfUnstored(const turns::TurnRecorder& recorder);
    void tellOfTheStore(turns::TurnRecorder& recorder);
    void tell(const std::string& sentence) const;
    void finish(turns::ReplyReceived reply, std::unique_ptr<SpoolFile> spool);
    void close(turns::TurnRecorder& recorder);
    [[nodiscard]] support::WallTime uniqueStart(support::MonotonicTime received);

    const RecordingOptions m_options;
    support::RecorderId m_recorder;                     ///< written before `start` returns
    std::unique_ptr<turns::ExchangePrivacy> m_privacy;  ///< likewise
    SpoolPool m_spools;
    RecentRequests m_recentRequests;
    support::BoundedQueue<Item> m_queue;
    std::map<std::uint64_t, std::unique_ptr<SpoolFile>> m_held;  ///< of turns that wait; the recording thread's alone
    bool m_refusalTold = false;                                  ///< of the recording thread
    std::atomic<bool> m_storeGone = false;
    std::atomic<std::uint64_t> m_nextExchange = 1;
    std::atomic<std::int64_t> m_newestStart = 0;
    std::atomic<std::int64_t> m_lost = 0;
    std::atomic<std::int64_t> m_unexamined = 0;  ///< lost, because nobody knows whether they hold secrets
    std::atomic<std::int64_t> m_lostForGood = 0;
    std::atomic<std::int64_t> m_turns = 0;
    std::atomic<std::int64_t> m_longestWait = 0;
    std::jthread m_thread;
};

}  // namespace turntable::proxy
