#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/archive/archive.h"
#include "storage/archive/leaving.h"
#include "storage/privacy/private_text.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

/// Copies of sessions without what is private. The store is never changed.
namespace turntable::storage {

struct RedactOptions {
    std::set<privacy::PrivateKind> kinds;
    std::vector<std::string> literals;  ///< texts that go wherever they stand
    ExportOptions archive;
};

struct RedactReport {
    ExportReport archive;
    struct Row {
        privacy::PrivateKind kind = privacy::PrivateKind::custom;
        std::int64_t replaced = 0;
        std::int64_t distinct = 0;
    };
    std::vector<Row> rows;
    std::int64_t turnsChanged = 0;
    std::int64_t repliesHidden = 0;  ///< whole: in a coding that is not looked into
};

/// Writes an archive of the sessions in which everything of the named kinds is "[redacted:KIND:xxxxxxxx]"; equal
/// secrets become equal placeholders. User names (of home folders) and passwords that are found once are hidden
/// wherever they stand. Sessions get a uid of their own. Each turn that was changed has a note that says so: its bytes
/// and hashes are those of the redacted copy; times and token figures are the recorded ones. Sizes of arrivals follow
/// the new body. Errors: invalidArgument (nothing is to be redacted), those of `exportSessions`.
[[nodiscard]] support::Result<RedactReport> redactSessions(const std::filesystem::path& store,
                                                           std::span<const support::SessionId> sessions,
                                                           const std::filesystem::path& target,
                                                           const RedactOptions& options);

/// What `redactSessions` would replace; writes nothing. `archive` of the report is empty.
[[nodiscard]] support::Result<RedactReport> tryRedaction(const std::filesystem::path& store,
                                                         std::span<const support::SessionId> sessions,
                                                         const RedactOptions& options);

}  // namespace turntable::storage
