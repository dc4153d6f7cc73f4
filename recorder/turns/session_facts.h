#pragma once

#include <string>

#include "recorder/turns/turn_builder.h"
#include "storage/model/session.h"

namespace turntable::turns {

/// Writes into a session what an answered turn tells of it: model, endpoint (an empty one is left alone), server kind,
/// simulated. True when something changed.
[[nodiscard]] bool learnFromTurn(model::Session& session, const UnderstoodRequest& understood,
                                 const std::string& endpoint);

}  // namespace turntable::turns
