#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "recorder/proxy/recording_proxy.h"
#include "storage/search/background_indexer.h"
#include "storage/support/result.h"
#include "studio/cli/command.h"
#include "studio/cli/turn_line.h"

namespace turntable::cli {

/// What the verbs that record take.
struct RecordOptions {
    std::string upstream;
    std::string upstreamApi = "anthropic";
    std::string listen = "127.0.0.1:8040";
    std::string store;
    std::string name;
    std::vector<std::string> modelMap;
    std::vector<std::string> filesFrom;
    std::vector<std::string> redact;
    bool noRedact = false;
    bool noContent = false;
    bool allowRemote = false;
    std::string maxRequest;
    std::int64_t maxConnections = 4096;
};

/// All but --listen and --allow-remote.
void addRecordOptions(Command command, RecordOptions& options);

/// Errors: invalidArgument (an address that is none or no loopback one, a rule without two sides), those of storePath.
[[nodiscard]] support::Result<proxy::ProxyOptions> proxyOptions(const RecordOptions& options);

/// A recorder with its log: one line a turn, notices, totals at the end. Finishes first what dead recorders left, and
/// keeps the search index up beside the recording.
class RecordingFront {
public:
    /// Gets one line at a time, without its end, from threads of the recorder; never two at once.
    using Printer = std::function<void(const std::string&)>;

    /// Errors: those of recoverStore and of RecordingProxy::start. Make what catches signals before.
    [[nodiscard]] static support::Result<std::unique_ptr<RecordingFront>> start(const proxy::ProxyOptions& options,
                                                                                Printer print);

    /// The base URL for an agent, with the access token where one is asked for.
    [[nodiscard]] std::string url() const { return m_proxy->listenUrl() + m_prefix; }
    /// Writes what is queued and ends the recorder.
    void stop() { m_proxy->stop(); }
    /// Sums of the turns, and what the store cost; after `stop`. Several lines, the last without its end.
    [[nodiscard]] std::string summary() const;
    /// Turns that neither the store nor a spool file has; after `stop`.
    [[nodiscard]] std::int64_t turnsLost() const { return m_proxy->turnsLost(); }
    [[nodiscard]] int turns() const { return m_totals.turns(); }

private:
    RecordingFront(const std::filesystem::path& store, Printer print)
        : m_print(std::move(print)), m_indexer(store, {}) {}
    void print(const std::string& line);
    void tellTurn(const model::Turn& turn, const model::Session& session, bool stored);

    Printer m_print;
    std::mutex m_output;
    TurnTotals m_totals;
    std::string m_session;
    std::string m_prefix;
    search::BackgroundIndexer m_indexer;
    std::unique_ptr<proxy::RecordingProxy> m_proxy;  ///< last: its threads use the rest
};

}  // namespace turntable::cli
