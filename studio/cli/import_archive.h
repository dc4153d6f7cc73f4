#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "storage/archive/archive.h"
#include "storage/support/result.h"

namespace turntable::cli {

/// Takes the sessions of an archive into the store, with progress on standard error.
[[nodiscard]] support::Result<storage::MergeReport> importArchive(const std::string& file,
                                                                  const std::filesystem::path& store,
                                                                  storage::OnConflict onConflict, std::stop_token stop);

[[nodiscard]] nlohmann::ordered_json mergeToJson(const std::string& file, const storage::MergeReport& report);
void printMerge(const std::string& file, const storage::MergeReport& report);

}  // namespace turntable::cli
