#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::cli {

/// What the program ends with; docs/cli.md tells it to users.
enum ExitCode : int { kDone = 0, kFailed = 1, kUsage = 2, kNotAsAsked = 3 };

/// A subcommand: CLI11 fills its options while parsing, then `run` does the work.
struct Verb {
    CLI::App* command = nullptr;
    std::function<int()> run;
};

Verb addRecord(CLI::App& program);
Verb addUpstream(CLI::App& program);
Verb addReplay(CLI::App& program);
Verb addCompare(CLI::App& program);
Verb addDiff(CLI::App& program);
Verb addList(CLI::App& program);
Verb addShow(CLI::App& program);
Verb addRaw(CLI::App& program);
Verb addNote(CLI::App& program);
Verb addCheck(CLI::App& program);
Verb addImport(CLI::App& program);
Verb addSearch(CLI::App& program);
Verb addDelete(CLI::App& program);
Verb addPrune(CLI::App& program);
Verb addStats(CLI::App& program);
Verb addStudio(CLI::App& program);
Verb addExport(CLI::App& program);
Verb addRedact(CLI::App& program);

/// `--store FILE`, on every verb.
void addStoreOption(CLI::App& command, std::string& store);

/// The file that `--store` names, or the user's own store.
[[nodiscard]] support::Result<std::filesystem::path> storePath(const std::string& option);

/// Finishes what dead recorders left behind in a store. Reading goes on when that fails (disk full, a newer store):
/// then one line on standard error says so.
void finishWhatWasLeft(const std::filesystem::path& store);

/// Opens the store to read, after finishing what dead recorders left behind (where the store may be written).
[[nodiscard]] support::Result<storage::TraceReader> openReader(const std::string& option);

/// Says on standard error why the work failed: one line. Returns the exit code that fits.
int fail(const support::Error& error);

}  // namespace turntable::cli
