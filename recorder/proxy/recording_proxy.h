#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "recorder/proxy/upstream.h"
#include "recorder/turns/exchange_privacy.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/clock.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::proxy {

/// One rule of `--model-map`: requests whose model name matches `pattern` (`*` stands for any run of characters) ask
/// the upstream for `name`. The first rule that matches counts.
struct ModelRule {
    std::string pattern;
    std::string name;
};
/// "claude-*=qwen". invalidArgument when there is no `=` or a side is empty.
[[nodiscard]] support::Result<ModelRule> parseModelRule(std::string_view text);

struct ProxyOptions {
    std::string upstream;                                    ///< base URL, with or without a path and a trailing slash
    model::Api upstreamApi = model::Api::anthropicMessages;  ///< see Upstream::api
    std::string listenHost = "127.0.0.1";                    ///< numeric address
    std::uint16_t listenPort = 8040;                         ///< 0: a free one
    std::string accessToken;  ///< of which base URLs must have `/t/TOKEN`; empty: none is asked for
    std::filesystem::path store;
    turns::PrivacyOptions privacy;
    std::string sessionName;
    std::vector<ModelRule> modelRules;
    std::vector<std::string> linkedFileRoots;              ///< where relative links of tool results are looked for
    std::size_t maxRequestBytes = std::size_t{256} << 20;  ///< larger ones get 413
    std::size_t maxHeaderBytes = std::size_t{128} << 10;   ///< larger ones get 431
    std::size_t maxConnections = 4096;                     ///< beyond it a new one is closed at once
    std::size_t queueCapacity = 256;                       ///< exchanges waiting to be written
    std::chrono::milliseconds groupFor{1000};  ///< how long turns may be written together; see TurnRecorderOptions
};

/// What a front wants to hear. Called on the recording thread, one call at a time.
struct ProxyListener {
    std::function<void(const model::Turn&, const model::Session&, bool stored)> onTurn;
    std::function<void(const std::string&)> onNotice;  ///< one sentence: gap marks, swapped upstream, lost store
};

/// Listens, forwards everything below the base URL to the upstream and records turns beside the path. `start` returns
/// when connections are accepted; threads of its own do the rest. Bytes go on as they come; no failure of the recording
/// reaches the agent. A listener that other machines can reach asks for an access token. When the upstream cannot be
/// reached the agent gets 502 with an error document of the API it speaks (Messages:
/// {"type":"error","error":{"type":"api_error","message":…}}; Chat Completions: {"error":{…}}). With an
/// upstream that has OpenAI's API only, calls to …/v1/messages are translated (wire::Shim): the agent's side is what is
/// recorded.
/// Errors of start: invalidArgument (URL, address, expression, no access token for an address that is none of
/// loopback), io (port taken, store), corrupt, unsupportedVersion.
class RecordingProxy {
public:
    [[nodiscard]] static support::Result<std::unique_ptr<RecordingProxy>> start(const ProxyOptions& options,
                                                                                ProxyListener listener);
    /// Stops (see below) if that has not been done.
    ~RecordingProxy();

    [[nodiscard]] std::string listenUrl() const;  ///< "http://127.0.0.1:8040", without a trailing slash or a token
    /// Requests that begin from now on go there; without `api` they are put as before. invalidArgument when it is no
    /// http or https URL.
    [[nodiscard]] support::Status setUpstream(const std::string& url, std::optional<model::Api> api = {});
    /// Secrets that were replaced before they were stored.
    [[nodiscard]] std::int64_t secretsReplaced() const;
    /// Replies in a content coding in which no secret could be looked for.
    [[nodiscard]] std::int64_t repliesUnread() const;
    /// Turns of which nothing is left but a gap mark; after `stop` no more come.
    [[nodiscard]] std::int64_t turnsLost() const;
    /// How long the recording has waited for the store at most, beside the agents' way: for its turn to write, or in a
    /// commit.
    [[nodiscard]] support::Nanoseconds longestWait() const;
    /// Takes no more connections, ends those in flight (their turns become interrupted), writes what is queued.
    void stop();

private:
    struct State;
    explicit RecordingProxy(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Tells a running recorder of this machine to use another upstream, and in which API; empty: the one it uses. Gives
/// the one that it uses now. Errors: network when it does not answer, invalidArgument when it refuses the URL,
/// unsupportedVersion when it is too old to know of APIs.
[[nodiscard]] support::Result<Upstream> swapUpstream(const storage::RecorderRecord& recorder, const std::string& url,
                                                     std::optional<model::Api> api = {});

/// Finishes turns of recorders that died (kill, power): what the agent had already been given lies in the spool files
/// beside the store and is written into it; turns whose reply was still coming become interrupted, with the bytes there
/// are. Returns how many turns were completed or closed. Call it whenever a store is opened by a program that may
/// write; does nothing, and fails with nothing, on a read-only store. Errors: those of the store.
[[nodiscard]] support::Result<int> recoverStore(const std::filesystem::path& store);

}  // namespace turntable::proxy
