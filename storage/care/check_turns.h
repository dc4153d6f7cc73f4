#pragma once

// Private to storage/care: the part of a check that follows sessions and turns.

#include "storage/care/findings.h"
#include "storage/care/part_census.h"
#include "storage/care/progress.h"
#include "storage/prompt_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

/// What the turns are checked with. `census` gets the uses.
struct TurnCheck {
    sqlite::Database& database;
    storage::PartStore& parts;
    storage::PromptStore& prompts;
    PartCensus& census;
    CheckReport& report;
    Findings& findings;
    int version = 0;  ///< of the schema
};

/// Sessions, and every turn in the order of their ids: seals, numbers, links, bodies, headers, files, screens,
/// arrivals.
[[nodiscard]] support::Status checkSessionsAndTurns(TurnCheck& check, const Watch& watch);

}  // namespace turntable::care
