#pragma once

// Private to storage: copies sessions from a source to a target.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/archive/archive.h"
#include "storage/archive/session_source.h"
#include "storage/archive/session_target.h"

namespace turntable::storage {

/// One copy of some sessions, in two phases: `check` reads everything and compares it with what the target has,
/// without writing; `copy` writes, a turn a transaction. One thread; borrows source, target and filter.
class SessionCopy {
public:
    SessionCopy(SessionSource& source, SessionTarget& target, ArchiveProgressFunction progress, std::stop_token stop)
        : m_source(source), m_target(target), m_progress(std::move(progress)), m_stop(std::move(stop)) {}

    /// What is changed on the way; before `prepare`.
    void filterWith(ContentFilter& filter) { m_filter = &filter; }

    /// Decides which turns of which sessions go. `sessions`: sources before their runs.
    [[nodiscard]] support::Status prepare(std::vector<model::Session> sessions);
    /// Errors: invalidArgument (a conflict), corrupt, cancelled.
    [[nodiscard]] support::Status check(OnConflict onConflict);
    /// Errors: cancelled, io, busy, corrupt.
    [[nodiscard]] support::Result<MergeReport> copy();

private:
    struct Plan {
        model::Session session;  ///< as in the source
        std::string targetUid;
        std::optional<support::SessionId> existing;
        std::vector<SessionSource::TurnKey> turns;
        std::map<int, SessionTarget::KnownTurn> known;
        bool isCopy = false;
        int lostParents = 0;  ///< turns whose link leads nowhere
        int lostSources = 0;
    };
    [[nodiscard]] support::Result<std::string> checkSession(Plan& plan, bool& conflicts);
    [[nodiscard]] support::Status takeAsCopy(Plan& plan, const std::string& uid);
    [[nodiscard]] support::Result<MergedSession> copySession(Plan& plan);
    [[nodiscard]] support::Result<support::SessionId> targetSession(Plan& plan, MergedSession& merged);
    [[nodiscard]] support::Status copyTurn(Plan& plan, SessionSource::TurnKey key, MergedSession& merged);
    [[nodiscard]] support::Status writeTurn(Plan& plan, TurnContent& content, MergedSession& merged);
    [[nodiscard]] support::Status copyRemarks(const Plan& plan, MergedSession& merged);
    [[nodiscard]] support::Result<std::optional<support::TurnId>> mapped(const Plan& plan, int number,
                                                                         std::optional<support::TurnId> turn);
    [[nodiscard]] support::Status checkLink(const Plan& plan, int number, std::optional<support::TurnId> turn);
    [[nodiscard]] support::Status mapLinks(Plan& plan, model::Turn& turn);
    void tellMissing(const Plan& plan);
    [[nodiscard]] std::string targetUidOf(const std::string& sourceUid) const;
    [[nodiscard]] support::Status goOn(const Plan& plan, ArchiveProgress::Phase phase, const TurnContent& content);

    SessionSource& m_source;
    SessionTarget& m_target;
    ContentFilter* m_filter = nullptr;
    ArchiveProgressFunction m_progress;
    std::stop_token m_stop;
    std::vector<Plan> m_plans;
    std::map<support::TurnId, support::TurnId> m_turns;  ///< source to target
    MergeReport m_report;
    ArchiveProgress m_state;
};

}  // namespace turntable::storage
