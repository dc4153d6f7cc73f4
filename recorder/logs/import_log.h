#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "recorder/logs/log_format.h"
#include "recorder/logs/log_writer.h"
#include "storage/support/result.h"

namespace turntable::logs {

/// How far an import has come.
struct LogProgress {
    std::uint64_t bytesDone = 0;  ///< of the file
    std::uint64_t bytesTotal = 0;
    std::int64_t turnsAdded = 0;
};

struct LogOptions {
    std::string name;  ///< of the first session; empty: the file's name without its ending
    std::stop_token stop;
    std::function<void(const LogProgress&)> progress;  ///< called on the caller's thread, every few entries
};

/// What an import did.
struct LogReport {
    LogFormat format = LogFormat::claudeTrace;
    std::vector<ImportedSession> sessions;  ///< in the order of the log
    std::int64_t calls = 0;                 ///< model calls in the log
    std::int64_t passedOver = 0;            ///< entries that are no model call
    LogProblems problems;                   ///< entries that could not be read; the others were imported
};

/// What a file is, by its content. Errors: notFound, io; invalidArgument with a sentence that says what it is instead.
[[nodiscard]] support::Result<LogFormat> recognizeFile(const std::filesystem::path& path);

/// Takes the model calls of a log into the store, which is made when it is missing: threaded into sessions and
/// understood as live traffic is. Importing again changes nothing; a longer copy adds its new turns. The file is read
/// piece by piece: memory is bounded by its largest entry, and of a Claude Code log by the largest prompt.
/// A broken entry is a problem in the report, not an error. Any thread; opens and closes its files itself.
/// Errors: those of `recognizeFile`; invalidArgument for a store; corrupt when not one entry could be read; cancelled,
/// and io, busy and corrupt of the store: turns stored until then stay, the message says how many, and importing again
/// goes on.
[[nodiscard]] support::Result<LogReport> importLog(const std::filesystem::path& path,
                                                   const std::filesystem::path& store, const LogOptions& options);

}  // namespace turntable::logs
