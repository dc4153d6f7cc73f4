#include "storage/care/retention.h"

#include <algorithm>
#include <utility>

#include "storage/care/remove.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "storage/trace_reader.h"

namespace turntable::care {

using model::Session;
using sqlite::Database;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::SessionId;

namespace {

struct StoreSize {
    std::int64_t inUse = 0;     ///< bytes of pages that hold something
    std::int64_t contents = 0;  ///< stored bytes of parts
    std::int64_t empty = 0;     ///< bytes of a store with nothing in it: a page for each table and index, and two more
};

Result<StoreSize> sizeOf(const std::filesystem::path& path) {
    auto database = storage::openStoreForReading(path);
    if (!database) return database.error();
    const auto inUse = database->integer(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, "
        "pragma_page_size");
    if (!inUse) return inUse.error();
    const auto contents = database->integer("SELECT coalesce(sum(length(content)), 0) FROM part");
    if (!contents) return contents.error();
    const auto empty = database->integer(
        "SELECT ((SELECT count(*) FROM sqlite_schema WHERE rootpage > 0) + 2) * page_size FROM pragma_page_size");
    if (!empty) return empty.error();
    return StoreSize{*inUse, *contents, *empty};
}

// What a session takes beyond the contents of parts, as far as that can be told: its share of all rows, by its turns.
std::int64_t rowBytes(const StoreSize& size, std::int64_t turns, std::int64_t allTurns) {
    const std::int64_t rows = std::max<std::int64_t>(size.inUse - size.contents - size.empty, 0);
    return allTurns == 0 ? 0 : rows / allTurns * turns;
}

std::string reasonFor(const RetentionRules& rules, const Session& session, std::int64_t newerOnes,
                      std::int64_t sizeNow) {
    if (rules.startedBefore && session.started < *rules.startedBefore) {
        return "started before " + support::formatUtc(*rules.startedBefore);
    }
    if (rules.keep && newerOnes >= *rules.keep) return "not one of the newest " + std::to_string(*rules.keep);
    if (rules.maxBytes && sizeNow > *rules.maxBytes) {
        return "the store would have " + std::to_string(sizeNow) + " bytes, more than " +
               std::to_string(*rules.maxBytes);
    }
    return {};
}

Result<std::vector<Session>> oldestFirst(const std::filesystem::path& path) {
    const auto reader = storage::TraceReader::open(path);
    if (!reader) return reader.error();
    auto sessions = reader->sessions();
    if (sessions) std::reverse(sessions->begin(), sessions->end());
    return sessions;
}

}  // namespace

Result<RetentionPlan> planRetention(const std::filesystem::path& path, const RetentionRules& rules,
                                    const Watch& watch) {
    const bool isNegative = rules.keep.value_or(0) < 0 || rules.maxBytes.value_or(0) < 0;
    if (isNegative || (!rules.startedBefore && !rules.keep && !rules.maxBytes)) {
        return Error{ErrorCode::invalidArgument, "say what to keep: an age, a size or a number of sessions"};
    }
    if (auto prepared = storage::prepareStore(path); !prepared) return prepared.error();
    const auto size = sizeOf(path);
    if (!size) return size.error();
    auto sessions = oldestFirst(path);
    if (!sessions) return sessions.error();
    std::vector<SessionId> ids;
    std::int64_t allTurns = 0;
    for (const Session& session : *sessions) {
        ids.push_back(session.id);
        allTurns += session.turns;
    }
    // What each may go for; what it frees depends on which others go, and is asked for at the end.
    const auto plans = planRemoval(path, ids, watch);
    if (!plans) return plans.error();
    RetentionPlan plan;
    plan.sizeBefore = size->inUse;
    plan.sizeAfter = size->inUse;
    const auto count = static_cast<std::int64_t>(sessions->size());
    std::vector<SessionId> going;
    for (std::int64_t index = 0; index < count; ++index) {
        const RemovalPlan& removal = plans->at(static_cast<std::size_t>(index));
        const std::string reason = reasonFor(rules, removal.session, count - 1 - index, plan.sizeAfter);
        if (reason.empty()) continue;
        if (!removal.refusal.empty()) {
            plan.spared.push_back({removal.session, removal.refusal, 0});
        } else if (removal.notes > 0 && !rules.alsoNoted) {
            plan.spared.push_back({removal.session, "it has notes", 0});
        } else {
            going.push_back(removal.session.id);
            plan.go.push_back({removal.session, reason, removal.storedBytes});
            plan.sizeAfter -= removal.storedBytes + rowBytes(*size, removal.session.turns, allTurns);
        }
    }
    // Sessions that were spared keep what they share with those that go: count again with these alone.
    const auto exact = planRemoval(path, going, watch);
    if (!exact) return exact.error();
    plan.sizeAfter = size->inUse;
    for (std::size_t index = 0; index < plan.go.size(); ++index) {
        plan.go[index].storedBytes = exact->at(index).storedBytes;
        plan.sizeAfter -= plan.go[index].storedBytes + rowBytes(*size, plan.go[index].session.turns, allTurns);
    }
    plan.sizeAfter = std::max(plan.sizeAfter, std::min(size->empty, size->inUse));
    return plan;
}

}  // namespace turntable::care
