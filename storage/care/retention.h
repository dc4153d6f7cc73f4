#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "storage/care/progress.h"
#include "storage/model/session.h"
#include "storage/support/clock.h"
#include "storage/support/result.h"

namespace turntable::care {

/// What is to be kept. A rule that is not given takes nothing; a session goes when any rule takes it.
struct RetentionRules {
    std::optional<support::WallTime> startedBefore;  ///< sessions that started earlier go
    std::optional<std::int64_t> keep;                ///< so many of the newest sessions stay, the others go
    std::optional<std::int64_t> maxBytes;            ///< the oldest go until the store is estimated to be no larger
    bool alsoNoted = false;                          ///< sessions with notes may go too
};

struct RetentionStep {
    model::Session session;
    std::string reason;
    std::int64_t storedBytes = 0;  ///< contents that nobody needs once it and the steps before it have gone
};

/// What the rules would take, oldest first, and what they would but may not.
struct RetentionPlan {
    std::vector<RetentionStep> go;
    std::vector<RetentionStep> spared;  ///< `reason` says why: notes, or being recorded now
    std::int64_t sizeBefore = 0;        ///< pages in use, bytes
    std::int64_t sizeAfter = 0;         ///< estimated: contents exactly, rows and indexes by their share
};

/// Only reads, after it has brought an older store up to date. Errors: invalidArgument (no rule, or a negative one);
/// those of `planRemoval`.
[[nodiscard]] support::Result<RetentionPlan> planRetention(const std::filesystem::path& path,
                                                           const RetentionRules& rules, const Watch& watch = {});

}  // namespace turntable::care
