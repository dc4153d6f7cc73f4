#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recorder/turns/turn_inspector.h"
#include "replay/diff/comparison.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::gui {

/// What the list of sessions shows, at one moment.
struct Library {
    std::vector<model::Session> sessions;
    std::int64_t changeCounter = 0;
};

/// A session with its rows, at one moment.
struct OpenSession {
    model::Session session;
    std::shared_ptr<const std::vector<model::Turn>> turns;
    diff::Totals totals;
    std::vector<storage::GapMark> gaps;
};

/// A turn in full, with its bytes laid out for reading.
struct TurnDetail : turns::InspectedTurn {
    std::string readableRequest;
    std::string readableResponse;
};

/// A session and runs of it, as the user named them.
struct NamedSessions {
    support::SessionId session;
    std::vector<support::SessionId> runs;
};

/// The window's questions to one store. Lives on the background's thread alone: it owns the reader, which is opened
/// with the first question and again after an error. Fails as the reader does.
class StoreJobs {
public:
    explicit StoreJobs(std::filesystem::path path) : m_path(std::move(path)) {}

    [[nodiscard]] support::Result<Library> library();
    [[nodiscard]] support::Result<NamedSessions> find(const std::string& session, const std::vector<std::string>& runs);
    [[nodiscard]] support::Result<std::shared_ptr<const OpenSession>> open(support::SessionId id);
    [[nodiscard]] support::Result<std::shared_ptr<const TurnDetail>> inspect(support::TurnId id);
    /// No runs given: those of the session, or, when it is a run itself, it beside its siblings and their source.
    [[nodiscard]] support::Result<std::shared_ptr<const diff::Comparison>> compare(
        support::SessionId id, const std::vector<support::SessionId>& runs);
    [[nodiscard]] support::Result<std::int64_t> changeCounter();
    /// The next question opens the file anew: it may be another one by now.
    void reopen() { m_reader.reset(); }

private:
    [[nodiscard]] support::Result<storage::TraceReader*> reader();
    /// Lets go of a reader that failed for a reason that may lie in the file.
    [[nodiscard]] support::Error failed(support::Error error);

    std::filesystem::path m_path;
    std::optional<storage::TraceReader> m_reader;
};

}  // namespace turntable::gui
