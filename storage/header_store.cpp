#include "storage/header_store.h"

#include <utility>

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::PartId;
using support::Result;

namespace {

constexpr int kLevel = 9;
// A change that is longer than this part of the whole is none.
constexpr std::size_t kWorthwhileShare = 3;

}  // namespace

Result<PreparedHeaders> HeaderStore::prepare(std::string_view text, std::optional<PartId> resembled) {
    PreparedHeaders headers;
    headers.text = text;
    if (text.empty()) return headers;
    if (resembled) {
        // Earlier headers that cannot be read are a reason to store these whole, not to lose them.
        const auto base = m_parts.read(*resembled);
        if (base && *base == text) {
            headers.changed.part = resembled;
            return headers;
        }
        auto change = base ? m_zstandard.compress(text, kLevel, *base) : Result<std::string>(std::string(text));
        if (!change) return change.error();
        if (change->size() * kWorthwhileShare <= text.size()) {
            headers.changed = {resembled, std::move(*change)};
            return headers;
        }
    }
    auto part = m_parts.prepare(headers.text, PartKind::headers);
    if (!part) return part.error();
    headers.part = std::move(*part);
    return headers;
}

Result<StoredHeaders> HeaderStore::put(PreparedHeaders& headers) {
    if (headers.text.empty()) return StoredHeaders{};
    if (headers.changed.part) {
        const auto there = m_parts.stamp(*headers.changed.part);
        if (there) return headers.changed;
        if (there.error().code != ErrorCode::notFound) return there.error();
        // Deleted by another process in the meantime.
        auto part = m_parts.prepare(headers.text, PartKind::headers);
        if (!part) return part.error();
        headers.part = std::move(*part);
    }
    // The text may have moved since the part was prepared.
    headers.part->bytes = headers.text;
    const auto id = m_parts.put(*headers.part);
    if (!id) return id.error();
    return StoredHeaders{*id, std::nullopt};
}

Result<std::string> HeaderStore::read(const StoredHeaders& headers) {
    if (!headers.part) return std::string();
    auto base = m_parts.read(*headers.part);
    if (!base || !headers.change) return base;
    return m_zstandard.decompress(*headers.change, kMaxBytes, *base);
}

Result<std::string> HeaderStore::readOf(sqlite::Database& database, Side side, support::TurnId turn) {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    const std::string change = *version < 2 ? "NULL" : "headers";
    const std::string table = side == Side::request ? "request" : "response";
    auto select = database.prepare("SELECT headers_part, " + change + " FROM " + table + " WHERE turn_id = ?1");
    if (!select) return select.error();
    const auto found = select->bind(1, turn.value).step();
    if (!found) return found.error();
    if (!*found) return std::string();
    StoredHeaders stored;
    if (const auto part = select->maybeInteger(0)) stored.part = PartId{*part};
    if (!select->isNull(1)) stored.change = select->blob(1);
    return read(stored);
}

}  // namespace turntable::storage
