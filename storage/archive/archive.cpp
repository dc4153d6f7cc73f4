#include "storage/archive/archive.h"

#include "storage/archive/export_job.h"
#include "storage/archive/session_copy.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;

Result<MergeReport> mergeArchive(const std::filesystem::path& archive, const std::filesystem::path& store,
                                 const MergeOptions& options) {
    std::error_code ignored;
    if (std::filesystem::equivalent(archive, store, ignored)) {
        return Error{ErrorCode::invalidArgument, archive.string() + ": is the store itself"};
    }
    auto source = SessionSource::open(archive, Trust::foreign);
    if (!source) return source.error();
    auto sessions = source->sessions();
    if (!sessions) return sessions.error();
    auto target = SessionTarget::open(store);
    if (!target) return target.error();
    SessionCopy copy(*source, *target, options.progress, options.stop);
    if (auto prepared = copy.prepare(std::move(*sessions)); !prepared) return prepared.error();
    if (auto checked = copy.check(options.onConflict); !checked) {
        return support::withContext(checked.error(), archive.string());
    }
    auto report = copy.copy();
    if (report) {
        if (auto packed = target->pack(); !packed) return packed.error();
        return report;
    }
    return support::withContext(report.error(),
                                store.string() + ": taken in part, every turn of it whole; importing again goes on");
}

Result<ExportReport> exportSessions(const std::filesystem::path& store, std::span<const support::SessionId> sessions,
                                    const std::filesystem::path& target, const ExportOptions& options) {
    return exportThrough(store, sessions, target, options, nullptr);
}

}  // namespace turntable::storage
