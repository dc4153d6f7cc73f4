#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/note.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"
#include "storage/trace_writer.h"

namespace turntable::storage {

/// A stretch that could not be recorded.
struct GapMark {
    std::optional<support::SessionId> session;
    support::WallTime at{};
    std::string reason;
};

/// The one way out of a store. One thread a reader; never writes and never blocks a writer. Works on a read-only file
/// in a read-only folder. What it gives out is whole and checked: a body whose SHA-256 is not the recorded one is an
/// error (corrupt), never bytes. An open turn whose recorder is gone is given out as interrupted. Errors: notFound,
/// corrupt, unsupportedVersion, io.
class TraceReader {
public:
    [[nodiscard]] static support::Result<TraceReader> open(const std::filesystem::path& path);
    TraceReader(TraceReader&&) noexcept;
    TraceReader& operator=(TraceReader&&) noexcept;
    ~TraceReader();

    /// Newest first.
    [[nodiscard]] support::Result<std::vector<model::Session>> sessions() const;
    /// `selector`: an id, a name (the newest of that name) or "latest" (the newest recording). notFound names the
    /// closest names there are.
    [[nodiscard]] support::Result<model::Session> findSession(std::string_view selector) const;
    [[nodiscard]] support::Result<model::Session> session(support::SessionId id) const;
    /// The replay runs of a session, oldest first.
    [[nodiscard]] support::Result<std::vector<model::Session>> runsOf(support::SessionId source) const;

    /// The rows of a timeline in order, from `firstNumber` on, at most `limit`.
    [[nodiscard]] support::Result<std::vector<model::Turn>> turns(support::SessionId session, int firstNumber = 1,
                                                                  int limit = 1'000'000) const;
    /// What came into the store after that turn, whoever recorded it, in the order of coming; of one session, or all.
    [[nodiscard]] support::Result<std::vector<model::Turn>> turnsAfter(support::TurnId id,
                                                                       std::optional<support::SessionId> session) const;
    /// The turn that came last into the store; empty when there is none.
    [[nodiscard]] support::Result<std::optional<support::TurnId>> newestTurn() const;
    [[nodiscard]] support::Result<model::Turn> turn(support::TurnId id) const;
    [[nodiscard]] support::Result<model::Turn> turnByNumber(support::SessionId session, int number) const;
    /// The first turn that continues `id`'s prompt; empty when none does.
    [[nodiscard]] support::Result<std::optional<model::Turn>> childOf(support::TurnId id) const;

    /// Of a turn whose reply was never stored (open, interrupted) the reply's body, headers and arrivals are empty.
    [[nodiscard]] support::Result<std::string> requestBody(support::TurnId id) const;
    [[nodiscard]] support::Result<std::string> responseBody(support::TurnId id) const;
    [[nodiscard]] support::Result<std::string> requestHeaders(support::TurnId id) const;
    [[nodiscard]] support::Result<std::string> responseHeaders(support::TurnId id) const;
    [[nodiscard]] support::Result<std::vector<model::Arrival>> arrivals(support::TurnId id) const;
    [[nodiscard]] support::Result<std::vector<LinkedFile>> linkedFiles(support::TurnId id) const;
    /// Hexadecimal SHA-256 of the request and of the reply (empty while the turn is open), as recorded.
    struct BodyHashes {
        std::string request;
        std::string response;
    };
    [[nodiscard]] support::Result<BodyHashes> bodyHashes(support::TurnId id) const;

    [[nodiscard]] support::Result<model::Screen> screen(support::ScreenId id) const;

    /// Oldest first; those without a session count to the recording that was the newest at that moment.
    [[nodiscard]] support::Result<std::vector<GapMark>> gapMarks(support::SessionId session) const;
    /// Of a session and its turns, oldest first.
    [[nodiscard]] support::Result<std::vector<model::Note>> notes(support::SessionId session) const;
    /// Turns whose status in the file is open, whoever began them.
    [[nodiscard]] support::Result<std::vector<model::Turn>> openTurnsOf(support::RecorderId recorder) const;
    /// Every recorder that has not ended in order, running or dead.
    [[nodiscard]] support::Result<std::vector<RecorderRecord>> unendedRecorders() const;
    /// Recorders that are running now on this machine.
    [[nodiscard]] support::Result<std::vector<RecorderRecord>> runningRecorders() const;

    /// Changes whenever another connection has committed; cheap enough to ask several times a second.
    [[nodiscard]] support::Result<std::int64_t> changeCounter() const;
    /// Whether the store's path still names the file that is read: it may have been deleted, or another put there.
    [[nodiscard]] bool stillThere() const;

private:
    struct State;
    explicit TraceReader(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::storage
