#pragma once

#include <array>
#include <string_view>

#include "storage/schema/migration_0001.h"
#include "storage/schema/migration_0002.h"
#include "storage/trace_store.h"

namespace turntable::storage {

/// Element k leads from version k to k + 1; each runs in one transaction that also writes the two schema numbers.
inline constexpr std::array<std::string_view, 2> kMigrations = {kMigration0001, kMigration0002};
static_assert(kMigrations.size() == static_cast<std::size_t>(kSchemaVersion));

}  // namespace turntable::storage
