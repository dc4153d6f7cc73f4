#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "replay/endpoints/endpoint.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"

namespace turntable::run {

struct ReplayOptions {
    std::filesystem::path store;
    support::SessionId session;                ///< the recording to play again
    std::string against;                       ///< endpoint specification
    std::string model;                         ///< replaces the model name in every request; empty: as recorded
    std::optional<model::Api> api;             ///< of the endpoint; empty: as each turn was recorded
    std::vector<int> turnNumbers;              ///< empty: all of them
    std::string name;                          ///< of the run; empty: made of source and endpoint
    std::optional<support::SessionId> resume;  ///< go on with this unfinished run: turns it has answered are left alone
    std::optional<std::chrono::nanoseconds> turnTimeout;
    std::string apiKey;
};

struct ReplayProgress {
    int done = 0;
    int total = 0;
    model::Turn turn;    ///< the one just answered
    model::Turn source;  ///< its recorded turn
};

struct ReplayOutcome {
    support::SessionId run;
    int answered = 0;  ///< with status 2xx and a whole reply
    int total = 0;
    bool cancelled = false;
    support::Nanoseconds storeWait{0};  ///< the longest that it waited for the store
    std::string simulatedProfile;       ///< band and figures in words; empty for real endpoints
};

/// Plays a session again, teacher-forced: turn k gets the recorded history of turn k, nothing is executed. Stored as a
/// run turn by turn, so that a cancelled or broken run can go on. A turn that is not answered is stored with the reason
/// and the run goes on. `progress` is called on the calling thread. Errors: those of store and endpoint before the
/// first turn; network when the endpoint cannot be reached at the start.
[[nodiscard]] support::Result<ReplayOutcome> replaySession(const ReplayOptions& options,
                                                           const std::function<void(const ReplayProgress&)>& progress,
                                                           std::stop_token stop);

}  // namespace turntable::run
