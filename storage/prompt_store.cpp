#include "storage/prompt_store.h"

#include <algorithm>
#include <utility>

#include "storage/base64.h"
#include "storage/seal.h"

namespace turntable::storage {

using support::ByteRange;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::Status;
using support::TurnId;

namespace {

// About 2 MB of entry lists; the newest is kept whatever its length.
constexpr std::size_t kMaxRecentEntries = 16'000;
constexpr std::size_t kMaxRecentTurns = 256;
// How far back a text that resembles a new part is looked for, and how many are tried.
constexpr std::size_t kSimilarReach = 160;
constexpr std::size_t kSimilarTries = 3;
constexpr std::size_t kMaxSizeRatio = 400;  // percent

Error damaged(TurnId turn, const std::string& what) {
    return {ErrorCode::corrupt, "request of turn row " + std::to_string(turn.value) + ": " + what};
}

// Something that a turn refers to could not be read. A missing row is damage too; a locked or unreadable file is not.
Error asDamage(TurnId turn, const Error& error) {
    if (error.code == ErrorCode::corrupt || error.code == ErrorCode::notFound) return damaged(turn, error.message);
    return error;
}

// Whether what two prompts have in common is worth a reference.
bool sharesEnough(const PreparedPrompt& prompt, SharedEntries shared) {
    constexpr std::size_t kWorthwhileBytes = 64;
    std::size_t bytes = 0;
    for (std::size_t index = 0; index < prompt.entries.size() && bytes < kWorthwhileBytes; ++index) {
        if (index == shared.head) index = prompt.entries.size() - shared.tail;
        if (index == prompt.entries.size()) break;
        const PromptEntry& entry = prompt.entries[index];
        bytes += entry.isPart ? kWorthwhileBytes : entry.literal.size();
    }
    return bytes >= kWorthwhileBytes;
}

// The parts of the base that a new one most likely resembles: the one in its place, then of those near the end the ones
// whose size is closest, newer ones first.
std::vector<PartId> similarParts(const std::vector<PromptEntry>& base, SharedEntries shared, std::size_t index,
                                 std::size_t size) {
    struct Candidate {
        std::size_t ratio;
        PartId part;
    };
    std::vector<Candidate> candidates;
    const auto consider = [&](const PromptEntry& entry, bool samePlace) {
        if (!entry.isPart || entry.isBase64 || entry.size == 0 || size == 0) return;
        const std::size_t ratio = std::max(entry.size, size) * 100 / std::min(entry.size, size);
        if (ratio < kMaxSizeRatio) candidates.push_back({samePlace ? 0 : ratio, entry.part});
    };
    const std::size_t end = base.size() - shared.tail;
    if (index >= shared.head && index < end) consider(base[index], true);
    for (std::size_t back = 1; back <= std::min(kSimilarReach, end); ++back) consider(base[end - back], false);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& left, const Candidate& right) { return left.ratio < right.ratio; });
    std::vector<PartId> parts;
    for (const Candidate& candidate : candidates) {
        if (parts.size() == kSimilarTries) break;
        if (std::find(parts.begin(), parts.end(), candidate.part) == parts.end()) parts.push_back(candidate.part);
    }
    return parts;
}

// Tools are written alike, and so are the blocks of one message: what comes next may be packed on it.
bool mayBeSibling(const PreparedPart& part) {
    constexpr std::int64_t kMaxSiblingDepth = PartStore::kMaxDepth / 2;
    return !part.known && part.kind == PartKind::prompt && part.history && part.depth <= kMaxSiblingDepth;
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
        if (!sharesEnough(prompt, shared)) continue;
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
    std::optional<std::size_t> sibling;
    for (std::size_t index = prompt.shared.head; index < end; ++index) {
        const PromptEntry& entry = prompt.entries[index];
        if (!entry.isPart) continue;
        std::string_view bytes = support::slice(body, entry.range);
        if (entry.isBase64) {
            auto decoded = decodeBase64(bytes);
            if (!decoded) return Error{ErrorCode::internal, "a base64 text of a request changed while it was stored"};
            bytes = prompt.decoded.emplace_back(std::move(*decoded));
        }
        const auto similar = base ? similarParts(*base, prompt.shared, index, entry.size) : std::vector<PartId>();
        auto part = m_parts.prepare(bytes, entry.sha256, entry.isBase64 ? PartKind::binary : PartKind::prompt, similar,
                                    sibling ? &prompt.parts[*sibling] : nullptr);
        if (!part) return part.error();
        prompt.siblings.push_back(part->onSibling ? sibling : std::nullopt);
        prompt.parts.push_back(std::move(*part));
        if (mayBeSibling(prompt.parts.back())) sibling = prompt.parts.size() - 1;
    }
    return {};
}

Status PromptStore::write(TurnId turn, PreparedPrompt& prompt, const StoredHeaders& headers) {
    if (prompt.base) {
        auto select = m_database.prepare("SELECT 1 FROM request WHERE turn_id = ?1");
        if (!select) return select.error();
        const auto there = select->bind(1, prompt.base->value).step();
        if (!there) return there.error();
        if (!*there) return Error{ErrorCode::notFound, "the turn that a prompt continues has been deleted"};
    }
    std::vector<PartId> stored;
    const std::size_t end = prompt.entries.size() - prompt.shared.tail;
    for (std::size_t index = prompt.shared.head; index < end; ++index) {
        if (!prompt.entries[index].isPart) continue;
        const auto& sibling = prompt.siblings[stored.size()];
        const bool isThere = sibling && prompt.parts[*sibling].asPlanned;
        const auto id =
            m_parts.put(prompt.parts[stored.size()], isThere ? std::optional(stored[*sibling]) : std::nullopt);
        if (!id) return id.error();
        prompt.entries[index].part = *id;
        stored.push_back(*id);
    }
    const std::size_t ownCount = end - prompt.shared.head;
    return m_recipes.write(turn, {prompt.sha256, prompt.size, prompt.base, prompt.shared, headers},
                           std::span(prompt.entries).subspan(prompt.shared.head, ownCount));
}

void PromptStore::remember(TurnId turn, PreparedPrompt prompt) {
    keep(turn, std::make_shared<const std::vector<PromptEntry>>(std::move(prompt.entries)));
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
        auto recipe = m_recipes.read(*next);
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
    auto cut = readCut(turn);
    if (!cut) return cut.error();
    return std::move(cut->bytes);
}

Result<PromptStore::CutBody> PromptStore::readCut(TurnId turn) {
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
    CutBody cut;
    std::string& body = cut.bytes;
    // The size is only believed as far as memory goes that is there anyway.
    body.reserve(static_cast<std::size_t>(std::min<std::int64_t>(size, std::int64_t{64} << 20)));
    for (const PromptEntry& entry : **entries) {
        if (entry.isPart) {
            const auto bytes = m_parts.readUnchecked(entry.part);
            if (!bytes) return asDamage(turn, bytes.error());
            const std::size_t begin = body.size();
            if (entry.isBase64) {
                appendBase64(body, *bytes);
            } else {
                body += *bytes;
            }
            cut.parts.push_back({begin, body.size() - begin});
        } else {
            body += entry.literal;
        }
        if (body.size() > static_cast<std::size_t>(size)) return damaged(turn, "more bytes than were sent");
    }
    if (digest::sha256(body) != *recorded) return damaged(turn, "its bytes do not have the recorded SHA-256");
    return cut;
}

Result<std::vector<PartId>> PromptStore::partsOf(TurnId turn) {
    const auto entries = entriesOf(turn);
    if (!entries) return entries.error();
    std::vector<PartId> parts;
    for (const PromptEntry& entry : **entries) {
        if (entry.isPart) parts.push_back(entry.part);
    }
    return parts;
}

Status PromptStore::rebase(TurnId turn, std::span<const TurnId> bases) {
    const auto entries = stampedEntriesOf(turn);
    if (!entries) return entries.error();
    PreparedPrompt prompt;
    prompt.entries = **entries;
    Entries baseEntries;
    if (auto chosen = chooseBase(prompt, bases, baseEntries); !chosen) return chosen;
    // Those that are compressed with this recipe as their prefix, read while they still can be.
    const auto dependents = m_recipes.packedOn(turn);
    if (!dependents) return dependents.error();
    // Rows go and come back while others may have them as their base.
    if (auto deferred = m_database.execute("PRAGMA defer_foreign_keys = ON"); !deferred) return deferred;
    const std::size_t ownCount = prompt.entries.size() - prompt.shared.head - prompt.shared.tail;
    const auto own = std::span(prompt.entries).subspan(prompt.shared.head, ownCount);
    if (auto done = m_recipes.rewrite(turn, prompt.base, prompt.shared, own); !done) return done;
    for (const Recipe& dependent : *dependents) {
        if (auto done = m_recipes.rewrite(dependent.turn, dependent.base, dependent.shared, dependent.own); !done) {
            return done;
        }
        if (auto sealed = sealRow(m_database, Sealed::turn, dependent.turn.value); !sealed) return sealed;
    }
    return {};
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
