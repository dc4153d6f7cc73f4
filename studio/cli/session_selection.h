#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::cli {

/// What the names of archives end in.
inline constexpr std::string_view kArchiveSuffix = ".turntable";

/// The sessions that the names mean (id, name or latest), each once. `store` is the value of --store.
/// Errors: notFound (offers the closest names), those of opening.
[[nodiscard]] support::Result<std::vector<support::SessionId>> findSessions(const std::string& store,
                                                                            const std::vector<std::string>& names);

}  // namespace turntable::cli
