#pragma once

// Private to storage: whole sessions out of a store.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "storage/archive/session_content.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Whose file it is.
enum class Trust {
    own,      ///< the user's store
    foreign,  ///< somebody else's: `openForeignStore`
};

/// Reads sessions out of one snapshot of a store, with every column as it is stored. What it gives out is checked:
/// bodies and parts against their hashes, rows against their seals, arrivals against the body. Never writes; readers
/// and the recorder of the same store go on. One thread. Errors: corrupt (names session, turn and what is wrong),
/// notFound, those of opening.
class SessionSource {
public:
    [[nodiscard]] static support::Result<SessionSource> open(const std::filesystem::path& path, Trust trust);
    SessionSource(SessionSource&&) noexcept;
    SessionSource& operator=(SessionSource&&) noexcept;
    ~SessionSource();

    /// All of them, sources before their runs. Errors besides: corrupt when runs replay one another in a circle.
    [[nodiscard]] support::Result<std::vector<model::Session>> sessions() const;
    /// Those named, and with `withRuns` the runs of each; in the same order.
    [[nodiscard]] support::Result<std::vector<model::Session>> sessions(std::vector<support::SessionId> wanted,
                                                                        bool withRuns) const;

    struct TurnKey {
        support::TurnId id;
        int number = 0;
    };
    /// By number. Errors besides: corrupt for impossible numbers.
    [[nodiscard]] support::Result<std::vector<TurnKey>> turns(const model::Session& session) const;
    /// An open turn is given out as interrupted.
    [[nodiscard]] support::Result<TurnContent> content(const model::Session& session, TurnKey turn) const;

    /// Empty when the store has no such row.
    [[nodiscard]] support::Result<std::optional<TurnPlace>> place(support::TurnId turn) const;
    [[nodiscard]] support::Result<std::optional<model::Session>> find(support::SessionId session) const;
    [[nodiscard]] support::Result<std::optional<RecorderOrigin>> recorder(support::RecorderId recorder) const;

    /// Of the session, and those of no session that count to it.
    [[nodiscard]] support::Result<std::vector<GapMark>> gapMarks(const model::Session& session) const;
    [[nodiscard]] support::Result<std::vector<model::Note>> notes(const model::Session& session) const;

private:
    struct State;
    explicit SessionSource(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// What a turn says that was open when it was copied out of a store that is being written.
inline constexpr const char* kCopiedWhileOpen = "its reply was still coming when it was copied";

}  // namespace turntable::storage
