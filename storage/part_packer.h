#pragma once

// Private to storage: small parts put together, so that what they have in common is stored once.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "storage/part_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Puts small parts of a kind into packs: one zstd frame for many of them takes less room than a frame and a page's
/// rest for each, and one of them is read at the cost of its pack, not of a chain of bases. Ids and bytes of parts stay
/// what they were; only how they are stored changes. A part moves together with all that build on its history, as that
/// changes with it. One thread, that of the database, outside of a transaction; what is compressed is compressed with
/// no lock held, and what was read is read again under the lock before anything is written. Errors: those of the
/// database; parts that cannot be read stay as they are.
class PartPacker {
public:
    /// A pack is at most as long as this, unpacked: what has to be read for one part.
    static constexpr std::size_t kPackBytes = std::size_t{320} << 10;
    /// Fewer bytes of a kind are not worth a pack.
    static constexpr std::size_t kLeastBytes = std::size_t{24} << 10;

    PartPacker(sqlite::Database& database, PartStore& parts) : m_database(database), m_parts(parts) {}

    /// The id of the newest part of the store, 0 where there is none.
    [[nodiscard]] static support::Result<std::int64_t> newestPart(sqlite::Database& database) {
        return database.integer("SELECT coalesce(max(id), 0) FROM part");
    }

    struct Packed {
        std::int64_t packs = 0;
        std::int64_t parts = 0;
    };
    /// Looks at the parts with ids above `after`, and packs the kinds that have `least` bytes or more among them. Does
    /// nothing (for now) when others have changed the same parts meanwhile.
    [[nodiscard]] support::Result<Packed> pack(std::int64_t after, std::size_t least = kLeastBytes);
    /// Packs that hold bytes of parts that are gone: what is left of them is packed anew, and they go. For after a
    /// deletion.
    [[nodiscard]] support::Result<Packed> repack();

private:
    struct Member {
        std::int64_t id = 0;
        std::int64_t kind = 0;
        std::int64_t size = 0;
        std::int64_t codec = 0;
        std::optional<std::int64_t> base;
        std::int64_t stored = 0;  ///< bytes of its content
    };
    /// A pack that is to be written, or a part that stands alone from now on.
    struct Fresh {
        std::vector<Member> members;
        std::string bytes;
        std::string content;
        PartCodec codec = PartCodec::plain;
        bool isPack = false;
    };
    /// What is to be rewritten at once.
    struct Plan {
        std::vector<Member> members;        ///< with all that build on the history of one of them
        std::vector<std::int64_t> emptied;  ///< packs that go
        std::int64_t newest = 0;            ///< of all parts when the plan was made
        bool mustShrink = true;             ///< not worth doing where it takes more room
    };
    [[nodiscard]] support::Result<std::vector<Member>> members(std::int64_t after);
    [[nodiscard]] static std::vector<Member> choose(std::span<const Member> window, std::span<const Member> later,
                                                    std::size_t least);
    [[nodiscard]] static Plan planRepack(std::span<const Member> all, const std::unordered_set<std::int64_t>& tried);
    [[nodiscard]] support::Result<Packed> rewrite(const Plan& plan);
    [[nodiscard]] support::Result<std::vector<Fresh>> prepare(std::span<const Member> chosen);
    [[nodiscard]] support::Status compress(Fresh& fresh);
    [[nodiscard]] support::Result<bool> isUnchanged(const Plan& plan);
    [[nodiscard]] support::Status write(const Fresh& fresh);
    [[nodiscard]] support::Result<std::int64_t> insertPack(const Fresh& fresh);

    sqlite::Database& m_database;
    PartStore& m_parts;
    compression::Zstandard m_zstandard;
};

}  // namespace turntable::storage
