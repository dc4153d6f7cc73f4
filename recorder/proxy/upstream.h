#pragma once

#include <string>
#include <string_view>

#include "storage/model/turn.h"
#include "storage/support/result.h"

namespace turntable::proxy {

/// Where requests go.
struct Upstream {
    std::string url;  ///< base URL without a trailing slash
    /// Of requests to …/v1/messages: what the server takes them in. The others go on as they are.
    model::Api api = model::Api::anthropicMessages;
    bool operator==(const Upstream&) const = default;
};

/// invalidArgument when `url` is no http or https URL, or holds a query, a fragment, or a user name (it is shown and
/// stored). For an OpenAI server, whose base URL is usually written with it, a `/v1` at the end is taken off.
[[nodiscard]] support::Result<Upstream> parseUpstream(std::string_view url, model::Api api);

/// "anthropic" or "openai"; invalidArgument for any other word.
[[nodiscard]] support::Result<model::Api> parseUpstreamApi(std::string_view name);

/// "http://HOST:PORT", and for an OpenAI server how it is asked: for people to read.
[[nodiscard]] std::string describe(const Upstream& upstream);

}  // namespace turntable::proxy
