#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "replay/endpoints/endpoint.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"

namespace turntable::run {

/// What a run does to every recorded request before it asks.
struct Treatment {
    std::string model;              ///< replaces the model name; empty: as recorded
    std::optional<model::Api> api;  ///< of the endpoint; empty: as recorded
    bool stream = true;             ///< ask for a stream, so that prefill and decode can be told apart
};

/// The request target of an API: "/v1/messages".
[[nodiscard]] std::string_view targetOf(model::Api api);

/// A recorded request, made ready to be asked again: translated, renamed and streamed as `treatment` says, and the very
/// same bytes where nothing of it applies. Pure. Errors: corrupt when the recorded body cannot be read.
[[nodiscard]] support::Result<endpoints::Question> prepareQuestion(const model::Turn& source, std::string body,
                                                                   const Treatment& treatment);

}  // namespace turntable::run
