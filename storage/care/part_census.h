#pragma once

// Private to storage/care: every part of a store with what a check or a deletion must know of it.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "storage/digest/sha256.h"
#include "storage/part_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

struct PartFacts {
    digest::Sha256 sha256{};
    std::int64_t size = 0;         ///< unpacked
    std::int64_t storedBytes = 0;  ///< of its content
    std::int64_t kind = 0;         ///< as it stands in the row
    std::int64_t codec = 0;
    std::int64_t depth = 0;
    std::optional<std::int64_t> base;
    unsigned uses = 0;    ///< bit k: something names it as a part of kind k
    bool broken = false;  ///< its bytes cannot be read, or are not those of its SHA-256
};

using PartCensus = std::unordered_map<std::int64_t, PartFacts>;  ///< by id

/// One row of `part` after the other, in the order of their ids, without their contents. `visit(id, facts, isSound)`:
/// `isSound` is false when a digest is not 32 bytes long.
template <typename Visit>
[[nodiscard]] support::Status visitParts(sqlite::Database& database, Visit visit) {
    auto select = database.prepare(
        "SELECT id, sha256, size, length(content), kind, codec, depth, base_id FROM part NOT INDEXED ORDER BY id");
    if (!select) return select.error();
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return {};
        const auto sha256 = storage::digestFrom(select->blob(1));
        PartFacts facts;
        if (sha256) facts.sha256 = *sha256;
        facts.size = select->integer(2);
        facts.storedBytes = select->integer(3);
        facts.kind = select->integer(4);
        facts.codec = select->integer(5);
        facts.depth = select->integer(6);
        facts.base = select->maybeInteger(7);
        visit(select->integer(0), facts, sha256.has_value());
    }
}

/// The stored bytes of each pack, told as those of the parts in it, by their sizes.
void shareOutPacks(PartCensus& census);

[[nodiscard]] inline bool isPack(const PartFacts& facts) {
    return facts.kind == static_cast<std::int64_t>(storage::PartKind::pack);
}

[[nodiscard]] constexpr unsigned useBit(storage::PartKind kind) { return 1U << static_cast<unsigned>(kind); }

[[nodiscard]] constexpr bool isPartKind(std::int64_t kind) {
    return kind >= 0 && kind <= static_cast<std::int64_t>(storage::kLastPartKind);
}
/// Whether one of its users uses a part as its kind says. Prompts use binary parts, too.
[[nodiscard]] constexpr bool hasUseOfItsKind(std::int64_t kind, unsigned uses) {
    if (!isPartKind(kind)) return false;
    const auto known = static_cast<storage::PartKind>(kind);
    return (uses & useBit(known == storage::PartKind::binary ? storage::PartKind::prompt : known)) != 0;
}

}  // namespace turntable::care
