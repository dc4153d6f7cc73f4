#include "storage/prompt_store.h"

#include <algorithm>
#include <utility>

namespace turntable::storage {

using support::ByteRange;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::Status;
using support::TurnId;

namespace {

constexpr int kLevel = 9;
constexpr std::size_t kMinPackedBytes = 48;
constexpr std::size_t kMaxRecipeBytes = std::size_t{900} << 20;
// About 8 MB of entry lists; the newest is kept whatever its length.
constexpr std::size_t kMaxRecentEntries = 60'000;
constexpr std::size_t kMaxRecentTurns = 256;
// How far back a text that resembles a new part is looked for: the last message or two.
constexpr std::size_t kSimilarReach = 24;

Error damaged(TurnId turn, const std::string& what) {
    return {ErrorCode::corrupt, "request of turn row " + std::to_string(turn.value) + ": " + what};
}

// Something that a turn refers to could not be read. A missing row is damage too; a locked or unreadable file is not.
Error asDamage(TurnId turn, const Error& error) {
    if (error.code == ErrorCode::corrupt || error.code == ErrorCode::notFound) return damaged(turn, error.message);
    return error;
}

bool sharesAPart(const PreparedPrompt& prompt, SharedEntries shared) {
    const auto isPart = [](const PromptEntry& entry) { return entry.isPart; };
    const auto& list = prompt.entries;
    return std::any_of(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(shared.head), isPart) ||
           std::any_of(list.end() - static_cast<std::ptrdiff_t>(shared.tail), list.end(), isPart);
}

// The part of the base that a new one most likely resembles: of those in the same place or near the end of what the two
// prompts do not share, the one whose size is closest, at most four times off.
std::optional<PartId> similarPart(const std::vector<PromptEntry>& base, SharedEntries shared, std::size_t index,
                                  std::size_t size) {
    std::optional<PartId> best;
    std::size_t bestRatio = 400;  // percent
    const auto consider = [&](const PromptEntry& entry) {
        if (!entry.isPart || entry.size == 0 || size == 0) return;
        const std::size_t ratio = std::max(entry.size, size) * 100 / std::min(entry.size, size);
        if (ratio >= bestRatio) return;
        bestRatio = ratio;
        best = entry.part;
    };
    const std::size_t end = base.size() - shared.tail;
    if (index >= shared.head && index < end) consider(base[index]);
    for (std::size_t back = 1; back <= std::min(kSimilarReach, end); ++back) consider(base[end - back]);
    return best;
}

}  // namespace

Result<PreparedPrompt> PromptStore::prepare(std::string_view body, std::span<const ByteRange> ranges,
                                            std::span<const TurnId> bases) {
    auto entries = splitBody(body, ranges);
    if (!entries) return entries.error();
    PreparedPrompt prompt;
    prompt.sha256 = digest::sha256(body);
    prompt.size = body.size();
    prompt.entries = std::move(*entries);
    Entries base;
    if (auto chosen = chooseBase(prompt, bases, base); !chosen) return chosen.error();
    if (auto prepared = prepareOwnParts(prompt, body, base); !prepared) return prepared.error();
    return prompt;
}

Status PromptStore::chooseBase(PreparedPrompt& prompt, std::span<const TurnId> bases, Entries& baseEntries) {
    for (const TurnId candidate : bases) {
        auto entries = stampedEntriesOf(candidate);
        if (!entries) {
            const ErrorCode code = entries.error().code;
            // A damaged turn must not keep later ones out of the store: they are stored without it.
            if (code == ErrorCode::corrupt || code == ErrorCode::notFound) continue;
            return entries.error();
        }
        const SharedEntries shared = sharedEntries(**entries, prompt.entries);
        if (!sharesAPart(prompt, shared)) continue;
        prompt.base = candidate;
        prompt.shared = shared;
        baseEntries = *entries;
        const auto& from = *baseEntries;
        for (std::size_t index = 0; index < shared.head; ++index) prompt.entries[index].part = from[index].part;
        for (std::size_t back = 1; back <= shared.tail; ++back) {
            prompt.entries[prompt.entries.size() - back].part = from[from.size() - back].part;
        }
        return {};
    }
    return {};
}

Status PromptStore::prepareOwnParts(PreparedPrompt& prompt, std::string_view body, const Entries& base) {
    const std::size_t end = prompt.entries.size() - prompt.shared.tail;
    for (std::size_t index = prompt.shared.head; index < end; ++index) {
        const PromptEntry& entry = prompt.entries[index];
        if (!entry.isPart) continue;
        const auto similar = base ? similarPart(*base, prompt.shared, index, entry.size) : std::nullopt;
        auto part = m_parts.prepare(support::slice(body, entry.range), entry.sha256, PartKind::prompt, similar);
        if (!part) return part.error();
        prompt.parts.push_back(std::move(*part));
    }
    return {};
}

Status PromptStore::write(TurnId turn, PreparedPrompt& prompt, std::optional<PartId> headers) {
    if (prompt.base) {
        auto select = m_database.prepare("SELECT 1 FROM request WHERE turn_id = ?1");
        if (!select) return select.error();
        const auto there = select->bind(1, prompt.base->value).step();
        if (!there) return there.error();
        if (!*there) return Error{ErrorCode::notFound, "the turn that a prompt continues has been deleted"};
    }
    auto next = prompt.parts.begin();
    const std::size_t end = prompt.entries.size() - prompt.shared.tail;
    for (std::size_t index = prompt.shared.head; index < end; ++index) {
        if (!prompt.entries[index].isPart) continue;
        const auto id = m_parts.put(*next++);
        if (!id) return id.error();
        prompt.entries[index].part = *id;
    }
    return writeRow(turn, prompt, headers);
}

Status PromptStore::writeRow(TurnId turn, const PreparedPrompt& prompt, std::optional<PartId> headers) {
    const std::size_t ownCount = prompt.entries.size() - prompt.shared.head - prompt.shared.tail;
    const std::string plain = encodeEntries(std::span(prompt.entries).subspan(prompt.shared.head, ownCount));
    std::string stored = plain;
    PartCodec codec = PartCodec::plain;
    if (plain.size() >= kMinPackedBytes) {
        auto packed = m_zstandard.compress(plain, kLevel);
        if (!packed) return packed.error();
        if (packed->size() < plain.size()) {
            codec = PartCodec::zstd;
            stored = std::move(*packed);
        }
    }
    auto insert = m_database.prepare(
        "INSERT INTO request(turn_id, sha256, size, base_turn, shared_head, shared_tail, entries_size, codec, entries, "
        "headers_part) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    if (!insert) return insert.error();
    insert->bind(1, turn.value)
        .bindBlob(2, bytesOf(prompt.sha256))
        .bind(3, static_cast<std::int64_t>(prompt.size))
        .bind(4, prompt.base ? std::optional(prompt.base->value) : std::nullopt)
        .bind(5, static_cast<std::int64_t>(prompt.shared.head))
        .bind(6, static_cast<std::int64_t>(prompt.shared.tail))
        .bind(7, static_cast<std::int64_t>(plain.size()))
        .bind(8, static_cast<std::int64_t>(codec))
        .bindBlob(9, stored)
        .bind(10, headers ? std::optional(headers->value) : std::nullopt);
    return insert->run();
}

void PromptStore::remember(TurnId turn, PreparedPrompt prompt) {
    keep(turn, std::make_shared<const std::vector<PromptEntry>>(std::move(prompt.entries)));
}

Result<PromptStore::Recipe> PromptStore::recipeOf(TurnId turn) {
    auto select = m_database.prepare(
        "SELECT base_turn, shared_head, shared_tail, entries_size, codec, entries FROM request WHERE turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return Error{ErrorCode::notFound, "turn row " + std::to_string(turn.value) + " is not in the store"};
    Recipe recipe;
    recipe.turn = turn;
    if (const auto base = select->maybeInteger(0)) {
        // A base is always older; a damaged row could otherwise lead in a circle.
        if (*base <= 0 || *base >= turn.value) return damaged(turn, "its base is not an older turn");
        recipe.base = TurnId{*base};
    }
    const std::int64_t head = select->integer(1);
    const std::int64_t tail = select->integer(2);
    const std::int64_t size = select->integer(3);
    const std::int64_t codec = select->integer(4);
    const bool sane = head >= 0 && tail >= 0 && size >= 0 && size <= static_cast<std::int64_t>(kMaxRecipeBytes) &&
                      (codec == 0 || codec == 1);
    if (!sane) return damaged(turn, "impossible numbers in its recipe");
    recipe.shared = {static_cast<std::size_t>(head), static_cast<std::size_t>(tail)};
    std::string plain(select->blob(5));
    if (codec == static_cast<std::int64_t>(PartCodec::zstd)) {
        auto unpacked = m_zstandard.decompress(plain, static_cast<std::size_t>(size));
        if (!unpacked) return damaged(turn, unpacked.error().message);
        plain = std::move(*unpacked);
    }
    auto own = decodeEntries(plain);
    if (!own) return damaged(turn, own.error().message);
    recipe.own = std::move(*own);
    return recipe;
}

Result<std::vector<PromptEntry>> PromptStore::ownEntries(TurnId turn) {
    auto recipe = recipeOf(turn);
    if (!recipe) return recipe.error();
    return std::move(recipe->own);
}

Result<PromptStore::Entries> PromptStore::entriesOf(TurnId turn) {
    if (auto known = recall(turn)) return known;
    std::vector<Recipe> chain;
    std::vector<PromptEntry> list;
    for (std::optional<TurnId> next = turn; next;) {
        if (const auto known = recall(*next)) {
            list = *known;
            break;
        }
        auto recipe = recipeOf(*next);
        if (!recipe) {
            if (chain.empty()) return recipe.error();
            return asDamage(turn, recipe.error());
        }
        next = recipe->base;
        chain.push_back(std::move(*recipe));
    }
    for (; !chain.empty(); chain.pop_back()) {
        Recipe& recipe = chain.back();
        if (auto applied = applyRecipe(list, recipe.shared, std::move(recipe.own)); !applied) {
            return damaged(recipe.turn, applied.error().message);
        }
    }
    auto entries = std::make_shared<const std::vector<PromptEntry>>(std::move(list));
    keep(turn, entries);
    return Entries(entries);
}

// Lists read back from the file name their parts by number only; to be compared, they need the hashes.
Result<PromptStore::Entries> PromptStore::stampedEntriesOf(TurnId turn) {
    auto entries = entriesOf(turn);
    if (!entries) return entries;
    const auto lacksStamp = [](const PromptEntry& entry) { return entry.isPart && entry.size == 0; };
    if (std::none_of((*entries)->begin(), (*entries)->end(), lacksStamp)) return entries;
    auto list = **entries;
    for (PromptEntry& entry : list) {
        if (!lacksStamp(entry)) continue;
        const auto stamp = m_parts.stamp(entry.part);
        if (!stamp) return asDamage(turn, stamp.error());
        entry.sha256 = stamp->sha256;
        entry.size = stamp->size;
    }
    auto stamped = std::make_shared<const std::vector<PromptEntry>>(std::move(list));
    keep(turn, stamped);
    return Entries(stamped);
}

Result<std::string> PromptStore::read(TurnId turn) {
    auto select = m_database.prepare("SELECT sha256, size FROM request WHERE turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return Error{ErrorCode::notFound, "turn row " + std::to_string(turn.value) + " is not in the store"};
    const auto recorded = digestFrom(select->blob(0));
    const std::int64_t size = select->integer(1);
    if (!recorded || size < 0) return damaged(turn, "impossible size or SHA-256");
    const auto entries = entriesOf(turn);
    if (!entries) return entries.error();
    std::string body;
    // The size is only believed as far as memory goes that is there anyway.
    body.reserve(static_cast<std::size_t>(std::min<std::int64_t>(size, std::int64_t{64} << 20)));
    for (const PromptEntry& entry : **entries) {
        if (entry.isPart) {
            const auto bytes = m_parts.readUnchecked(entry.part);
            if (!bytes) return asDamage(turn, bytes.error());
            body += *bytes;
        } else {
            body += entry.literal;
        }
        if (body.size() > static_cast<std::size_t>(size)) return damaged(turn, "more bytes than were sent");
    }
    if (digest::sha256(body) != *recorded) return damaged(turn, "its bytes do not have the recorded SHA-256");
    return body;
}

PromptStore::Entries PromptStore::recall(TurnId turn) {
    const auto found =
        std::find_if(m_recent.begin(), m_recent.end(), [turn](const Recent& recent) { return recent.turn == turn; });
    if (found == m_recent.end()) return nullptr;
    m_recent.splice(m_recent.begin(), m_recent, found);
    return m_recent.front().entries;
}

void PromptStore::keep(TurnId turn, Entries entries) {
    if (recall(turn)) {
        m_recentEntries -= m_recent.front().entries->size();
        m_recent.pop_front();
    }
    m_recentEntries += entries->size();
    m_recent.push_front({turn, std::move(entries)});
    while ((m_recentEntries > kMaxRecentEntries && m_recent.size() > 1) || m_recent.size() > kMaxRecentTurns) {
        m_recentEntries -= m_recent.back().entries->size();
        m_recent.pop_back();
    }
}

}  // namespace turntable::storage
