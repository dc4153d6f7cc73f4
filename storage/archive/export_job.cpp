#include "storage/archive/export_job.h"

#include <utility>

#include "storage/archive/session_copy.h"
#include "storage/support/process.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

/// A name beside the target that nobody else uses, and what may lie there. Removes it all unless it was kept.
class Draft {
public:
    explicit Draft(const std::filesystem::path& target)
        : m_target(target), m_path(target.string() + ".part-" + std::to_string(support::currentProcess().pid)) {
        remove();
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() { remove(); }

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    [[nodiscard]] Status keep() {
        std::error_code failure;
        std::filesystem::rename(m_path, m_target, failure);
        if (!failure) return {};
        return Error{ErrorCode::io, m_target.string() + ": cannot be put in place: " + failure.message()};
    }

private:
    void remove() {
        std::error_code ignored;
        for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
            std::filesystem::remove(m_path.string() + suffix, ignored);
        }
    }
    std::filesystem::path m_target;
    std::filesystem::path m_path;
};

Status checkTarget(const std::filesystem::path& store, const std::filesystem::path& target, Overwrite overwrite) {
    std::error_code ignored;
    if (target.empty()) return Error{ErrorCode::invalidArgument, "no file to write to was named"};
    if (!std::filesystem::exists(target, ignored)) return {};
    if (std::filesystem::is_directory(target, ignored)) {
        return Error{ErrorCode::invalidArgument, target.string() + ": is a folder, expected the name of a file"};
    }
    if (std::filesystem::equivalent(store, target, ignored)) {
        return Error{ErrorCode::invalidArgument, target.string() + ": is the store itself"};
    }
    if (overwrite == Overwrite::replace) return {};
    return Error{ErrorCode::invalidArgument, target.string() + ": is there already; --force replaces it"};
}

}  // namespace

Result<ExportReport> exportThrough(const std::filesystem::path& store, std::span<const support::SessionId> sessions,
                                   const std::filesystem::path& target, const ExportOptions& options,
                                   ContentFilter* filter) {
    if (auto checked = checkTarget(store, target, options.overwrite); !checked) return checked.error();
    auto source = SessionSource::open(store, Trust::own);
    if (!source) return source.error();
    auto found = source->sessions({sessions.begin(), sessions.end()}, options.withRuns);
    if (!found) return found.error();
    if (found->empty()) return Error{ErrorCode::invalidArgument, "no session to export was named"};
    Draft draft(target);
    auto archive = SessionTarget::open(draft.path());
    if (!archive) return archive.error();
    ExportReport report;
    {
        SessionCopy copy(*source, *archive, options.progress, options.stop);
        if (filter != nullptr) copy.filterWith(*filter);
        if (auto prepared = copy.prepare(std::move(*found)); !prepared) return prepared.error();
        auto copied = copy.copy();
        if (!copied) return copied.error();
        report.sessions = std::move(copied->sessions);
        report.verified = copied->verified;
        report.missingLinks = std::move(copied->missingLinks);
    }
    if (auto closed = archive->close(); !closed) return closed.error();
    std::error_code failure;
    report.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(draft.path(), failure));
    if (failure) return Error{ErrorCode::io, draft.path().string() + ": " + failure.message()};
    if (options.stop.stop_requested())
        return Error{ErrorCode::cancelled, "stopped before the archive was put in place"};
    if (auto kept = draft.keep(); !kept) return kept.error();
    return report;
}

}  // namespace turntable::storage
