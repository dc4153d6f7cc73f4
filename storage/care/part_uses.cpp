#include "storage/care/part_uses.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <unordered_set>
#include <utility>

namespace turntable::care {

using sqlite::Database;
using storage::PartCodec;
using storage::PartKind;
using storage::PartStore;
using storage::PromptStore;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::SessionId;
using support::Status;
using support::TurnId;

namespace {

constexpr std::int64_t kRowsBetweenReports = 4096;

using VisitUse = std::function<void(std::int64_t turn, std::int64_t part, PartKind kind)>;

// Columns that name a part: turn, part.
struct NamingColumn {
    const char* sql;
    PartKind kind;
};
constexpr NamingColumn kNamingColumns[] = {
    {"SELECT turn_id, headers_part FROM request WHERE headers_part IS NOT NULL", PartKind::headers},
    {"SELECT turn_id, headers_part FROM response WHERE headers_part IS NOT NULL", PartKind::headers},
    {"SELECT turn_id, body_part FROM response WHERE body_part IS NOT NULL", PartKind::response},
    {"SELECT id, screen_id FROM turn NOT INDEXED WHERE screen_id IS NOT NULL", PartKind::screen},
    {"SELECT turn_id, part_id FROM turn_file", PartKind::file},
};

Status visitColumns(Database& database, const VisitUse& visit) {
    for (const auto& [sql, kind] : kNamingColumns) {
        auto select = database.prepare(sql);
        if (!select) return select.error();
        for (;;) {
            const auto found = select->step();
            if (!found) return found.error();
            if (!*found) break;
            visit(select->integer(0), select->integer(1), kind);
        }
    }
    return {};
}

Status visitRecipes(Database& database, PromptStore& prompts, const Watch& watch, const VisitUse& visit) {
    std::vector<std::int64_t> turns;
    {
        auto select = database.prepare("SELECT turn_id FROM request NOT INDEXED ORDER BY turn_id");
        if (!select) return select.error();
        for (;;) {
            const auto found = select->step();
            if (!found) return found.error();
            if (!*found) break;
            turns.push_back(select->integer(0));
        }
    }
    std::int64_t done = 0;
    for (const std::int64_t turn : turns) {
        if (watch.stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped; nothing was deleted"};
        if (done++ % kRowsBetweenReports == 0) watch.tell("uses", done, static_cast<std::int64_t>(turns.size()));
        const auto recipe = prompts.recipeOf(TurnId{turn});
        if (!recipe) return recipe.error();
        for (const auto& entry : recipe->own) {
            if (entry.isPart) visit(turn, entry.part.value, PartKind::prompt);
        }
    }
    return {};
}

Result<PartCensus> readParts(Database& database) {
    PartCensus census;
    auto listed = visitParts(
        database, [&](std::int64_t id, const PartFacts& facts, bool /*isSound*/) { census.emplace(id, facts); });
    if (!listed) return listed.error();
    shareOutPacks(census);
    return census;
}

}  // namespace

void shareOutPacks(PartCensus& census) {
    for (auto& [id, facts] : census) {
        if (facts.codec != static_cast<std::int64_t>(PartCodec::slice) || !facts.base) continue;
        const auto pack = census.find(*facts.base);
        if (pack == census.end() || pack->second.size <= 0) continue;
        const double share = static_cast<double>(facts.size) / static_cast<double>(pack->second.size);
        facts.storedBytes += static_cast<std::int64_t>(static_cast<double>(pack->second.storedBytes) * share);
    }
    for (auto& [id, facts] : census) {
        if (isPack(facts)) facts.storedBytes = 0;
    }
}

Result<PartCensus> takeCensus(Database& database, const Watch& watch) {
    auto census = readParts(database);
    if (!census) return census;
    PartStore parts(database);
    PromptStore prompts(database, parts);
    const auto mark = [&](std::int64_t, std::int64_t part, PartKind kind) {
        if (const auto found = census->find(part); found != census->end()) found->second.uses |= useBit(kind);
    };
    if (auto visited = visitColumns(database, mark); !visited) return visited.error();
    if (auto visited = visitRecipes(database, prompts, watch, mark); !visited) return visited.error();
    return census;
}

std::vector<std::int64_t> unusedParts(const PartCensus& census) {
    std::unordered_set<std::int64_t> needed;
    for (const auto& [id, facts] : census) {
        if (facts.uses == 0) continue;
        for (auto base = facts.base; base && needed.insert(*base).second;) {
            const auto found = census.find(*base);
            base = found == census.end() ? std::nullopt : found->second.base;
        }
    }
    std::vector<std::int64_t> unused;
    for (const auto& [id, facts] : census) {
        if (facts.uses == 0 && !needed.contains(id)) unused.push_back(id);
    }
    std::sort(unused.begin(), unused.end(), std::greater<>());
    return unused;
}

Result<SessionShares> SessionShares::read(Database& database, const Watch& watch) {
    SessionShares shares;
    auto census = readParts(database);
    if (!census) return census.error();
    shares.m_census = std::move(*census);
    std::unordered_map<std::int64_t, std::int64_t> sessionOf;
    std::vector<std::pair<std::int64_t, std::int64_t>> borrowing;  // turns whose base is one of another session
    {
        auto select = database.prepare(
            "SELECT turn.id, turn.session_id, base.session_id FROM turn NOT INDEXED LEFT JOIN request ON "
            "request.turn_id = turn.id LEFT JOIN turn AS base ON base.id = request.base_turn");
        if (!select) return select.error();
        for (;;) {
            const auto found = select->step();
            if (!found) return found.error();
            if (!*found) break;
            const std::int64_t session = select->integer(1);
            sessionOf.emplace(select->integer(0), session);
            const auto lender = select->maybeInteger(2);
            if (lender && *lender != session) borrowing.emplace_back(select->integer(0), session);
        }
    }
    const auto add = [&](std::int64_t turn, std::int64_t part, PartKind) {
        if (const auto session = sessionOf.find(turn); session != sessionOf.end())
            shares.m_partsOf[session->second].push_back(part);
    };
    PartStore parts(database);
    PromptStore prompts(database, parts);
    if (auto visited = visitColumns(database, add); !visited) return visited.error();
    if (auto visited = visitRecipes(database, prompts, watch, add); !visited) return visited.error();
    for (const auto& [turn, session] : borrowing) {
        const auto all = prompts.partsOf(TurnId{turn});
        if (!all) return all.error();
        for (const auto part : *all) shares.m_partsOf[session].push_back(part.value);
    }
    for (auto& [session, list] : shares.m_partsOf) {
        // What is appended is looked at in turn: bases of bases.
        std::unordered_set<std::int64_t> needed;
        for (std::size_t index = 0; index < list.size(); ++index) {
            const std::int64_t part = list[index];
            if (!needed.insert(part).second) continue;
            const auto found = shares.m_census.find(part);
            if (found != shares.m_census.end() && found->second.base) list.push_back(*found->second.base);
        }
        list.assign(needed.begin(), needed.end());
        for (const std::int64_t part : list) ++shares.m_owners[part];
    }
    return shares;
}

SessionShares::Share SessionShares::sum(SessionId session, std::int64_t mostOwners) const {
    Share share;
    const auto list = m_partsOf.find(session.value);
    if (list == m_partsOf.end()) return share;
    for (const std::int64_t part : list->second) {
        const auto found = m_census.find(part);
        if (found == m_census.end() || isPack(found->second) || m_owners.at(part) > mostOwners) continue;
        ++share.parts;
        share.bytes += found->second.size;
        share.storedBytes += found->second.storedBytes;
    }
    return share;
}

SessionShares::Share SessionShares::of(SessionId session) const {
    return sum(session, std::numeric_limits<std::int64_t>::max());
}

SessionShares::Share SessionShares::own(SessionId session) const { return sum(session, 1); }

SessionShares::Share SessionShares::take(SessionId session) {
    const Share share = own(session);
    const auto list = m_partsOf.find(session.value);
    if (list == m_partsOf.end()) return share;
    for (const std::int64_t part : list->second) --m_owners[part];
    m_partsOf.erase(list);
    return share;
}

}  // namespace turntable::care
