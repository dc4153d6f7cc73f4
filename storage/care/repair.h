#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/care/progress.h"
#include "storage/support/result.h"

namespace turntable::care {

/// What came over into the new store, and what did not.
struct RepairReport {
    std::int64_t sessions = 0;
    std::int64_t turns = 0;
    std::int64_t replies = 0;  ///< turns among those whose reply is whole
    std::int64_t notes = 0;
    std::int64_t gapMarks = 0;
    std::vector<std::string> losses;  ///< a sentence each; the same stand in the new store, where they have a place
};

/// Saves what is whole of the store at `damaged` into a new one at `target`, which must not exist; `damaged` is only
/// read. Reads row by row around what is damaged. A turn comes over when its request has its SHA-256; one that does
/// not leaves a gap mark, and those behind it move up by a number. A reply that is not whole leaves an interrupted turn
/// that says why. A row whose seal is broken comes over and says in its error (a session: in its note) that its figures
/// may be wrong. Parts are packed anew and links are followed, so that the result passes `checkStore`. Errors:
/// invalidArgument (the target exists), corrupt (not even the tables can be reached), io, cancelled: the target is
/// removed again.
[[nodiscard]] support::Result<RepairReport> repairStore(const std::filesystem::path& damaged,
                                                        const std::filesystem::path& target, const Watch& watch = {});

}  // namespace turntable::care
