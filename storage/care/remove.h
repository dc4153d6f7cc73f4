#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/care/progress.h"
#include "storage/model/session.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::care {

/// What the deletion of one session would take and change.
struct RemovalPlan {
    model::Session session;
    std::int64_t notes = 0;
    std::vector<model::Session> runs;  ///< that replay it: they stay, and no longer name what they replay
    std::int64_t parts = 0;
    std::int64_t storedBytes = 0;  ///< contents that nobody else needs; rows and indexes come on top
    std::string refusal;           ///< why it cannot be deleted now; empty when it can
};

/// For several sessions each plan counts what goes once those before it have gone. Only reads, after it has brought an
/// older store up to date. Errors: notFound, corrupt (a recipe that cannot be read: then nobody can say what is in
/// use), io, cancelled.
[[nodiscard]] support::Result<std::vector<RemovalPlan>> planRemoval(const std::filesystem::path& path,
                                                                    std::span<const support::SessionId> sessions,
                                                                    const Watch& watch = {});

struct Removed {
    std::int64_t sessions = 0;
    std::int64_t turns = 0;
    std::int64_t parts = 0;
    std::int64_t storedBytes = 0;  ///< contents of those parts
    std::int64_t givenBack = 0;    ///< bytes by which the file became shorter
};

/// Deletes sessions with their turns, notes and gap marks, then the parts that no turn needs any more, then gives their
/// space back to the file system. One transaction a session: a kill at any moment leaves a whole store, at worst with
/// parts that nobody names, which the next deletion takes. Others may read and record meanwhile; the write lock is held
/// for one session, one batch of parts or one step of the vacuum at a time. Sessions that continue to be replayed keep
/// every body. Errors: notFound; busy (a session that is being recorded, or replayed, now: nothing of it is deleted,
/// those before it are); corrupt; io; cancelled.
[[nodiscard]] support::Result<Removed> removeSessions(const std::filesystem::path& path,
                                                      std::span<const support::SessionId> sessions,
                                                      const Watch& watch = {});

}  // namespace turntable::care
