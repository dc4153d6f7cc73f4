#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "storage/care/progress.h"
#include "storage/model/session.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::care {

/// Parts of one kind.
struct KindShare {
    std::int64_t parts = 0;
    std::int64_t bytes = 0;        ///< unpacked
    std::int64_t storedBytes = 0;  ///< of their contents
};

struct SessionSize {
    model::Session session;
    std::int64_t sentBytes = 0;      ///< request bodies
    std::int64_t receivedBytes = 0;  ///< reply bodies
    std::int64_t uniqueBytes = 0;    ///< of the parts it needs, unpacked
    std::int64_t storedBytes = 0;    ///< of the parts it needs, as stored; several sessions may need the same
    std::int64_t ownBytes = 0;       ///< of those, what nobody else needs: what its deletion would free
};

/// How much went over the wire and how much that takes on the disk. Sizes are bytes.
struct StoreStats {
    std::int64_t sessions = 0;
    std::int64_t turns = 0;
    std::int64_t sentBytes = 0;
    std::int64_t receivedBytes = 0;
    std::array<KindShare, 6> kinds{};  ///< prompt, reply, screen, headers, file, binary
    std::int64_t recipeBytes = 0;      ///< of the requests
    std::int64_t arrivalBytes = 0;
    std::int64_t fileBytes = 0;
    std::int64_t freeBytes = 0;  ///< of those: free pages
    struct Table {
        std::string name;  ///< of a table or an index
        std::int64_t bytes = 0;
    };
    std::optional<std::vector<Table>> tables;  ///< largest first; unknown where SQLite cannot tell
    std::vector<Table> beside;                 ///< files that belong to the store: "-wal", "-shm", …
    std::vector<SessionSize> largest;          ///< by own bytes, ten at most; with a session asked for: that one

    [[nodiscard]] KindShare allParts() const;
};

[[nodiscard]] std::string_view kindName(std::size_t kind);

/// Only reads. With `session` the figures of that session alone stand in `largest`. Errors: notFound, corrupt, io,
/// cancelled. Cost: one pass over the rows and recipes.
[[nodiscard]] support::Result<StoreStats> readStats(const std::filesystem::path& path,
                                                    std::optional<support::SessionId> session = std::nullopt,
                                                    const Watch& watch = {});

}  // namespace turntable::care
