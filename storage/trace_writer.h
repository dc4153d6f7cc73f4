#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/note.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/byte_range.h"
#include "storage/support/ids.h"
#include "storage/support/process.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// A file that a tool result pointed to, as it was when the turn was recorded.
struct LinkedFile {
    std::string path;  ///< as the tool result spelled it
    std::string content;
};

/// The bytes of a request that begins a turn.
struct RequestRecord {
    std::string_view body;
    std::span<const support::ByteRange> parts;  ///< ascending, not overlapping, inside `body`: the pieces worth sharing
    std::string_view headers;                   ///< "name: value\n" lines, secrets already taken out
    std::span<const LinkedFile> files;
};

/// The bytes of a reply that ends a turn.
struct ResponseRecord {
    std::string_view body;                     ///< as received, transfer coding removed, content coding kept
    std::span<const model::Arrival> arrivals;  ///< sizes sum to body.size()
    std::string_view headers;                  ///< "name: value\n" lines
};

/// A recorder process as the store knows it, so that `turntable upstream` finds it and a torn turn is known as such.
struct RecorderRecord {
    support::RecorderId id;
    support::ProcessIdentity process;
    std::string listen;  ///< "http://127.0.0.1:8040"; empty for a replay run
    std::string upstream;
    std::string controlToken;  ///< who can read the store may steer the recorder
};

/// The one way into a store. One thread; several writers in several processes may work on one store at once (each
/// transaction takes the write lock for well under a millisecond, and waits up to five seconds for it). Every function
/// is one transaction: after an error nothing of it has happened. A turn holds only what is new in it: bytes shared
/// with the parent's prompt are a reference, parts are stored once a store, whatever turn they come in. Errors: io
/// (disk full, read-only), busy, corrupt, notFound (an id that is not there).
class TraceWriter {
public:
    /// Opens the store at `path`, which `prepareStore` made; prepares it when it is missing.
    [[nodiscard]] static support::Result<TraceWriter> open(const std::filesystem::path& path);
    TraceWriter(TraceWriter&&) noexcept;
    TraceWriter& operator=(TraceWriter&&) noexcept;
    ~TraceWriter();

    /// `session.id` and `.turns` are ignored. An empty name becomes one made of the start time, an empty uid a new one.
    [[nodiscard]] support::Result<support::SessionId> createSession(const model::Session& session);
    /// Writes model, endpoint, identity, note and simulated of an existing session.
    [[nodiscard]] support::Status updateSession(const model::Session& session);

    /// Adds a turn with status open: its request is safe from here on. `turn.id` and `turn.number` are ignored; both
    /// are written back into it, as are `status` and `requestBytes`. `recorder` says whose death makes an open turn an
    /// interrupted one. Errors besides: invalidArgument for part ranges that make no sense.
    [[nodiscard]] support::Status beginTurn(model::Turn& turn, const RequestRecord& request,
                                            support::RecorderId recorder);

    /// Ends the turn `turn.id`: stores every field of it, the reply's bytes and, where given, the screen the model saw.
    /// `turn.screenId` and `turn.responseBytes` are written back. A turn that has ended already is ended anew.
    [[nodiscard]] support::Status finishTurn(model::Turn& turn, const ResponseRecord& response,
                                             const model::Screen* screen);

    /// Sets `latency.gap` of a finished turn: the time until the next request of its lineage came.
    [[nodiscard]] support::Status setGap(support::TurnId turn, support::Nanoseconds gap);

    /// Says that something could not be recorded: what and why, in one sentence each.
    [[nodiscard]] support::Status addGapMark(std::optional<support::SessionId> session, support::WallTime at,
                                             const std::string& reason);

    /// `note.id` is ignored. Errors besides: notFound also for a turn of another session.
    [[nodiscard]] support::Result<support::NoteId> addNote(const model::Note& note);
    [[nodiscard]] support::Status removeNote(support::NoteId note);

    /// Whether the store's path still names the file that is written to.
    [[nodiscard]] bool stillThere() const;

    /// Random bytes of this store, the same for as long as it lives.
    [[nodiscard]] support::Result<std::string> salt();

    [[nodiscard]] support::Result<support::RecorderId> registerRecorder(const RecorderRecord& recorder);
    [[nodiscard]] support::Status setRecorderUpstream(support::RecorderId recorder, const std::string& upstream);
    [[nodiscard]] support::Status endRecorder(support::RecorderId recorder);

    /// Turns every open turn of a recorder that is gone into an interrupted one. Returns how many there were.
    [[nodiscard]] support::Result<std::int64_t> closeTornTurns();

    /// Everything from here to `endGroup` is one transaction: each call is then done or undone by itself as always, but
    /// lasts, and is seen by others, once the group is ended. Saves what every transaction costs, several pages that
    /// are written whole. Others that want to write have to wait meanwhile: end the group when `othersWait`. No group
    /// inside of a group.
    [[nodiscard]] support::Status beginGroup();
    /// After an error nothing of the group has happened, and the ids that its calls gave mean nothing any more.
    [[nodiscard]] support::Status endGroup();
    void dropGroup();
    [[nodiscard]] bool inGroup() const;
    /// Somebody wants to write to the store and cannot for this group's sake. Costs a system call or two.
    [[nodiscard]] bool othersWait() const;

    /// How much work to spend on making things small: less while a recorder falls behind.
    enum class Effort { thorough, quick };
    void setEffort(Effort effort);

    /// Many small parts were stored since they were last put together: `pack` is worth its while.
    [[nodiscard]] bool isPackingDue() const;
    /// Puts the small parts that were stored lately into packs, of which each takes less room than its parts do one by
    /// one. Takes some tenths of a second for a megabyte, most of it with no lock held: for a quiet moment. Not in a
    /// group. What was stored is what is read, before and after.
    [[nodiscard]] support::Status pack();

    /// For an orderly end: packs, gives back the space that nothing lies in, moves the write-ahead log into the file
    /// and shrinks it.
    [[nodiscard]] support::Status checkpoint();

    /// The longest that one of the transactions so far waited for the store: for its turn to write, or in its commit.
    [[nodiscard]] support::Nanoseconds longestWait() const;

private:
    struct State;
    explicit TraceWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::storage
