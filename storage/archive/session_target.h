#pragma once

// Private to storage: whole sessions into a store.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "storage/archive/session_content.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Writes what a SessionSource gave, each function one transaction; bytes that the store has are stored once. Ids in
/// the values are those of this store: the caller maps them. One thread. Errors: io, busy, corrupt (what was written
/// does not read back as it was), those of opening.
class SessionTarget {
public:
    /// Makes the store when it is missing.
    [[nodiscard]] static support::Result<SessionTarget> open(const std::filesystem::path& path);
    SessionTarget(SessionTarget&&) noexcept;
    SessionTarget& operator=(SessionTarget&&) noexcept;
    ~SessionTarget();

    [[nodiscard]] support::Result<std::optional<support::SessionId>> find(const std::string& uid);

    /// A turn that is there already.
    struct KnownTurn {
        support::TurnId id;
        std::string requestHash;  ///< 32 bytes
        std::optional<std::string> replyHash;
        std::int64_t startedNs = 0;
        bool isInterrupted = false;
        bool hasGap = false;
        bool hasSource = false;
    };
    /// By number.
    [[nodiscard]] support::Result<std::map<int, KnownTurn>> turns(support::SessionId session);
    [[nodiscard]] support::Result<std::optional<support::TurnId>> findTurn(const TurnPlace& place);

    [[nodiscard]] support::Result<support::SessionId> add(const model::Session& session);
    /// Writes what may have changed as a session grew: model, endpoint, identity, note, simulated.
    [[nodiscard]] support::Status update(support::SessionId id, model::Session session);
    /// Links a run to its source, where it has none yet and that makes no circle.
    [[nodiscard]] support::Status link(support::SessionId run, support::SessionId source);

    /// Writes number and everything else of `content`; gives out the id and sets the screen's in `content.turn`.
    [[nodiscard]] support::Result<support::TurnId> add(TurnContent& content, const std::optional<RecorderOrigin>& from);
    /// Gives a turn that was left without its reply its end.
    [[nodiscard]] support::Status complete(support::TurnId id, TurnContent& content);
    /// Fills in what came to be known after an earlier copy: the gap, the source. Nothing when there is nothing new.
    [[nodiscard]] support::Status fillIn(const KnownTurn& known, const TurnContent& content);
    /// Reads the turn back through another connection and compares everything. Errors: corrupt when anything differs.
    [[nodiscard]] support::Status verify(support::TurnId id, const TurnContent& content);

    /// False when the store has the very same already.
    [[nodiscard]] support::Result<bool> add(const model::Note& note);
    [[nodiscard]] support::Result<bool> add(const GapMark& mark);

    /// Puts the small parts that have come into packs.
    [[nodiscard]] support::Status pack();
    /// Makes the file compact and whole in itself, on the disk, with nothing beside it. The last call.
    [[nodiscard]] support::Status close();

private:
    struct State;
    explicit SessionTarget(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::storage
