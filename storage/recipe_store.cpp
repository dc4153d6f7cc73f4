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

// `request.codec`: the form of the entries, and how they are compressed.
enum class Codec : std::int64_t { plain1 = 0, zstd1 = 1, plain2 = 2, zstd2 = 3, zstdOnBase2 = 4 };

RecipeForm formOf(std::int64_t codec) {
    return codec <= static_cast<std::int64_t>(Codec::zstd1) ? RecipeForm::version1 : RecipeForm::version2;
}

bool isOnBase(std::int64_t codec) { return codec == static_cast<std::int64_t>(Codec::zstdOnBase2); }

Error damaged(TurnId turn, const std::string& what) {
    return {ErrorCode::corrupt, "request of turn row " + std::to_string(turn.value) + ": " + what};
}

}  // namespace

Status RecipeStore::write(TurnId turn, const RequestStamp& stamp, std::span<const PromptEntry> own) {
    Plain plain{turn, 0, encodeEntries(own)};
    std::string stored = plain.bytes;
    Codec codec = Codec::plain2;
    if (plain.bytes.size() >= kMinPackedBytes) {
        std::optional<Plain> base;
        if (stamp.base) {
            auto found = plainOf(*stamp.base);
            if (found && found->depth < kMaxDepth && found->bytes.size() <= kMaxPrefixBytes) base = std::move(*found);
        }
        const int level = plain.bytes.size() <= kBestUpToBytes ? kLevel : kQuickLevel;
        const bool onBase = base && !base->bytes.empty();
        auto packed = m_zstandard.compress(plain.bytes, level, onBase ? std::string_view(base->bytes) : "");
        if (!packed) return packed.error();
        if (packed->size() < plain.bytes.size()) {
            codec = onBase ? Codec::zstdOnBase2 : Codec::zstd2;
            plain.depth = onBase ? base->depth + 1 : 0;
            stored = std::move(*packed);
        }
    }
    auto insert = m_database.prepare(
        "INSERT INTO request(turn_id, sha256, size, base_turn, shared_head, shared_tail, entries_size, codec, entries, "
        "headers_part, headers, recipe_depth) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    if (!insert) return insert.error();
    insert->bind(1, turn.value)
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
    row.codec = select->integer(4);
    row.entries = select->blob(5);
    row.depth = select->integer(6);
    // A base is always older; a damaged row could otherwise lead in a circle.
    if (row.base && (!row.base->valid() || row.base->value >= turn.value)) {
        return damaged(turn, "its base is not an older turn");
    }
    const bool sane = head >= 0 && tail >= 0 && size >= 0 && size <= static_cast<std::int64_t>(kMaxRecipeBytes) &&
                      row.codec >= 0 && row.codec <= static_cast<std::int64_t>(Codec::zstdOnBase2) && row.depth >= 0 &&
                      row.depth <= kMaxDepth && (isOnBase(row.codec) ? row.base && row.depth > 0 : row.depth == 0);
    if (!sane) return damaged(turn, "impossible numbers in its recipe");
    row.shared = {static_cast<std::size_t>(head), static_cast<std::size_t>(tail)};
    row.size = static_cast<std::size_t>(size);
    return row;
}

// Down to a recipe that stands alone or was read lately, and back up. Depths shrink by one, so that chains end.
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
        if (next->depth + 1 != chain.back().depth) return damaged(chain.front().turn, "its recipes form no chain");
        chain.push_back(std::move(*next));
    }
    for (; !chain.empty(); chain.pop_back()) {
        Row& row = chain.back();
        const auto codec = static_cast<Codec>(row.codec);
        const bool isPlain = codec == Codec::plain1 || codec == Codec::plain2;
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
