#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "recorder/turns/exchange.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::endpoints {

/// One question of a replay.
struct Question {
    model::Api api = model::Api::anthropicMessages;  ///< of `body`
    std::string body;
    model::Turn source;  ///< the recorded turn that is answered again
};

/// What came back. Figures of a simulated endpoint are simulated; `tokens` and `latency` are then its own and are taken
/// as they are, instead of being read off `reply`.
struct Answer {
    turns::ReplyReceived reply;
    std::optional<model::TokenBreakdown> simulatedTokens;
    std::optional<model::Latency> simulatedLatency;
};

/// Something that answers prompts. One thread.
class Endpoint {
public:
    virtual ~Endpoint() = default;
    [[nodiscard]] virtual std::string name() const = 0;  ///< the URL, or "simulated:m2-base"
    [[nodiscard]] virtual bool simulated() const = 0;
    /// Who answers, as far as the endpoint tells. network when nobody does.
    [[nodiscard]] virtual support::Result<model::ModelIdentity> probe(std::stop_token stop) = 0;
    /// A refusal by the server (any status) is an answer; only a broken way to it, or `stop`, is an error.
    [[nodiscard]] virtual support::Result<Answer> ask(const Question& question, std::stop_token stop) = 0;
    /// A run goes on after this question, which was answered earlier: an endpoint that models a cache takes it as its
    /// last prompt. Real servers remember for themselves.
    virtual void goOnAfter(const Question&) {}
    /// Of a simulated endpoint: its band and figures in words. Empty for real ones.
    [[nodiscard]] virtual std::string profile() const { return {}; }
};

struct EndpointOptions {
    std::string specification;                            ///< "http://127.0.0.1:8080", "simulated:m2-base"
    std::string apiKey;                                   ///< from the environment (TURNTABLE_API_KEY); may be empty
    std::optional<std::chrono::nanoseconds> turnTimeout;  ///< one answer may take this long
    std::string model;  ///< the model that will be asked for; a probe may need its name
};

/// Errors: invalidArgument for an unknown kind or profile, naming those there are. `reader` gives a simulated endpoint
/// the recording that it answers from; it must outlive the endpoint.
[[nodiscard]] support::Result<std::unique_ptr<Endpoint>> makeEndpoint(const EndpointOptions& options,
                                                                      const storage::TraceReader& reader);

}  // namespace turntable::endpoints
