#include "storage/search/store_texts.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "storage/search/checksum.h"
#include "storage/search/part_text.h"
#include "storage/store_file.h"

namespace turntable::search {

using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::Status;

namespace {

// So many texts of a screen are looked for in all of the turn's text when they do not stand where they are expected.
constexpr int kLongLooks = 200;

bool isDamage(const Error& error) { return error.code == ErrorCode::corrupt || error.code == ErrorCode::notFound; }

StoredText storedText(Kind kind, std::optional<PartId> part, std::string bytes) {
    StoredText stored;
    stored.kind = kind;
    stored.part = part;
    stored.bytes = std::move(bytes);
    Text text = kind == Kind::reply    ? replyText(stored.bytes)
                : kind == Kind::screen ? screenText(stored.bytes)
                : kind == Kind::file   ? fileText(stored.bytes)
                                       : promptText(stored.bytes);
    stored.ranges = std::move(text.ranges);
    stored.escapes = text.escapes;
    return stored;
}

StoredText shortPieces(const std::vector<storage::PromptEntry>& entries) {
    StoredText stored;
    for (const auto& entry : entries) {
        if (entry.isPart || entry.literal.empty()) continue;
        const std::size_t begin = stored.bytes.size();
        stored.bytes += entry.literal;
        stored.ranges.push_back({begin, stored.bytes.size(), false});
    }
    return stored;
}

/// Says whether texts that come in the order of a document stand in it.
class Covered {
public:
    explicit Covered(std::string text) : m_text(std::move(text)) {}
    bool has(std::string_view folded) {
        auto found = m_text.find(folded, m_at);
        if (found == std::string::npos && m_longLooks > 0) {
            --m_longLooks;
            found = m_text.find(folded);
        }
        if (found == std::string::npos) return false;
        m_at = found;
        return true;
    }

private:
    std::string m_text;
    std::size_t m_at = 0;
    int m_longLooks = kLongLooks;
};

std::string foldedRange(const StoredText& stored, const TextRange& range) {
    return foldedText({stored.bytes, {{range.begin, range.end, false}}, stored.escapes});
}

}  // namespace

Result<std::unique_ptr<StoreTexts>> StoreTexts::open(const std::filesystem::path& path) {
    auto database = storage::openStoreForReading(path);
    if (!database) return database.error();
    std::unique_ptr<StoreTexts> texts(new StoreTexts(std::move(*database)));
    const auto version = texts->m_database.integer("PRAGMA user_version");
    if (!version) return version.error();
    texts->m_sealed = *version >= 2;
    auto salt = storage::readSalt(texts->m_database);
    if (!salt) return salt.error();
    texts->m_salt = *std::move(salt);
    return texts;
}

Result<std::vector<TurnStamp>> StoreTexts::turns() {
    // A store of version 1 that has not been brought up to date cannot be written, so what it has does not change.
    auto select = m_database.prepare(m_sealed ? "SELECT id, session_id, number, status, seal FROM turn ORDER BY id"
                                              : "SELECT id, session_id, number, status, 0 FROM turn ORDER BY id");
    if (!select) return select.error();
    std::vector<TurnStamp> turns;
    for (;;) {
        const auto row = select->step();
        if (!row) return row.error();
        if (!*row) return turns;
        const auto status = static_cast<std::uint64_t>(select->integer(3));
        const auto seal = static_cast<std::uint64_t>(select->integer(4));
        turns.push_back({select->integer(0), select->integer(1), select->integer(2), scramble(seal ^ (status << 56))});
    }
}

Status StoreTexts::addPart(Kind kind, std::int64_t part, TurnTexts& texts) {
    const auto isSame = [&](const StoredText& each) { return each.kind == kind && each.part == PartId{part}; };
    if (std::any_of(texts.texts.begin(), texts.texts.end(), isSame)) return {};
    auto bytes = m_parts.read(PartId{part});
    if (!bytes) {
        if (!isDamage(bytes.error())) return bytes.error();
        ++texts.unreadable;
        return {};
    }
    auto stored = storedText(kind, PartId{part}, std::move(*bytes));
    if (!stored.ranges.empty()) texts.texts.push_back(std::move(stored));
    return {};
}

Status StoreTexts::addRequest(std::int64_t turn, TurnTexts& texts) {
    const auto entries = m_prompts.ownEntries({turn});
    if (!entries) {
        if (!isDamage(entries.error())) return entries.error();
        ++texts.unreadable;
        return {};
    }
    for (const auto& entry : *entries) {
        if (!entry.isPart) continue;
        if (auto added = addPart(Kind::prompt, entry.part.value, texts); !added) return added;
    }
    auto pieces = shortPieces(*entries);
    if (!pieces.ranges.empty()) texts.texts.push_back(std::move(pieces));
    return {};
}

Status StoreTexts::addReply(std::int64_t turn, TurnTexts& texts) {
    auto select = m_database.prepare("SELECT body_part FROM response WHERE turn_id = ?1 AND body_part IS NOT NULL");
    if (!select) return select.error();
    const auto row = select->bind(1, turn).step();
    if (!row) return row.error();
    if (!*row) return {};
    return addPart(Kind::reply, select->integer(0), texts);
}

Status StoreTexts::addFiles(std::int64_t turn, TurnTexts& texts) {
    auto select = m_database.prepare("SELECT part_id FROM turn_file WHERE turn_id = ?1 ORDER BY position");
    if (!select) return select.error();
    select->bind(1, turn);
    for (;;) {
        const auto row = select->step();
        if (!row) return row.error();
        if (!*row) return {};
        if (auto added = addPart(Kind::file, select->integer(0), texts); !added) return added;
    }
}

Result<std::optional<std::int64_t>> StoreTexts::screenOf(std::int64_t turn) {
    auto select = m_database.prepare("SELECT screen_id FROM turn WHERE id = ?1");
    if (!select) return select.error();
    const auto row = select->bind(1, turn).step();
    if (!row) return row.error();
    if (!*row) return std::optional<std::int64_t>();
    return select->maybeInteger(0);
}

Result<std::optional<std::int64_t>> StoreTexts::screenBefore(const TurnStamp& turn) {
    auto select = m_database.prepare(
        "SELECT screen_id FROM turn WHERE session_id = ?1 AND number < ?2 AND screen_id IS NOT NULL "
        "ORDER BY number DESC LIMIT 1");
    if (!select) return select.error();
    const auto row = select->bind(1, turn.session).bind(2, turn.number).step();
    if (!row) return row.error();
    if (!*row) return std::optional<std::int64_t>();
    return select->maybeInteger(0);
}

Status StoreTexts::addScreen(const TurnStamp& turn, TurnTexts& texts) {
    const auto screen = screenOf(turn.turn);
    if (!screen) return screen.error();
    if (!*screen) return {};
    const auto before = screenBefore(turn);
    if (!before) return before.error();
    if (*before == *screen) return {};
    TurnTexts read;
    if (auto added = addPart(Kind::screen, **screen, read); !added) return added;
    if (*before) {
        if (auto added = addPart(Kind::screen, **before, read); !added) return added;
    }
    texts.unreadable += read.unreadable;
    if (read.texts.empty() || read.texts.front().part != PartId{**screen}) return {};
    std::unordered_set<std::string> known;
    if (read.texts.size() > 1) {
        for (const TextRange& range : read.texts[1].ranges) known.insert(foldedRange(read.texts[1], range));
    }
    std::string own;
    for (const StoredText& stored : texts.texts) {
        if (stored.kind == Kind::reply) continue;
        own += foldedText(stored.text());
        appendCharacter(own, kBorder);
    }
    Covered covered(std::move(own));
    StoredText& stored = read.texts.front();
    const auto stands = [&](const TextRange& range) {
        auto folded = foldedRange(stored, range);
        if (folded == " " || covered.has(folded)) return true;
        return !known.insert(std::move(folded)).second;
    };
    stored.ranges.erase(std::remove_if(stored.ranges.begin(), stored.ranges.end(), stands), stored.ranges.end());
    if (!stored.ranges.empty()) texts.texts.push_back(std::move(stored));
    return {};
}

Result<TurnTexts> StoreTexts::textsOf(const TurnStamp& turn) {
    TurnTexts texts;
    if (auto added = addRequest(turn.turn, texts); !added) return added.error();
    if (auto added = addReply(turn.turn, texts); !added) return added.error();
    if (auto added = addFiles(turn.turn, texts); !added) return added.error();
    if (auto added = addScreen(turn, texts); !added) return added.error();
    return texts;
}

Result<StoredText> StoreTexts::textOf(Kind kind, std::optional<PartId> part, std::int64_t turn) {
    if (part) {
        auto bytes = m_parts.read(*part);
        if (!bytes) return bytes.error();
        return storedText(kind, part, std::move(*bytes));
    }
    const auto entries = m_prompts.ownEntries({turn});
    if (!entries) return entries.error();
    return shortPieces(*entries);
}

Result<std::optional<std::int64_t>> StoreTexts::inRequest(std::int64_t turn, const StoredText& pieces,
                                                          std::size_t offset) {
    const auto range = std::find_if(pieces.ranges.begin(), pieces.ranges.end(),
                                    [offset](const TextRange& each) { return offset < each.end; });
    const auto body = m_prompts.read({turn});
    if (!body) {
        if (isDamage(body.error())) return std::optional<std::int64_t>();
        return body.error();
    }
    if (range == pieces.ranges.end()) return std::optional<std::int64_t>();
    // What is new in a prompt stands near its end.
    const auto piece = std::string_view(pieces.bytes).substr(range->begin, range->end - range->begin);
    const auto found = body->rfind(piece);
    if (found == std::string::npos) return std::optional<std::int64_t>();
    return std::optional(static_cast<std::int64_t>(found + (offset - range->begin)));
}

Result<std::map<std::int64_t, StoreTexts::SessionLine>> StoreTexts::sessions() {
    auto select = m_database.prepare("SELECT id, started_ns, name FROM session");
    if (!select) return select.error();
    std::map<std::int64_t, SessionLine> sessions;
    for (;;) {
        const auto row = select->step();
        if (!row) return row.error();
        if (!*row) return sessions;
        sessions[select->integer(0)] = {select->integer(1), select->text(2)};
    }
}

Result<bool> StoreTexts::hasTurn(std::int64_t turn) {
    auto select = m_database.prepare("SELECT 1 FROM turn WHERE id = ?1");
    if (!select) return select.error();
    return select->bind(1, turn).step();
}

}  // namespace turntable::search
