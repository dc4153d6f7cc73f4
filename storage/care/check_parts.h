#pragma once

// Private to storage/care: the part of a check that reads every part.

#include "storage/care/findings.h"
#include "storage/care/part_census.h"
#include "storage/care/progress.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::care {

/// Unpacks and hashes every part in the order of their ids, so that bases are read just before what builds on them.
/// Counts into `report`. What cannot be read is marked `broken` in the census.
[[nodiscard]] support::Result<PartCensus> checkParts(sqlite::Database& database, storage::PartStore& parts,
                                                     CheckReport& report, Findings& findings, const Watch& watch);

/// Once the uses are known: says which broken parts nothing names, counts the unused ones and those of an odd kind.
void checkUses(const PartCensus& census, CheckReport& report, Findings& findings);

}  // namespace turntable::care
