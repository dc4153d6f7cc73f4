#include "storage/care/check_parts.h"

#include <algorithm>
#include <string>
#include <vector>

#include "storage/care/part_uses.h"

namespace turntable::care {

using sqlite::Database;
using storage::PartKind;
using storage::PartStore;
using support::PartId;
using support::Result;
using support::Status;

namespace {

constexpr std::int64_t kPartsBetweenReports = 512;

std::string nameOf(std::int64_t id) { return "part " + std::to_string(id); }

// Depths shrink towards the base, so that every chain ends; ids do too, as a base is stored before.
void checkBase(const PartCensus& census, std::int64_t id, const PartFacts& facts, Findings& findings) {
    const std::string meaning = "it can still be read; a program that trusts the number may refuse it";
    if (facts.depth < 0 || facts.depth > PartStore::kMaxDepth) {
        findings.add(Damage::part, nameOf(id), "its depth is " + std::to_string(facts.depth), meaning);
    }
    if (!facts.base) return;
    const auto base = census.find(*facts.base);
    // A pack comes after the parts that are put into it.
    const bool isSlice = facts.codec == static_cast<std::int64_t>(storage::PartCodec::slice);
    const bool isNewer = isSlice ? *facts.base == id : *facts.base >= id;
    if (base == census.end() || base->second.depth >= facts.depth || isNewer) {
        findings.add(Damage::part, nameOf(id),
                     "its base, part " + std::to_string(*facts.base) +
                         (base == census.end() ? ", is missing" : ", is not an older one of a smaller depth"),
                     meaning);
    }
}

Status checkDuplicates(Database& database, Findings& findings) {
    const std::string meaning = "its bytes are stored more often than needed; nothing is lost";
    auto select = database.prepare(
        "SELECT min(id), count(*) FROM part NOT INDEXED WHERE kind <> 6 GROUP BY sha256 HAVING count(*) > 1 ORDER BY "
        "1");
    if (!select) return findings.addError(Damage::part, "table part", select.error(), meaning);
    for (;;) {
        const auto found = select->step();
        if (!found) return findings.addError(Damage::part, "table part", found.error(), meaning);
        if (!*found) return {};
        findings.add(Damage::part, nameOf(select->integer(0)),
                     "there are " + std::to_string(select->integer(1)) + " parts with its SHA-256", meaning);
    }
}

}  // namespace

Result<PartCensus> checkParts(Database& database, PartStore& parts, CheckReport& report, Findings& findings,
                              const Watch& watch) {
    PartCensus census;
    std::vector<std::int64_t> ids;
    auto listed = visitParts(database, [&](std::int64_t id, const PartFacts& facts, bool isSound) {
        auto& kept = census.emplace(id, facts).first->second;
        kept.broken = !isSound;
        ids.push_back(id);
    });
    if (!listed) {
        auto added = findings.addError(Damage::part, "table part", listed.error(),
                                       "the parts behind this place cannot be listed; what needs them is named below");
        if (!added) return added.error();
    }
    std::int64_t done = 0;
    for (const std::int64_t id : ids) {
        if (done % kPartsBetweenReports == 0) watch.tell("parts", done, static_cast<std::int64_t>(ids.size()));
        ++done;
        if (watch.stop.stop_requested()) return support::Error{support::ErrorCode::cancelled, "the check was stopped"};
        PartFacts& facts = census.at(id);
        const auto bytes = parts.read(PartId{id});
        if (bytes) {
            report.partBytes += isPack(facts) ? 0 : static_cast<std::int64_t>(bytes->size());
            checkBase(census, id, facts, findings);
            continue;
        }
        facts.broken = true;
        auto added = findings.addError(
            Damage::part, nameOf(id), bytes.error(),
            "its " + std::to_string(facts.size) + " bytes are lost; the findings below name what they belong to");
        if (!added) return added.error();
    }
    report.parts = std::count_if(census.begin(), census.end(), [](const auto& part) { return !isPack(part.second); });
    shareOutPacks(census);
    if (auto checked = checkDuplicates(database, findings); !checked) return checked.error();
    return census;
}

void checkUses(const PartCensus& census, CheckReport& report, Findings& findings) {
    for (const auto& [id, facts] : census) {
        if (!isPartKind(facts.kind)) {
            findings.add(Damage::part, nameOf(id),
                         "its kind is " + std::to_string(facts.kind) + ", of 0 to " +
                             std::to_string(static_cast<int>(storage::kLastPartKind)),
                         "the kind is a hint only: its bytes are whole");
        } else if (facts.uses != 0 && !hasUseOfItsKind(facts.kind, facts.uses)) {
            ++report.oddKinds;
        }
    }
    for (const std::int64_t id : unusedParts(census)) {
        report.unusedParts += isPack(census.at(id)) ? 0 : 1;
        report.unusedBytes += census.at(id).storedBytes;
    }
}

}  // namespace turntable::care
