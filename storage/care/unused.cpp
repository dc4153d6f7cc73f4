#include "storage/care/unused.h"

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/care/part_uses.h"
#include "storage/part_packer.h"
#include "storage/sqlite/transaction.h"

namespace turntable::care {

using sqlite::Database;
using sqlite::Transaction;
using support::Result;
using support::Status;

namespace {

constexpr std::size_t kPartsABatch = 500;
constexpr int kLooksWithoutLock = 3;

/// What is to be done, as seen at one moment of the store.
struct Waste {
    std::int64_t moment = 0;  ///< `PRAGMA data_version`: another value means that somebody else has written
    struct Part {
        std::int64_t id = 0;
        std::int64_t storedBytes = 0;
        bool isPack = false;
    };
    std::vector<Part> unused;
    std::vector<std::pair<std::int64_t, std::int64_t>> newKinds;  ///< part, kind
};

// Inside a transaction.
Result<Waste> look(Database& database, const Watch& watch) {
    Waste waste;
    const auto moment = database.integer("PRAGMA data_version");
    if (!moment) return moment.error();
    waste.moment = *moment;
    const auto census = takeCensus(database, watch);
    if (!census) return census.error();
    for (const std::int64_t id : unusedParts(*census)) {
        const PartFacts& facts = census->at(id);
        waste.unused.push_back({id, facts.storedBytes, isPack(facts)});
    }
    for (const auto& [id, facts] : *census) {
        if (facts.uses == 0 || hasUseOfItsKind(facts.kind, facts.uses)) continue;
        waste.newKinds.emplace_back(id, std::countr_zero(facts.uses));
    }
    return waste;
}

Status writeKinds(Database& database, const Waste& waste) {
    auto update = database.prepare("UPDATE part SET kind = ?2 WHERE id = ?1");
    if (!update) return update.error();
    for (const auto& [id, kind] : waste.newKinds) {
        if (auto done = update->bind(1, id).bind(2, kind).run(); !done) return done;
    }
    return {};
}

Status removeParts(Database& database, std::span<const Waste::Part> parts) {
    auto remove = database.prepare("DELETE FROM part WHERE id = ?1");
    if (!remove) return remove.error();
    for (const Waste::Part& part : parts) {
        if (auto done = remove->bind(1, part.id).run(); !done) return done;
    }
    return {};
}

void count(std::span<const Waste::Part> parts, Collected& collected) {
    for (const Waste::Part& part : parts) {
        collected.parts += part.isPack ? 0 : 1;
        collected.storedBytes += part.storedBytes;
    }
}

// Batch by batch, as long as nobody else has written since `waste` was seen. False: somebody has.
Result<bool> removeInBatches(Database& database, Waste& waste, Collected& collected, const Watch& watch) {
    bool kindsAreDue = !waste.newKinds.empty();
    while (!waste.unused.empty() || kindsAreDue) {
        watch.tell("parts", collected.parts, collected.parts + static_cast<std::int64_t>(waste.unused.size()));
        auto transaction = Transaction::begin(database, Transaction::Kind::write);
        if (!transaction) return transaction.error();
        const auto moment = database.integer("PRAGMA data_version");
        if (!moment) return moment.error();
        if (*moment != waste.moment) return false;
        if (kindsAreDue) {
            if (auto done = writeKinds(database, waste); !done) return done.error();
        }
        const auto batch = std::span(waste.unused).first(std::min(kPartsABatch, waste.unused.size()));
        if (auto done = removeParts(database, batch); !done) return done.error();
        if (auto done = transaction->commit(); !done) return done.error();
        kindsAreDue = false;
        count(batch, collected);
        waste.unused.erase(waste.unused.begin(), waste.unused.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    }
    return true;
}

Status removeUnderLock(Database& database, Collected& collected, const Watch& watch) {
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    const auto waste = look(database, watch);
    if (!waste) return waste.error();
    if (auto done = writeKinds(database, *waste); !done) return done;
    if (auto done = removeParts(database, waste->unused); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    count(waste->unused, collected);
    return {};
}

Result<Collected> collect(Database& database, const Watch& watch) {
    Collected collected;
    for (int attempt = 0; attempt < kLooksWithoutLock; ++attempt) {
        auto seen = Transaction::begin(database, Transaction::Kind::read);
        if (!seen) return seen.error();
        auto waste = look(database, watch);
        if (!waste) return waste.error();
        if (auto done = seen->commit(); !done) return done.error();
        const auto finished = removeInBatches(database, *waste, collected, watch);
        if (!finished) return finished.error();
        if (*finished) return collected;
    }
    if (auto done = removeUnderLock(database, collected, watch); !done) return done.error();
    return collected;
}

}  // namespace

Result<Collected> removeUnusedParts(Database& database, const Watch& watch) {
    // The columns that name parts have no index: for every part that goes SQLite would scan all turns. That nothing
    // names them is what `look` has found out.
    if (auto done = database.execute("PRAGMA foreign_keys = OFF"); !done) return done.error();
    auto collected = collect(database, watch);
    if (collected) {
        // Nothing of a deleted session stays behind in a pack that others need.
        storage::PartStore parts(database);
        const auto packed = storage::PartPacker(database, parts).repack();
        if (!packed) collected = packed.error();
    }
    if (auto done = database.execute("PRAGMA foreign_keys = ON"); !done) return done.error();
    return collected;
}

}  // namespace turntable::care
