#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "storage/archive/archive.h"
#include "storage/archive/leaving.h"
#include "studio/cli/archive_output.h"
#include "studio/cli/session_selection.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct ExportVerbOptions {
    std::vector<std::string> names;  ///< sessions, then the file
    std::string store;
    bool withRuns = false;
    bool force = false;
    bool list = false;
    bool json = false;
};

int exportArchive(const ExportVerbOptions& given, const std::vector<support::SessionId>& sessions,
                  const std::string& file, std::stop_token stop) {
    const auto store = storePath(given.store);
    if (!store) return fail(store.error());
    storage::ExportOptions options;
    options.withRuns = given.withRuns;
    options.overwrite = given.force ? storage::Overwrite::replace : storage::Overwrite::refuse;
    options.progress = ArchiveProgressPrinter();
    options.stop = std::move(stop);
    const auto report = storage::exportSessions(*store, sessions, file, options);
    if (!report) return fail(report.error());
    if (given.json) {
        std::cout << diff::jsonText(exportToJson(*report, file));
    } else {
        printExport(*report, file);
    }
    return kDone;
}

int listLeaving(const ExportVerbOptions& given, const std::vector<support::SessionId>& sessions, std::stop_token stop) {
    const auto store = storePath(given.store);
    if (!store) return fail(store.error());
    storage::ExportOptions options;
    options.withRuns = given.withRuns;
    options.progress = ArchiveProgressPrinter();
    options.stop = std::move(stop);
    const auto survey = storage::surveyLeaving(*store, sessions, options);
    if (!survey) return fail(survey.error());
    if (given.json) {
        std::cout << diff::jsonText(leavingToJson(survey->report));
    } else {
        printLeaving(survey->report);
    }
    return kDone;
}

int exportVerb(const ExportVerbOptions& given) {
    StopOnSignal signals;
    auto names = given.names;
    const std::string file = names.back().ends_with(kArchiveSuffix) ? names.back() : std::string();
    if (!file.empty()) names.pop_back();
    if ((file.empty() && !given.list) || names.empty()) {
        return fail({support::ErrorCode::invalidArgument,
                     "expected sessions and then a file that ends in .turntable: export SESSION... FILE.turntable"});
    }
    const auto sessions = findSessions(given.store, names);
    if (!sessions) return fail(sessions.error());
    if (given.list) return listLeaving(given, *sessions, signals.token());
    return exportArchive(given, *sessions, file, signals.token());
}

}  // namespace

Verb addExport(CommandLine& program) {
    auto command =
        program.command("export", "Write sessions into one file that another Turntable imports, opens or replays");
    auto options = std::make_shared<ExportVerbOptions>();
    command.option("names", options->names, "Sessions (id, name or latest), then the file to write")
        .required()
        .valueName("SESSION... FILE.turntable");
    command.flag("--with-runs", options->withRuns, "The runs of each session as well");
    command.flag("--force", options->force, "Replace a file that is there already");
    command.flag("--list", options->list, "Write nothing; print what would leave, and what of it looks private");
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"export", [options] { return exportVerb(*options); }};
}

}  // namespace turntable::cli
