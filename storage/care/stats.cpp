#include "storage/care/stats.h"

#include <algorithm>
#include <utility>

#include "storage/care/part_uses.h"
#include "storage/session_rows.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"

namespace turntable::care {

using model::Session;
using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::SessionId;
using support::Status;

namespace {

constexpr std::size_t kLargestShown = 10;

template <typename Visit>
Status visitRows(Database& database, std::string_view sql, Visit visit) {
    auto select = database.prepare(sql);
    if (!select) return select.error();
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return {};
        visit(*select);
    }
}

Status readTotals(Database& database, StoreStats& stats) {
    return visitRows(database,
                     "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM turn), "
                     "(SELECT coalesce(sum(size), 0) FROM request), "
                     "(SELECT coalesce(sum(length(entries)), 0) FROM request), "
                     "(SELECT coalesce(sum(response_bytes), 0) FROM turn), "
                     "(SELECT coalesce(sum(length(arrivals)), 0) FROM response), "
                     "page_count * page_size, freelist_count * page_size "
                     "FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
                     [&](const Statement& row) {
                         stats.sessions = row.integer(0);
                         stats.turns = row.integer(1);
                         stats.sentBytes = row.integer(2);
                         stats.recipeBytes = row.integer(3);
                         stats.receivedBytes = row.integer(4);
                         stats.arrivalBytes = row.integer(5);
                         stats.fileBytes = row.integer(6);
                         stats.freeBytes = row.integer(7);
                     });
}

Status readKinds(Database& database, StoreStats& stats) {
    // Of a pack each of its parts has its share, by their sizes.
    return visitRows(database,
                     "SELECT part.kind, count(*), sum(part.size), sum(length(part.content) + CASE WHEN part.codec = 6 "
                     "THEN length(pack.content) * part.size / max(pack.size, 1) ELSE 0 END) FROM part NOT INDEXED LEFT "
                     "JOIN part AS pack ON pack.id = part.base_id WHERE part.kind <> 6 GROUP BY part.kind",
                     [&](const Statement& row) {
                         const std::int64_t kind = row.integer(0);
                         if (kind < 0 || kind >= static_cast<std::int64_t>(stats.kinds.size())) return;
                         stats.kinds[static_cast<std::size_t>(kind)] = {row.integer(1), row.integer(2), row.integer(3)};
                     });
}

// SQLite tells the pages of each table only when it was built with `dbstat`.
void readTables(Database& database, StoreStats& stats) {
    std::vector<StoreStats::Table> tables;
    const auto read = visitRows(database, "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC, 1",
                                [&](const Statement& row) {
                                    tables.push_back({row.text(0), row.integer(1)});
                                });
    if (read) stats.tables = std::move(tables);
}

std::vector<StoreStats::Table> filesBeside(const std::filesystem::path& store) {
    std::vector<StoreStats::Table> files;
    const std::string prefix = store.filename().string() + "-";
    const auto folder = store.has_parent_path() ? store.parent_path() : std::filesystem::path(".");
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        const auto bytes = name.starts_with(prefix) ? entry->file_size(ignored) : 0;
        if (name.starts_with(prefix) && !ignored) files.push_back({name, static_cast<std::int64_t>(bytes)});
    }
    std::sort(files.begin(), files.end(), [](const auto& left, const auto& right) { return left.name < right.name; });
    return files;
}

Result<std::vector<SessionSize>> readSessionSizes(Database& database, int version, const Watch& watch) {
    auto select = database.prepare(storage::selectSessions("ORDER BY id", version));
    if (!select) return select.error();
    const auto sessions = storage::readSessions(database, *select);
    if (!sessions) return sessions.error();
    auto shares = SessionShares::read(database, watch);
    if (!shares) return shares.error();
    std::vector<SessionSize> sizes;
    for (const Session& session : *sessions) {
        SessionSize size;
        size.session = session;
        auto sums = database.prepare(
            "SELECT coalesce(sum(request_bytes), 0), coalesce(sum(response_bytes), 0) FROM turn WHERE session_id = ?1");
        if (!sums) return sums.error();
        if (const auto found = sums->bind(1, session.id.value).step(); !found) return found.error();
        size.sentBytes = sums->integer(0);
        size.receivedBytes = sums->integer(1);
        const auto needed = shares->of(session.id);
        size.uniqueBytes = needed.bytes;
        size.storedBytes = needed.storedBytes;
        size.ownBytes = shares->own(session.id).storedBytes;
        sizes.push_back(std::move(size));
    }
    return sizes;
}

}  // namespace

KindShare StoreStats::allParts() const {
    KindShare all;
    for (const KindShare& kind : kinds) {
        all.parts += kind.parts;
        all.bytes += kind.bytes;
        all.storedBytes += kind.storedBytes;
    }
    return all;
}

std::string_view kindName(std::size_t kind) {
    constexpr std::array<std::string_view, 6> kNames = {"prompt", "reply", "screen", "headers", "file", "binary"};
    return kind < kNames.size() ? kNames[kind] : "unknown";
}

Result<StoreStats> readStats(const std::filesystem::path& path, std::optional<SessionId> session, const Watch& watch) {
    auto database = storage::openStoreForReading(path);
    if (!database) return database.error();
    database->stopWith(watch.stop);
    auto moment = Transaction::begin(*database, Transaction::Kind::read);
    if (!moment) return moment.error();
    const auto version = database->integer("PRAGMA user_version");
    if (!version) return version.error();
    StoreStats stats;
    if (auto done = readTotals(*database, stats); !done) return done.error();
    if (auto done = readKinds(*database, stats); !done) return done.error();
    readTables(*database, stats);
    stats.beside = filesBeside(path);
    auto sizes = readSessionSizes(*database, static_cast<int>(*version), watch);
    if (!sizes) return sizes.error();
    if (session) {
        std::erase_if(*sizes, [&](const SessionSize& size) { return size.session.id != *session; });
        if (sizes->empty()) {
            return Error{ErrorCode::notFound, database->path() + ": no session " + std::to_string(session->value)};
        }
    }
    std::stable_sort(sizes->begin(), sizes->end(),
                     [](const SessionSize& left, const SessionSize& right) { return left.ownBytes > right.ownBytes; });
    if (sizes->size() > kLargestShown) sizes->resize(kLargestShown);
    stats.largest = std::move(*sizes);
    return stats;
}

}  // namespace turntable::care
