#include "storage/recipe_store.h"

#include <algorithm>
#include <utility>

#include "storage/part_store.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;
using support::TurnId;

namespace {

constexpr int kLevel = 19;
constexpr int kQuickLevel = 3;
constexpr std::size_t kBestUpToBytes = std::size_t{64} << 10;
constexpr std::size_t kMinPackedBytes = 48;
constexpr std::size_t kMaxRecipeBytes = std::size_t{900} << 20;
constexpr std::size_t kMaxPrefixBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxRecent = 32;

RecipeForm formOf(RecipeCodec codec) {
    return codec <= RecipeCodec::zstd1 ? RecipeForm::version1 : RecipeForm::version2;
}

bool isOnBase(RecipeCodec codec) { return codec == RecipeCodec::zstdOnBase2; }

Error damaged(TurnId turn, const std::string& what) {
    return {ErrorCode::corrupt, "request of turn row " + std::to_string(turn.value) + ": " + what};
}

}  // namespace

Status RecipeStore::write(TurnId turn, const RequestStamp& stamp, std::span<const PromptEntry> own) {
    std::optional<Plain> base;
    if (stamp.base) {
        auto found = plainOf(*stamp.base);
        const bool helps = found && found->depth < kMaxDepth && !found->bytes.empty();
        if (helps && found->bytes.size() <= kMaxPrefixBytes) base = std::move(*found);
    }
    return writeOn(base ? &*base : nullptr, turn, stamp, own);
}

Status RecipeStore::writeOn(const Plain* base, TurnId turn, const RequestStamp& stamp,
                            std::span<const PromptEntry> own) {
    Plain plain{turn, 0, encodeEntries(own)};
    if (plain.bytes.size() < kMinPackedBytes) return insert(plain, plain.bytes, RecipeCodec::plain2, stamp);
    const int level = plain.bytes.size() <= kBestUpToBytes ? kLevel : kQuickLevel;
    const auto packed =
        m_zstandard.compress(plain.bytes, level, base != nullptr ? std::string_view(base->bytes) : std::string_view());
    if (!packed) return packed.error();
    if (packed->size() >= plain.bytes.size()) return insert(plain, plain.bytes, RecipeCodec::plain2, stamp);
    if (base == nullptr) return insert(plain, *packed, RecipeCodec::zstd2, stamp);
    plain.depth = base->depth + 1;
    return insert(plain, *packed, RecipeCodec::zstdOnBase2, stamp);
}

Status RecipeStore::insert(const Plain& plain, std::string_view stored, RecipeCodec codec, const RequestStamp& stamp) {
    auto insert = m_database.prepare(
        "INSERT INTO request(turn_id, sha256, size, base_turn, shared_head, shared_tail, entries_size, codec, entries, "
        "headers_part, headers, recipe_depth) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    if (!insert) return insert.error();
    insert->bind(1, plain.turn.value)
        .bindBlob(2, bytesOf(stamp.sha256))
        .bind(3, static_cast<std::int64_t>(stamp.size))
        .bind(4, stamp.base ? std::optional(stamp.base->value) : std::nullopt)
        .bind(5, static_cast<std::int64_t>(stamp.shared.head))
        .bind(6, static_cast<std::int64_t>(stamp.shared.tail))
        .bind(7, static_cast<std::int64_t>(plain.bytes.size()))
        .bind(8, static_cast<std::int64_t>(codec))
        .bindBlob(9, stored)
        .bind(10, stamp.headers.part ? std::optional(stamp.headers.part->value) : std::nullopt)
        .bind(12, plain.depth);
    if (stamp.headers.change) insert->bindBlob(11, *stamp.headers.change);
    return insert->run();
}

Result<std::vector<Recipe>> RecipeStore::packedOn(TurnId turn) {
    std::vector<TurnId> turns;
    {
        auto select = m_database.prepare("SELECT turn_id FROM request WHERE base_turn = ?1 AND codec = ?2");
        if (!select) return select.error();
        select->bind(1, turn.value).bind(2, static_cast<std::int64_t>(RecipeCodec::zstdOnBase2));
        for (;;) {
            const auto found = select->step();
            if (!found) return found.error();
            if (!*found) break;
            turns.push_back({select->integer(0)});
        }
    }
    std::vector<Recipe> recipes;
    for (const TurnId each : turns) {
        auto recipe = read(each);
        if (!recipe) return recipe.error();
        recipes.push_back(std::move(*recipe));
    }
    return recipes;
}

Status RecipeStore::rewrite(TurnId turn, std::optional<TurnId> base, SharedEntries shared,
                            std::span<const PromptEntry> own) {
    RequestStamp stamp;
    {
        auto select = m_database.prepare("SELECT sha256, size, headers_part, headers FROM request WHERE turn_id = ?1");
        if (!select) return select.error();
        const auto found = select->bind(1, turn.value).step();
        if (!found) return found.error();
        const auto recorded = *found ? digestFrom(select->blob(0)) : std::nullopt;
        if (!recorded) return damaged(turn, "its SHA-256 is not 32 bytes");
        stamp = {*recorded, static_cast<std::size_t>(select->integer(1)), base, shared, {}};
        if (const auto part = select->maybeInteger(2)) stamp.headers.part = support::PartId{*part};
        if (!select->isNull(3)) stamp.headers.change = select->blob(3);
    }
    auto remove = m_database.prepare("DELETE FROM request WHERE turn_id = ?1");
    if (!remove) return remove.error();
    if (auto done = remove->bind(1, turn.value).run(); !done) return done;
    m_recent.remove_if([turn](const Plain& plain) { return plain.turn == turn; });
    return writeOn(nullptr, turn, stamp, own);
}

Result<RecipeStore::Row> RecipeStore::row(TurnId turn) {
    if (m_select.empty()) {
        // A store of version 1 that may not be migrated has no chains of recipes.
        const auto version = m_database.integer("PRAGMA user_version");
        if (!version) return version.error();
        m_select = std::string("SELECT base_turn, shared_head, shared_tail, entries_size, codec, entries, ") +
                   (*version < 2 ? "0" : "recipe_depth") + " FROM request WHERE turn_id = ?1";
    }
    auto select = m_database.prepare(m_select);
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return Error{ErrorCode::notFound, "turn row " + std::to_string(turn.value) + " is not in the store"};
    Row row;
    row.turn = turn;
    if (const auto base = select->maybeInteger(0)) row.base = TurnId{*base};
    const std::int64_t head = select->integer(1);
    const std::int64_t tail = select->integer(2);
    const std::int64_t size = select->integer(3);
    const std::int64_t codec = select->integer(4);
    row.codec = static_cast<RecipeCodec>(codec);
    row.entries = select->blob(5);
    row.depth = select->integer(6);
    // A base is always older; a damaged row could otherwise lead in a circle.
    if (row.base && (!row.base->valid() || row.base->value >= turn.value)) {
        return damaged(turn, "its base is not an older turn");
    }
    const bool sane = head >= 0 && tail >= 0 && size >= 0 && size <= static_cast<std::int64_t>(kMaxRecipeBytes) &&
                      codec >= 0 && codec <= static_cast<std::int64_t>(RecipeCodec::zstdOnBase2) && row.depth >= 0 &&
                      row.depth <= kMaxDepth && (isOnBase(row.codec) ? row.base && row.depth > 0 : row.depth == 0);
    if (!sane) return damaged(turn, "impossible numbers in its recipe");
    row.shared = {static_cast<std::size_t>(head), static_cast<std::size_t>(tail)};
    row.size = static_cast<std::size_t>(size);
    return row;
}

// Down to a recipe that stands alone or was read lately, and back up. Depths shrink, so that chains end.
Result<RecipeStore::Plain> RecipeStore::unpack(Row first) {
    std::vector<Row> chain;
    Plain plain;
    for (chain.push_back(std::move(first)); isOnBase(chain.back().codec);) {
        const TurnId base = *chain.back().base;
        const auto known =
            std::find_if(m_recent.begin(), m_recent.end(), [base](const Plain& each) { return each.turn == base; });
        if (known != m_recent.end()) {
            plain = *known;
            break;
        }
        auto next = row(base);
        if (!next) {
            const bool io = next.error().code != ErrorCode::notFound && next.error().code != ErrorCode::corrupt;
            return io ? next.error() : damaged(chain.front().turn, "its base: " + next.error().message);
        }
        if (next->depth >= chain.back().depth) return damaged(chain.front().turn, "its recipes form no chain");
        chain.push_back(std::move(*next));
    }
    for (; !chain.empty(); chain.pop_back()) {
        Row& row = chain.back();
        const bool isPlain = row.codec == RecipeCodec::plain1 || row.codec == RecipeCodec::plain2;
        Result<std::string> bytes = std::move(row.entries);
        if (!isPlain) {
            const std::string packed = std::move(*bytes);
            bytes = m_zstandard.decompress(packed, row.size, isOnBase(row.codec) ? std::string_view(plain.bytes) : "");
        }
        if (!bytes) return damaged(row.turn, bytes.error().message);
        if (bytes->size() != row.size) return damaged(row.turn, "its recipe has another size than recorded");
        plain = {row.turn, row.depth, std::move(*bytes)};
    }
    remember(plain);
    return plain;
}

Result<RecipeStore::Plain> RecipeStore::plainOf(TurnId turn) {
    const auto known =
        std::find_if(m_recent.begin(), m_recent.end(), [turn](const Plain& each) { return each.turn == turn; });
    if (known != m_recent.end()) return *known;
    auto found = row(turn);
    if (!found) return found.error();
    return unpack(std::move(*found));
}

void RecipeStore::remember(const Plain& plain) {
    if (plain.bytes.size() > kMaxPrefixBytes) return;
    m_recent.push_front(plain);
    if (m_recent.size() > kMaxRecent) m_recent.pop_back();
}

Result<Recipe> RecipeStore::read(TurnId turn) {
    auto found = row(turn);
    if (!found) return found.error();
    const RecipeForm form = formOf(found->codec);
    Recipe recipe{turn, found->base, found->shared, {}};
    const auto plain = unpack(std::move(*found));
    if (!plain) return plain.error();
    auto own = decodeEntries(plain->bytes, form);
    if (!own) return damaged(turn, own.error().message);
    recipe.own = std::move(*own);
    return recipe;
}

}  // namespace turntable::storage
