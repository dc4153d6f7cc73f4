#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "storage/support/result.h"
#include "storage/trace_reader.h"
#include "studio/cli/command.h"

namespace turntable::cli {

/// What the program ends with; docs/cli.md tells it to users.
enum ExitCode : int { kDone = 0, kFailed = 1, kUsage = 2, kNotAsAsked = 3 };

/// A command of the program: its options are filled while the command line is parsed, then `run` does the work.
struct Verb {
    std::string name;
    std::function<int()> run;
};

Verb addRecord(CommandLine& program);
Verb addRun(CommandLine& program);
Verb addWatch(CommandLine& program);
Verb addDoctor(CommandLine& program);
Verb addUpstream(CommandLine& program);
Verb addReplay(CommandLine& program);
Verb addCompare(CommandLine& program);
Verb addDiff(CommandLine& program);
Verb addList(CommandLine& program);
Verb addShow(CommandLine& program);
Verb addRaw(CommandLine& program);
Verb addNote(CommandLine& program);
Verb addCheck(CommandLine& program);
Verb addImport(CommandLine& program);
Verb addSearch(CommandLine& program);
Verb addDelete(CommandLine& program);
Verb addPrune(CommandLine& program);
Verb addStats(CommandLine& program);
Verb addStudio(CommandLine& program);
Verb addExport(CommandLine& program);
Verb addRedact(CommandLine& program);

/// `--store FILE`, on every verb.
void addStoreOption(Command command, std::string& store);

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
