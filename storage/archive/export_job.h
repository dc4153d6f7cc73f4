#pragma once

// Private to storage: an export whose content may be changed on the way.

#include "storage/archive/archive.h"
#include "storage/archive/session_content.h"

namespace turntable::storage {

/// `exportSessions`, with every session, turn and remark passed through `filter` (null: nothing is changed).
[[nodiscard]] support::Result<ExportReport> exportThrough(const std::filesystem::path& store,
                                                          std::span<const support::SessionId> sessions,
                                                          const std::filesystem::path& target,
                                                          const ExportOptions& options, ContentFilter* filter);

}  // namespace turntable::storage
