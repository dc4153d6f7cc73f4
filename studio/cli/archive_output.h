#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "storage/archive/archive.h"
#include "storage/archive/leaving.h"

namespace turntable::cli {

/// Prints how far a copy has come on standard error, at most twice a second. One thread.
class ArchiveProgressPrinter {
public:
    void operator()(const storage::ArchiveProgress& progress);

private:
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

/// What `export` and `redact` print of a finished archive.
[[nodiscard]] nlohmann::ordered_json exportToJson(const storage::ExportReport& report, const std::string& file);
void printExport(const storage::ExportReport& report, const std::string& file);

/// What `export --list` prints.
[[nodiscard]] nlohmann::ordered_json leavingToJson(const storage::LeavingReport& report);
void printLeaving(const storage::LeavingReport& report);

}  // namespace turntable::cli
