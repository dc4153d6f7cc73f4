#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "storage/support/ids.h"
#include "storage/support/result.h"

/// An archive (`FILE.turntable`) is a Turntable store of its own: one file with some sessions and everything that
/// belongs to them. Any thread may call these functions; each call opens and closes its files itself. Copying is
/// checked: what was written is read back, and its SHA-256 compared with the source's, before a turn counts as taken.
namespace turntable::storage {

/// How far a copy has come.
struct ArchiveProgress {
    enum class Phase { checking, copying };
    Phase phase = Phase::checking;
    std::string session;  ///< name of the one at work
    std::int64_t turnsDone = 0;
    std::int64_t turnsTotal = 0;  ///< of all sessions
    std::int64_t bytesDone = 0;   ///< of bodies
};
/// Called on the caller's thread, once a turn.
using ArchiveProgressFunction = std::function<void(const ArchiveProgress&)>;

/// What was done with one session.
struct MergedSession {
    support::SessionId id;  ///< in the target
    std::string name;
    std::string uid;      ///< in the target; raw bytes
    bool isNew = false;   ///< the target had no session of this uid
    bool isCopy = false;  ///< taken under a new uid, because the target has other bytes under its own
    std::int64_t turnsAdded = 0;
    std::int64_t turnsCompleted = 0;  ///< were there without their end
    std::int64_t turnsKnown = 0;      ///< were there already
    std::int64_t notesAdded = 0;
    std::int64_t gapMarksAdded = 0;
    [[nodiscard]] bool changed() const { return isNew || turnsAdded + turnsCompleted + notesAdded + gapMarksAdded > 0; }
};

/// What was read back from the target and found equal to the source.
struct Verified {
    std::int64_t turns = 0;
    std::int64_t bytes = 0;  ///< of bodies, headers, linked files and screens
};

struct MergeReport {
    std::vector<MergedSession> sessions;
    Verified verified;
    /// One sentence each: a run whose source is in neither file, a turn that continues one which is in neither.
    std::vector<std::string> missingLinks;
};

/// What to do with a session that the target has with other bytes in a turn that both have.
enum class OnConflict {
    refuse,  ///< nothing of any session is taken
    copy,    ///< it is taken whole, under a uid made of its content: doing so again changes nothing
};

struct MergeOptions {
    OnConflict onConflict = OnConflict::refuse;
    ArchiveProgressFunction progress;
    std::stop_token stop;
};

/// Takes every session of the archive into the store, which is made when it is missing. The archive is a foreign file:
/// opened read-only (a read-only folder will do), its schema, rows, sizes and hashes checked before anything is
/// written; bytes that the store has already are stored once. Merging again changes nothing; a longer copy of a session
/// adds its new turns and the ends of unfinished ones. Everything that is to be taken is read and checked first; then
/// turns are written one transaction each, so that a recorder at the same store never waits for long. After a kill,
/// a stop or a full disk in that second phase the turns taken so far are whole, and merging again takes the rest.
/// Errors: corrupt (not an archive, or one that is damaged or not to be trusted; says where), limitExceeded (unpacks to
/// too much), invalidArgument (a session conflicts), unsupportedVersion, cancelled, notFound, io, busy. But for the
/// last four the store is as it was.
[[nodiscard]] support::Result<MergeReport> mergeArchive(const std::filesystem::path& archive,
                                                        const std::filesystem::path& store,
                                                        const MergeOptions& options);

enum class Overwrite { refuse, replace };

struct ExportOptions {
    bool withRuns = false;  ///< the runs of each session as well
    Overwrite overwrite = Overwrite::refuse;
    ArchiveProgressFunction progress;
    std::stop_token stop;
};

struct ExportReport {
    std::vector<MergedSession> sessions;
    Verified verified;
    std::vector<std::string> missingLinks;
    std::int64_t fileBytes = 0;
};

/// Writes the sessions into a new archive. Nothing stands at `target` until it is whole: it is written under a
/// temporary name beside it, which goes on any failure. Turns that are open leave as interrupted; recorders leave
/// without process id and control token. Errors: invalidArgument (`target` exists and is not to be replaced, or is the
/// store itself), notFound, corrupt, cancelled, io, busy.
[[nodiscard]] support::Result<ExportReport> exportSessions(const std::filesystem::path& store,
                                                           std::span<const support::SessionId> sessions,
                                                           const std::filesystem::path& target,
                                                           const ExportOptions& options);

}  // namespace turntable::storage
