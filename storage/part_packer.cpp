#include "storage/part_packer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/sqlite/transaction.h"

namespace turntable::storage {

using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::Status;

namespace {

constexpr int kLevel = 22;
// What is read, compressed and written at once. The write lock is held for as long as the rows of this much take.
constexpr std::int64_t kMostBytesAtOnce = std::int64_t{2} << 20;

constexpr std::int64_t numberOf(PartCodec codec) { return static_cast<std::int64_t>(codec); }
constexpr std::int64_t numberOf(PartKind kind) { return static_cast<std::int64_t>(kind); }

// Screens are told against texts, binary parts are compressed already.
bool isKindToPack(std::int64_t kind) {
    return kind == numberOf(PartKind::prompt) || kind == numberOf(PartKind::response) ||
           kind == numberOf(PartKind::headers) || kind == numberOf(PartKind::file);
}

bool buildsOnHistory(std::int64_t codec) { return codec == numberOf(PartCodec::zstdWithHistory); }

Error missing(std::int64_t id) { return {ErrorCode::notFound, "part " + std::to_string(id) + " is not in the store"}; }

}  // namespace

Result<std::vector<PartPacker::Member>> PartPacker::members(std::int64_t after) {
    auto select = m_database.prepare(
        "SELECT id, kind, size, codec, base_id, length(content) FROM part NOT INDEXED WHERE id > ?1 ORDER BY id");
    if (!select) return select.error();
    select->bind(1, after);
    std::vector<Member> all;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return all;
        all.push_back({select->integer(0), select->integer(1), select->integer(2), select->integer(3),
                       select->maybeInteger(4), select->integer(5)});
    }
}

// Of consecutive parts those that can be packed: small ones of the kinds that have enough of them. What stays as it is
// needs all it builds on to stay, too.
std::vector<PartPacker::Member> PartPacker::choose(std::span<const Member> window, std::span<const Member> later,
                                                   std::size_t least) {
    std::unordered_map<std::int64_t, const Member*> byId;
    for (const Member& member : window) byId.emplace(member.id, &member);
    std::unordered_set<std::int64_t> kept;
    const auto keep = [&](std::optional<std::int64_t> id) {
        while (id && kept.insert(*id).second) {
            const auto found = byId.find(*id);
            id = found == byId.end() ? std::nullopt : found->second->base;
        }
    };
    const auto isSmall = [](const Member& member) {
        const bool isMovable = member.codec == numberOf(PartCodec::plain) ||
                               member.codec == numberOf(PartCodec::zstd) || buildsOnHistory(member.codec);
        return isMovable && isKindToPack(member.kind) && member.size > 0 &&
               member.size <= static_cast<std::int64_t>(PartStore::kMaxSmallBytes);
    };
    for (const Member& member : later) keep(member.base);
    for (const Member& member : window) {
        if (!isSmall(member)) keep(member.base);
    }
    std::map<std::int64_t, std::int64_t> bytesOf;
    for (const Member& member : window) {
        if (isSmall(member) && !kept.contains(member.id)) bytesOf[member.kind] += member.size;
    }
    const auto isMuch = [&](const Member& member) { return bytesOf[member.kind] >= static_cast<std::int64_t>(least); };
    for (const Member& member : window) {
        if (isSmall(member) && !isMuch(member)) keep(member.base);
    }
    std::vector<Member> chosen;
    for (const Member& member : window) {
        if (isSmall(member) && isMuch(member) && !kept.contains(member.id)) chosen.push_back(member);
    }
    return chosen;
}

Result<PartPacker::Packed> PartPacker::pack(std::int64_t after, std::size_t least) {
    const auto all = members(after);
    if (!all) return all.error();
    Packed packed;
    for (std::size_t begin = 0; begin < all->size();) {
        std::size_t end = begin;
        for (std::int64_t bytes = 0; end < all->size() && bytes < kMostBytesAtOnce; ++end) {
            const Member& member = (*all)[end];
            if (member.size <= static_cast<std::int64_t>(PartStore::kMaxSmallBytes)) bytes += member.size;
        }
        const auto members = std::span(*all);
        Plan plan;
        plan.members = choose(members.subspan(begin, end - begin), members.subspan(end), least);
        plan.newest = all->back().id;
        const auto done = plan.members.empty() ? Result<Packed>(Packed{}) : rewrite(plan);
        if (!done) return done.error();
        packed.packs += done->packs;
        packed.parts += done->parts;
        begin = end;
    }
    return packed;
}

// The packs with the least left in them, and what has to move with that; as much as is written at once.
PartPacker::Plan PartPacker::planRepack(std::span<const Member> all, const std::unordered_set<std::int64_t>& tried) {
    std::unordered_map<std::int64_t, std::int64_t> left;
    std::unordered_map<std::int64_t, std::vector<const Member*>> builtOn;
    for (const Member& member : all) {
        if (!member.base) continue;
        builtOn[*member.base].push_back(&member);
        if (member.codec == numberOf(PartCodec::slice)) left[*member.base] += member.size;
    }
    Plan plan;
    plan.mustShrink = false;
    plan.newest = all.empty() ? 0 : all.back().id;
    std::unordered_set<std::int64_t> moved;
    std::vector<const Member*> found;
    std::int64_t bytes = 0;
    for (const Member& pack : all) {
        const bool isEmptied = pack.kind == numberOf(PartKind::pack) && left.contains(pack.id) &&
                               left.at(pack.id) < pack.size && !tried.contains(pack.id);
        if (!isEmptied || bytes >= kMostBytesAtOnce) continue;
        bytes += left.at(pack.id);
        plan.emptied.push_back(pack.id);
        std::vector<const Member*> open = builtOn.at(pack.id);
        while (!open.empty()) {
            const Member& member = *open.back();
            open.pop_back();
            if (!moved.insert(member.id).second) continue;
            found.push_back(&member);
            const auto builders = builtOn.find(member.id);
            if (builders == builtOn.end()) continue;
            const bool isSlice = member.codec == numberOf(PartCodec::slice);
            for (const Member* builder : builders->second) {
                // A screen may use the texts behind that of its base as well; behind a slice there are none.
                const bool usesMore = builder->codec == numberOf(PartCodec::screenOverText) && !isSlice;
                if (buildsOnHistory(builder->codec) || usesMore) open.push_back(builder);
            }
        }
    }
    std::sort(found.begin(), found.end(), [](const Member* one, const Member* two) { return one->id < two->id; });
    for (const Member* member : found) plan.members.push_back(*member);
    return plan;
}

Result<PartPacker::Packed> PartPacker::repack() {
    Packed packed;
    std::unordered_set<std::int64_t> tried;
    for (;;) {
        const auto all = members(0);
        if (!all) return all.error();
        const Plan plan = planRepack(*all, tried);
        if (plan.emptied.empty()) return packed;
        tried.insert(plan.emptied.begin(), plan.emptied.end());
        const auto done = rewrite(plan);
        if (!done) return done.error();
        packed.packs += done->packs;
        packed.parts += done->parts;
    }
}

Result<PartPacker::Packed> PartPacker::rewrite(const Plan& plan) {
    const auto fresh = prepare(plan.members);
    // What cannot be read is for a check to tell, and stays where it is.
    if (!fresh && fresh.error().code != ErrorCode::corrupt && fresh.error().code != ErrorCode::notFound) {
        return fresh.error();
    }
    if (!fresh) return Packed{};
    std::int64_t before = 0;
    std::int64_t after = 0;
    for (const Member& member : plan.members) before += member.stored;
    for (const Fresh& each : *fresh) after += static_cast<std::int64_t>(each.content.size());
    if (plan.mustShrink && after >= before) return Packed{};
    auto transaction = Transaction::begin(m_database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    const auto unchanged = isUnchanged(plan);
    if (!unchanged) return unchanged.error();
    if (!*unchanged) return Packed{};
    Packed packed;
    for (const Fresh& each : *fresh) {
        if (auto written = write(each); !written) return written.error();
        packed.packs += each.isPack ? 1 : 0;
        packed.parts += static_cast<std::int64_t>(each.members.size());
    }
    auto remove = m_database.prepare("DELETE FROM part WHERE id = ?1");
    if (!remove) return remove.error();
    for (const std::int64_t pack : plan.emptied) {
        if (auto done = remove->bind(1, pack).run(); !done) return done.error();
    }
    if (auto done = transaction->commit(); !done) return done.error();
    m_parts.forget();
    return packed;
}

Result<std::vector<PartPacker::Fresh>> PartPacker::prepare(std::span<const Member> chosen) {
    auto moment = Transaction::begin(m_database, Transaction::Kind::read);
    if (!moment) return moment.error();
    std::map<std::int64_t, std::int64_t> bytesOf;
    const auto goesIntoPack = [](const Member& member) {
        return isKindToPack(member.kind) && member.size <= static_cast<std::int64_t>(PartStore::kMaxSmallBytes);
    };
    for (const Member& member : chosen) {
        if (goesIntoPack(member)) bytesOf[member.kind] += member.size;
    }
    std::vector<Fresh> all;
    std::map<std::int64_t, Fresh> open;
    for (const Member& member : chosen) {
        auto bytes = m_parts.read(PartId{member.id});
        if (!bytes) return bytes.error();
        if (!goesIntoPack(member) || bytesOf[member.kind] < static_cast<std::int64_t>(kLeastBytes)) {
            all.push_back({{member}, std::move(*bytes), {}, PartCodec::plain, false});
            continue;
        }
        Fresh& pack = open[member.kind];
        pack.isPack = true;
        pack.members.push_back(member);
        pack.bytes += *bytes;
        // Packs of about one size, none longer than it may be.
        const auto total = static_cast<std::size_t>(bytesOf[member.kind]);
        const std::size_t count = (total + kPackBytes - 1) / kPackBytes;
        if (pack.bytes.size() >= total / count) all.push_back(std::exchange(pack, Fresh()));
    }
    for (auto& [kind, pack] : open) {
        if (!pack.members.empty()) all.push_back(std::move(pack));
    }
    if (auto done = moment->commit(); !done) return done.error();
    for (Fresh& fresh : all) {
        if (auto done = compress(fresh); !done) return done.error();
    }
    return all;
}

Status PartPacker::compress(Fresh& fresh) {
    auto packed = m_zstandard.compress(fresh.bytes, kLevel);
    if (!packed) return packed.error();
    const bool helps = packed->size() < fresh.bytes.size();
    fresh.codec = helps ? PartCodec::zstd : PartCodec::plain;
    fresh.content = helps ? std::move(*packed) : fresh.bytes;
    return {};
}

// Inside the write transaction: nobody has packed or removed one of them meanwhile, or built a part on one.
Result<bool> PartPacker::isUnchanged(const Plan& plan) {
    std::unordered_set<std::int64_t> moving;
    for (const Member& member : plan.members) {
        auto select = m_database.prepare("SELECT codec, base_id, size FROM part WHERE id = ?1");
        if (!select) return select.error();
        const auto found = select->bind(1, member.id).step();
        if (!found) return found.error();
        if (!*found || select->integer(0) != member.codec || select->maybeInteger(1) != member.base ||
            select->integer(2) != member.size) {
            return false;
        }
        moving.insert(member.id);
    }
    moving.insert(plan.emptied.begin(), plan.emptied.end());
    const auto newer = members(plan.newest);
    if (!newer) return newer.error();
    return std::none_of(newer->begin(), newer->end(),
                        [&](const Member& member) { return member.base && moving.contains(*member.base); });
}

Status PartPacker::write(const Fresh& fresh) {
    const auto pack = fresh.isPack ? insertPack(fresh) : Result<std::int64_t>(std::int64_t{0});
    if (!pack) return pack.error();
    auto update =
        m_database.prepare("UPDATE part SET codec = ?2, base_id = ?3, depth = ?4, content = ?5 WHERE id = ?1");
    if (!update) return update.error();
    std::size_t offset = 0;
    for (const Member& member : fresh.members) {
        update->bind(1, member.id).bind(2, numberOf(fresh.isPack ? PartCodec::slice : fresh.codec));
        update->bind(3, fresh.isPack ? std::optional(*pack) : std::nullopt).bind(4, std::int64_t{fresh.isPack ? 1 : 0});
        update->bindBlob(5, fresh.isPack ? PartStore::sliceContent(offset) : fresh.content);
        if (auto done = update->run(); !done) return done;
        if (m_database.changes() == 0) return missing(member.id);
        offset += static_cast<std::size_t>(member.size);
    }
    return {};
}

Result<std::int64_t> PartPacker::insertPack(const Fresh& fresh) {
    auto insert = m_database.prepare(
        "INSERT INTO part(sha256, kind, size, codec, base_id, depth, content) VALUES (?1, ?2, ?3, ?4, NULL, 0, ?5)");
    if (!insert) return insert.error();
    insert->bindBlob(1, bytesOf(digest::sha256(fresh.bytes)))
        .bind(2, numberOf(PartKind::pack))
        .bind(3, static_cast<std::int64_t>(fresh.bytes.size()))
        .bind(4, numberOf(fresh.codec))
        .bindBlob(5, fresh.content);
    if (auto done = insert->run(); !done) return done.error();
    return m_database.lastInsertId();
}

}  // namespace turntable::storage
