#include "storage/screen_texts.h"

#include <algorithm>
#include <utility>

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::TurnId;

namespace {

// A whole tree is written in at least half as many bytes as it is stored in, what has changed in it in fewer. Of short
// changes the difference from the previous screen is as small.
constexpr std::size_t kLeastShare = 16;
// New parts of a prompt that are looked at, from its end back.
constexpr std::size_t kMaxNewParts = 64;

// A request that is damaged must not keep its screen out of the store.
bool isDamage(const Error& error) { return error.code == ErrorCode::corrupt || error.code == ErrorCode::notFound; }

struct Candidate {
    ScreenText text;
    std::size_t size = 0;
};

bool mayHold(std::size_t textBytes, std::size_t screenBytes) {
    return textBytes >= screenBytes / kLeastShare && textBytes <= PartStore::kMaxBasedBytes;
}

std::vector<ScreenText> longestFirst(std::vector<ScreenText> files, std::vector<Candidate> pieces) {
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Candidate& left, const Candidate& right) { return left.size > right.size; });
    for (const Candidate& piece : pieces) files.push_back(piece.text);
    return files;
}

Result<std::vector<ScreenText>> filesOf(sqlite::Database& database, TurnId turn, std::size_t screenBytes) {
    std::vector<ScreenText> files;
    auto select = database.prepare(
        "SELECT part.id, part.size FROM turn_file JOIN part ON part.id = turn_file.part_id "
        "WHERE turn_file.turn_id = ?1 ORDER BY turn_file.position DESC");
    if (!select) return select.error();
    select->bind(1, turn.value);
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return files;
        if (!mayHold(static_cast<std::size_t>(select->integer(1)), screenBytes)) continue;
        files.push_back({PartId{select->integer(0)}, nullptr});
    }
}

}  // namespace

Result<std::vector<ScreenText>> textsOfTurn(sqlite::Database& database, PartStore& parts, PromptStore& prompts,
                                            TurnId turn, std::size_t screenBytes) {
    auto files = filesOf(database, turn, screenBytes);
    if (!files) return files;
    const auto entries = prompts.ownEntries(turn);
    if (!entries && isDamage(entries.error())) return files;
    if (!entries) return entries.error();
    std::vector<Candidate> pieces;
    std::size_t seen = 0;
    for (auto entry = entries->rbegin(); entry != entries->rend() && seen < kMaxNewParts; ++entry) {
        if (!entry->isPart || entry->isBase64) continue;
        ++seen;
        const auto stamp = parts.stamp(entry->part);
        if (!stamp && isDamage(stamp.error())) continue;
        if (!stamp) return stamp.error();
        if (mayHold(stamp->size, screenBytes)) pieces.push_back({{entry->part, nullptr}, stamp->size});
    }
    return longestFirst(std::move(*files), std::move(pieces));
}

std::vector<ScreenText> textsOfNewTurn(const PreparedPrompt& prompt, std::span<const PreparedPart> files,
                                       std::size_t screenBytes) {
    std::vector<ScreenText> linked;
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        if (mayHold(file->bytes.size(), screenBytes)) linked.push_back({std::nullopt, &*file});
    }
    std::vector<Candidate> pieces;
    std::size_t seen = 0;
    for (auto part = prompt.parts.rbegin(); part != prompt.parts.rend() && seen < kMaxNewParts; ++part) {
        if (part->kind != PartKind::prompt) continue;
        ++seen;
        if (mayHold(part->bytes.size(), screenBytes)) pieces.push_back({{std::nullopt, &*part}, part->bytes.size()});
    }
    return longestFirst(std::move(linked), std::move(pieces));
}

}  // namespace turntable::storage
