#pragma once

// Private to storage: the headers of requests and replies.

#include <optional>
#include <string>
#include <string_view>

#include "storage/compression/zstandard.h"
#include "storage/part_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Headers as a row has them: a part, and, where they are not the very bytes of that part, what makes them of it.
struct StoredHeaders {
    std::optional<support::PartId> part;
    std::optional<std::string> change;  ///< one zstd frame with the bytes of `part` as its prefix
};

/// Headers on their way into the store.
struct PreparedHeaders {
    std::string text;
    std::optional<PreparedPart> part;  ///< when no earlier headers resemble them
    StoredHeaders changed;             ///< else
};

/// From turn to turn only a date, an id or a length changes in the headers: a row of its own for each would cost more
/// than they hold. One thread, that of the database. Errors: corrupt, those of the database.
class HeaderStore {
public:
    static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

    explicit HeaderStore(PartStore& parts) : m_parts(parts) {}

    /// Outside of a transaction. `resembled`: the part of the headers of the turn before.
    [[nodiscard]] support::Result<PreparedHeaders> prepare(std::string_view text,
                                                           std::optional<support::PartId> resembled);
    /// Inside a write transaction.
    [[nodiscard]] support::Result<StoredHeaders> put(PreparedHeaders& headers);
    /// Empty when there are none.
    [[nodiscard]] support::Result<std::string> read(const StoredHeaders& headers);
    /// Of a turn; empty when it has no such row.
    enum class Side { request, response };
    [[nodiscard]] support::Result<std::string> readOf(sqlite::Database& database, Side side, support::TurnId turn);

private:
    PartStore& m_parts;
    compression::Zstandard m_zstandard;
};

}  // namespace turntable::storage
