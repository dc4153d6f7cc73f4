#pragma once

// Private to storage/care: who names which part.

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "storage/care/part_census.h"
#include "storage/care/progress.h"
#include "storage/prompt_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::care {

/// Every part of the store, with what it is used for. Inside one transaction. Errors: corrupt when a recipe cannot be
/// read (then nobody knows what is in use), cancelled, the database's. Cost: one row and one recipe a turn, one row a
/// part.
[[nodiscard]] support::Result<PartCensus> takeCensus(sqlite::Database& database, const Watch& watch);

/// The ids of the parts that no turn needs, newest first: neither named by a row nor the base of one that is needed.
[[nodiscard]] std::vector<std::int64_t> unusedParts(const PartCensus& census);

/// Which sessions need a part, bases and parts of borrowed recipes included; and from that, what the absence of some
/// sessions would free. One thread; errors as above.
class SessionShares {
public:
    [[nodiscard]] static support::Result<SessionShares> read(sqlite::Database& database, const Watch& watch);

    struct Share {
        std::int64_t parts = 0;
        std::int64_t bytes = 0;        ///< unpacked
        std::int64_t storedBytes = 0;  ///< of their contents
    };
    /// What the session needs, shared parts included.
    [[nodiscard]] Share of(support::SessionId session) const;
    /// Of that, what nobody else needs.
    [[nodiscard]] Share own(support::SessionId session) const;
    /// Takes a session out: what nobody else needs from then on. The sum over all that were taken is exact for the
    /// contents of parts; rows and indexes come on top.
    Share take(support::SessionId session);

private:
    [[nodiscard]] Share sum(support::SessionId session, std::int64_t mostOwners) const;
    PartCensus m_census;
    std::map<std::int64_t, std::vector<std::int64_t>> m_partsOf;  ///< by session; each once
    std::unordered_map<std::int64_t, std::int64_t> m_owners;      ///< how many sessions need the part
};

}  // namespace turntable::care
