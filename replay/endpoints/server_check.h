#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "recorder/http/client.h"
#include "storage/model/session.h"
#include "storage/support/clock.h"
#include "storage/support/result.h"

namespace turntable::endpoints {

/// One thing about a model server that matters to an agent.
struct Finding {
    enum class Weight { fine, unknown, advice, problem };
    Weight weight = Weight::unknown;
    std::string subject;  ///< "context", "prefix cache", …: the same words each time
    std::string what;     ///< a sentence
    std::string remedy;   ///< what to do about it; empty where there is nothing to do
    bool operator==(const Finding&) const = default;
};
[[nodiscard]] std::string_view weightName(Finding::Weight weight);

struct ServerReport {
    std::string url;  ///< without `/v1` and trailing slash
    model::ModelIdentity identity;
    std::vector<std::string> models;  ///< that it offers, as it names them
    std::vector<Finding> findings;
    bool wantsKey = false;   ///< it refuses to tell anything without another key
    bool isLoading = false;  ///< it says that its model is not there yet

    /// It answered like a server of a kind that is known, or offers models.
    [[nodiscard]] bool isModelServer() const { return !identity.serverKind.empty() || !models.empty(); }
};

struct CheckOptions {
    std::string model;   ///< to look at and to ask; empty: the first that it offers
    std::string apiKey;  ///< empty: none
    /// Asks the model itself, twice the same, for one token: shows usage figures, prefix cache and speed. The model
    /// reads some hundred tokens, of an Ollama with unknown context some thousand; a server with one slot forgets
    /// meanwhile what it held of an agent.
    bool ask = false;
    support::Nanoseconds askTime = std::chrono::minutes(5);  ///< for each of the two
};

/// Looks at one server by what it tells of itself. Facts: the wire documents of each kind, see docs/servers.md.
/// Errors: network when nobody answers, cancelled.
[[nodiscard]] support::Result<ServerReport> checkServer(http::Client& client, const std::string& url,
                                                        const CheckOptions& options, std::stop_token stop);

/// What one answer to `ask` told.
struct AskedOnce {
    int status = 0;
    std::string error;  ///< of a status that is none of success
    std::optional<std::int64_t> promptTokens;
    std::optional<std::int64_t> cachedTokens;
    std::optional<support::Nanoseconds> prefill;  ///< by the server's own clock
    support::Nanoseconds elapsed{};               ///< by ours, all in all
};

/// The judgements, each pure. `words` is how many different words were sent: no tokenizer makes fewer tokens of them.
[[nodiscard]] Finding judgeContext(const model::ModelIdentity& identity);
[[nodiscard]] Finding judgeMessagesApi(int statusOfEmptyRequest);
[[nodiscard]] Finding judgeUsage(const AskedOnce& first, std::int64_t words, const std::string& serverKind);
[[nodiscard]] Finding judgePrefixCache(const AskedOnce& first, const AskedOnce& second, const std::string& serverKind);
[[nodiscard]] Finding judgePrefill(const AskedOnce& first);
/// Reads a Chat Completions answer that was not streamed.
[[nodiscard]] AskedOnce readAnswer(const http::Reply& reply, support::Nanoseconds elapsed);

}  // namespace turntable::endpoints
