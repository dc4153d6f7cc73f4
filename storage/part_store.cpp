#include "storage/part_store.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "storage/byte_codec.h"
#include "storage/sqlite/transaction.h"

namespace turntable::storage {

using digest::Sha256;
using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;
using support::Status;

namespace {

// Levels by size: what is stored once may cost a few milliseconds a turn beside the agent's path, not a second.
constexpr int kBestLevel = 19;
constexpr int kGoodLevel = 13;
constexpr int kFastLevel = 3;
constexpr std::size_t kBestUpToBytes = std::size_t{64} << 10;
constexpr std::size_t kGoodUpToBytes = std::size_t{1} << 20;
// Below, a zstd frame is hardly ever smaller than the text.
constexpr std::size_t kMinPackedBytes = 48;
constexpr std::size_t kMaxRecentBytes = std::size_t{6} << 20;
constexpr std::size_t kMaxRecentParts = 64;
constexpr std::int64_t kNoCodec = 3;  // between those of PartCodec

Error damaged(std::int64_t id, const std::string& what) {
    return {ErrorCode::corrupt, "part " + std::to_string(id) + ": " + what};
}

bool isBased(PartCodec codec) { return codec != PartCodec::plain && codec != PartCodec::zstd; }

// What parts that build on `bytes` may repeat; `before`: the history of its base.
History historyOf(std::string_view before, std::string_view bytes) {
    auto history = std::make_shared<std::string>();
    const std::size_t room = PartStore::kHistoryBytes - std::min(PartStore::kHistoryBytes, bytes.size());
    const std::string_view kept = before.substr(before.size() - std::min(before.size(), room));
    history->reserve(kept.size() + bytes.size());
    history->append(kept).append(bytes);
    return history;
}

}  // namespace

std::optional<Sha256> digestFrom(std::string_view column) {
    Sha256 sha256{};
    if (column.size() != sha256.size()) return std::nullopt;
    std::memcpy(sha256.data(), column.data(), sha256.size());
    return sha256;
}

std::string_view bytesOf(const Sha256& sha256) { return {reinterpret_cast<const char*>(sha256.data()), sha256.size()}; }

Result<PreparedPart> PartStore::prepare(std::string_view bytes, PartKind kind, std::span<const PartId> similar) {
    return prepare(bytes, digest::sha256(bytes), kind, similar);
}

Result<PreparedPart> PartStore::prepare(std::string_view bytes, PartKind kind, std::optional<PartId> similar) {
    if (!similar) return prepare(bytes, kind);
    return prepare(bytes, kind, std::span(&*similar, 1));
}

Result<PreparedPart> PartStore::prepare(std::string_view bytes, const Sha256& sha256, PartKind kind,
                                        std::span<const PartId> similar, const PreparedPart* sibling) {
    if (bytes.size() > kMaxPartBytes) {
        return Error{ErrorCode::limitExceeded, "cannot store " + std::to_string(bytes.size()) +
                                                   " bytes in one piece; " + std::to_string(kMaxPartBytes) +
                                                   " is the limit"};
    }
    PreparedPart part;
    part.bytes = bytes;
    part.sha256 = sha256;
    part.kind = kind;
    const auto known = find(sha256);
    if (!known) return known.error();
    part.known = *known;
    if (part.known) return part;
    if (auto packed = pack(part, similar, sibling); !packed) return packed.error();
    return part;
}

int PartStore::levelFor(const PreparedPart& part) const {
    // Images and the like are compressed already; the quickest level finds out.
    if (m_effort == Effort::quick || part.kind == PartKind::binary) return kFastLevel;
    if (part.bytes.size() <= kBestUpToBytes) return kBestLevel;
    return part.bytes.size() <= kGoodUpToBytes ? kGoodLevel : kFastLevel;
}

Status PartStore::pack(PreparedPart& part, std::span<const PartId> similar, const PreparedPart* sibling) {
    part.codec = PartCodec::plain;
    part.base.reset();
    part.baseForm.reset();
    part.onSibling = false;
    part.history.reset();
    part.text = nullptr;
    part.textBase.reset();
    part.depth = 0;
    part.content = part.bytes;
    if (part.bytes.size() < kMinPackedBytes) return {};
    const bool mayBuild = part.bytes.size() >= kMinBasedBytes && part.bytes.size() <= kMaxBasedBytes;
    auto base = mayBuild ? bestBase(part, similar) : std::nullopt;
    const bool onSibling = mayBuild && !base && sibling != nullptr && sibling->history && sibling->depth < kMaxDepth;
    if (onSibling) {
        base = Recent();
        base->depth = sibling->depth;
        base->size = sibling->bytes.size();
        base->history = sibling->history;
    }
    if (base) {
        if (auto packed = packOnBase(part, *base); !packed) return packed;
    }
    // Where the base helps a lot there is no need to find out how much worse it would be alone.
    if (!part.base || part.content.size() >= part.bytes.size() / 8) {
        if (auto packed = packAlone(part); !packed) return packed;
    }
    part.onSibling = onSibling && part.base;
    if (mayBuild && part.bytes.size() <= kHistoryBytes)
        part.history = historyOf(part.base ? std::string_view(*base->history) : "", part.bytes);
    return {};
}

Status PartStore::packAlone(PreparedPart& part) {
    auto packed = m_zstandard.compress(part.bytes, levelFor(part));
    if (!packed) return packed.error();
    // The chain costs time on every read: it has to be worth an eighth at least.
    const std::size_t alone = packed->size();
    if (alone >= part.bytes.size() || (part.base && part.content.size() < alone - alone / 8)) return {};
    part.codec = PartCodec::zstd;
    part.base.reset();
    part.baseForm.reset();
    part.depth = 0;
    part.content = std::move(*packed);
    return {};
}

// A base that cannot be read is a reason to store the part whole, not to lose it.
std::optional<PartStore::Recent> PartStore::usableBase(PartId id) {
    auto base = load(id.value);
    if (!base || base->depth >= kMaxDepth || base->size == 0 || base->size > kMaxBasedBytes) return {};
    const auto recorded = stamp(id);
    if (!recorded || recorded->sha256 != digest::sha256(base->bytes())) return {};
    return std::move(*base);
}

// Of several candidates the one that a quick try makes smallest.
std::optional<PartStore::Recent> PartStore::bestBase(const PreparedPart& part, std::span<const PartId> similar) {
    std::optional<Recent> best;
    std::size_t bestSize = std::numeric_limits<std::size_t>::max();
    const std::size_t tries = m_effort == Effort::quick ? 1 : similar.size();
    for (const PartId id : similar.subspan(0, std::min(tries, similar.size()))) {
        auto base = usableBase(id);
        if (!base) continue;
        std::size_t size = 0;
        if (tries > 1) {
            const auto packed = m_zstandard.compress(part.bytes, kFastLevel, base->bytes());
            if (!packed) continue;
            size = packed->size();
        }
        if (size >= bestSize) continue;
        bestSize = size;
        best = std::move(base);
    }
    return best;
}

Status PartStore::packOnBase(PreparedPart& part, const Recent& base) {
    auto packed = m_zstandard.compress(part.bytes, levelFor(part), *base.history);
    if (!packed) return packed.error();
    if (packed->size() >= part.bytes.size()) return {};
    part.codec = PartCodec::zstdWithHistory;
    part.base = PartId{base.id};
    if (base.id != 0) part.baseForm = base.form;
    part.depth = base.depth + 1;
    part.content = std::move(*packed);
    return {};
}

Result<PartId> PartStore::put(PreparedPart& part, std::optional<PartId> sibling) {
    part.asPlanned = false;
    // Somebody else may have stored or deleted it since it was prepared.
    const auto found = find(part.sha256);
    if (!found) return found.error();
    part.stored = *found;
    if (*found) return **found;
    if (part.onSibling) part.base = sibling;
    const auto isPlaced = placeOnBase(part);
    if (!isPlaced) return isPlaced.error();
    if (part.known || !*isPlaced) {
        if (auto packed = pack(part, {}); !packed) return packed.error();
        // What was packed on it would not find there what it repeats.
        part.history.reset();
    }
    auto insert = m_database.prepare(
        "INSERT INTO part(sha256, kind, size, codec, base_id, depth, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!insert) return insert.error();
    insert->bindBlob(1, bytesOf(part.sha256))
        .bind(2, static_cast<std::int64_t>(part.kind))
        .bind(3, static_cast<std::int64_t>(part.bytes.size()))
        .bind(4, static_cast<std::int64_t>(part.codec))
        .bind(5, part.base ? std::optional(part.base->value) : std::nullopt)
        .bind(6, part.depth)
        .bindBlob(7, part.content);
    if (auto done = insert->run(); !done) return done.error();
    part.asPlanned = part.history != nullptr;
    if (part.bytes.size() <= kMaxSmallBytes) m_looseBytes += part.bytes.size();
    part.stored = PartId{m_database.lastInsertId()};
    return *part.stored;
}

// False: what it was packed on is not there (any more), or has another history now.
Result<bool> PartStore::placeOnBase(PreparedPart& part) {
    if (!part.base) return !part.onSibling;
    auto select = m_database.prepare("SELECT depth, base_id, codec FROM part WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, part.base->value).step();
    if (!found) return found.error();
    if (!*found || select->integer(0) >= kMaxDepth) return false;
    if (part.textBase && select->maybeInteger(1) != part.textBase->value) return false;
    if (part.baseForm && part.baseForm != PartForm{select->integer(2), select->maybeInteger(1)}) return false;
    // The text of a screen may have been stored by somebody else, on another base.
    part.depth = std::max(part.depth, select->integer(0) + 1);
    return true;
}

Result<std::optional<PartId>> PartStore::find(const Sha256& sha256) {
    auto select =
        m_database.prepare("SELECT id FROM part WHERE substr(sha256, 1, 8) = ?1 AND sha256 = ?2 AND kind <> 6");
    if (!select) return select.error();
    const auto bytes = bytesOf(sha256);
    const auto row = select->bindBlob(1, bytes.substr(0, 8)).bindBlob(2, bytes).step();
    if (!row) return row.error();
    if (!*row) return std::optional<PartId>();
    return std::optional(PartId{select->integer(0)});
}

Result<PartStore::Row> PartStore::row(std::int64_t id) {
    auto select = m_database.prepare("SELECT size, codec, base_id, depth, content FROM part WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id).step();
    if (!found) return found.error();
    if (!*found) return Error{ErrorCode::notFound, "part " + std::to_string(id) + " is not in the store"};
    const std::int64_t size = select->integer(0);
    const std::int64_t codec = select->integer(1);
    if (size < 0 || size > static_cast<std::int64_t>(kMaxPartBytes)) return damaged(id, "impossible size");
    constexpr auto kNewest = static_cast<std::int64_t>(PartCodec::slice);
    if (codec > kNewest) {
        return damaged(id, "its codec is " + std::to_string(codec) + ", this program knows up to " +
                               std::to_string(kNewest) + ": a newer one wrote it, or it is damaged");
    }
    if (codec < 0 || codec == kNoCodec) return damaged(id, "unknown codec");
    return Row{id,
               static_cast<std::size_t>(size),
               static_cast<PartCodec>(codec),
               select->maybeInteger(2),
               select->integer(3),
               std::string(select->blob(4))};
}

Result<std::string> PartStore::unpack(const Row& row, std::string_view base) {
    if (row.codec == PartCodec::plain) {
        if (row.content.size() != row.size) return damaged(row.id, "content has another size than recorded");
        return row.content;
    }
    auto bytes = m_zstandard.decompress(row.content, row.size, base);
    if (!bytes) return damaged(row.id, bytes.error().message);
    if (bytes->size() != row.size) return damaged(row.id, "content has another size than recorded");
    return bytes;
}

std::string PartStore::sliceContent(std::size_t offset) {
    ByteWriter writer;
    writer.varint(offset);
    return writer.take();
}

Result<PartStore::Recent> PartStore::cut(const Row& row, const Recent& pack) {
    ByteReader reader(row.content);
    const std::uint64_t offset = reader.varint();
    const std::string_view bytes = pack.bytes();
    if (!reader.ok() || reader.left() != 0 || offset > bytes.size() || row.size > bytes.size() - offset) {
        return damaged(row.id, "it does not lie inside its pack, part " + std::to_string(pack.id));
    }
    Recent slice;
    const std::size_t end = static_cast<std::size_t>(offset) + row.size;
    const std::size_t size = std::min(end, std::max(row.size, kHistoryBytes));
    slice.history = std::make_shared<const std::string>(bytes.substr(end - size, size));
    return slice;
}

// One moment of the store for the whole chain: another process may pack its parts anew meanwhile.
Result<PartStore::Recent> PartStore::load(std::int64_t id) {
    if (m_database.inTransaction()) return loadChain(id);
    const auto moment = sqlite::Transaction::begin(m_database, sqlite::Transaction::Kind::read);
    if (!moment) return moment.error();
    return loadChain(id);
}

// A part that was read lately, unless it is stored in another way by now.
Result<const PartStore::Recent*> PartStore::recall(std::int64_t id, std::int64_t moment) {
    const auto cached =
        std::find_if(m_recent.begin(), m_recent.end(), [id](const Recent& recent) { return recent.id == id; });
    if (cached == m_recent.end()) return static_cast<const Recent*>(nullptr);
    if (cached->moment != moment) {
        auto select = m_database.prepare("SELECT codec, base_id FROM part WHERE id = ?1");
        if (!select) return select.error();
        const auto found = select->bind(1, id).step();
        if (!found) return found.error();
        if (!*found || cached->form != PartForm{select->integer(0), select->maybeInteger(1)}) {
            m_recentBytes -= cached->history->size();
            m_recent.erase(cached);
            return static_cast<const Recent*>(nullptr);
        }
        cached->moment = moment;
    }
    m_recent.splice(m_recent.begin(), m_recent, cached);
    return &m_recent.front();
}

// Follows the bases down to one that stands alone, or that was read lately, and builds back up. Depths strictly shrink,
// so that a damaged chain ends.
Result<PartStore::Recent> PartStore::loadChain(std::int64_t id) {
    const auto moment = m_database.integer("PRAGMA data_version");
    if (!moment) return moment.error();
    std::vector<Row> chain;
    Recent current;
    for (std::int64_t next = id;;) {
        const auto known = recall(next, *moment);
        if (!known) return known.error();
        if (*known != nullptr) {
            current = **known;
            break;
        }
        auto found = row(next);
        if (!found) {
            if (chain.empty()) return found.error();
            return damaged(id, "its base is missing: " + found.error().message);
        }
        const bool based = isBased(found->codec);
        if (based != found->base.has_value()) return damaged(next, "codec and base do not agree");
        if (!chain.empty() && found->depth >= chain.back().depth) return damaged(next, "circular bases");
        chain.push_back(std::move(*found));
        if (!based) break;
        next = *chain.back().base;
    }
    for (; !chain.empty(); chain.pop_back()) {
        auto built = build(chain.back(), current);
        if (!built) return built;
        current = std::move(*built);
        current.moment = *moment;
        // A pack is read for many of its slices, one after the other.
        const bool isPack = chain.size() > 1 && chain[chain.size() - 2].codec == PartCodec::slice;
        if (isPack || chain.size() == 1) remember(current);
    }
    return current;
}

Result<PartStore::Recent> PartStore::build(const Row& row, const Recent& base) {
    Recent part;
    if (row.codec == PartCodec::slice) {
        auto slice = cut(row, base);
        if (!slice) return slice;
        part = std::move(*slice);
    } else {
        std::string_view before;
        if (row.codec == PartCodec::zstdWithHistory) before = *base.history;
        if (row.codec == PartCodec::zstdWithBase) before = base.bytes();
        auto bytes = row.codec == PartCodec::screenOverText ? unpackOverText(row, base.bytes()) : unpack(row, before);
        if (!bytes) return bytes.error();
        const bool isAlone = !isBased(row.codec) || bytes->size() >= kHistoryBytes;
        part.history =
            isAlone ? std::make_shared<const std::string>(std::move(*bytes)) : historyOf(*base.history, *bytes);
    }
    part.id = row.id;
    part.depth = row.depth;
    part.size = row.size;
    part.form = {static_cast<std::int64_t>(row.codec), row.base};
    return part;
}

void PartStore::remember(Recent recent) {
    if (recent.size > kMaxBasedBytes) return;
    if (!m_recent.empty() && m_recent.front().id == recent.id) return;
    m_recentBytes += recent.history->size();
    m_recent.push_front(std::move(recent));
    while (m_recentBytes > kMaxRecentBytes || m_recent.size() > kMaxRecentParts) {
        m_recentBytes -= m_recent.back().history->size();
        m_recent.pop_back();
    }
}

void PartStore::forget() {
    m_recent.clear();
    m_recentBytes = 0;
    m_looseBytes = 0;
}

Result<std::string> PartStore::readUnchecked(PartId id) {
    const auto part = load(id.value);
    if (!part) return part.error();
    return std::string(part->bytes());
}

Result<std::string> PartStore::read(PartId id) {
    auto bytes = readUnchecked(id);
    if (!bytes) return bytes;
    const auto recorded = stamp(id);
    if (!recorded) return recorded.error();
    if (digest::sha256(*bytes) != recorded->sha256) return damaged(id.value, "bytes do not have the recorded SHA-256");
    return bytes;
}

Result<PartStore::Stamp> PartStore::stamp(PartId id) {
    auto select = m_database.prepare("SELECT sha256, size FROM part WHERE id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, id.value).step();
    if (!found) return found.error();
    if (!*found) return Error{ErrorCode::notFound, "part " + std::to_string(id.value) + " is not in the store"};
    const auto sha256 = digestFrom(select->blob(0));
    if (!sha256) return damaged(id.value, "its SHA-256 is not 32 bytes");
    return Stamp{*sha256, static_cast<std::size_t>(select->integer(1))};
}

}  // namespace turntable::storage
