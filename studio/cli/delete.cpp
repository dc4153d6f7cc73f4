#include <algorithm>
#include <iostream>

#include "storage/care/remove.h"
#include "studio/cli/care_text.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct DeleteOptions {
    std::vector<std::string> sessions;
    std::string store;
    bool dryRun = false;
    bool yes = false;
};

support::Result<std::vector<support::SessionId>> findSessions(const DeleteOptions& options) {
    auto reader = openReader(options.store);
    if (!reader) return reader.error();
    std::vector<support::SessionId> ids;
    for (const std::string& name : options.sessions) {
        const auto session = reader->findSession(name);
        if (!session) return session.error();
        if (std::find(ids.begin(), ids.end(), session->id) == ids.end()) ids.push_back(session->id);
    }
    return ids;
}

std::string planLine(const care::RemovalPlan& plan) {
    std::string line = "session " + std::to_string(plan.session.id.value) + "  " + plan.session.name + "  " +
                       counted(plan.session.turns, "turn");
    if (!plan.refusal.empty()) return line + "  stays: " + plan.refusal;
    if (plan.notes > 0) line += ", " + counted(plan.notes, "note");
    line += ", " + bytesText(plan.storedBytes) + " of contents that nothing else needs";
    for (const auto& run : plan.runs) {
        line += "; run " + std::to_string(run.id.value) + " (" + run.name + ") stays and no longer names its source";
    }
    return line;
}

int remove(const DeleteOptions& options) {
    const auto path = storePath(options.store);
    if (!path) return fail(path.error());
    const auto ids = findSessions(options);
    if (!ids) return fail(ids.error());
    const StopOnSignal stop;
    ProgressLine line;
    const care::Watch watch{line.listener(), stop.token()};
    const auto plans = care::planRemoval(*path, *ids, watch);
    line.clear();
    if (!plans) return fail(plans.error());
    bool isRefused = false;
    for (const auto& plan : *plans) {
        std::cout << planLine(plan) << '\n';
        isRefused = isRefused || !plan.refusal.empty();
    }
    std::cout.flush();
    if (options.dryRun) return kDone;
    if (isRefused) return fail({support::ErrorCode::busy, "nothing was deleted: not every session can be"});
    if (!confirmed("Delete " + counted(static_cast<std::int64_t>(plans->size()), "session") + "?", options.yes)) {
        return fail({support::ErrorCode::cancelled, "nothing was deleted: say --yes to delete without being asked"});
    }
    const auto removed = care::removeSessions(*path, *ids, watch);
    line.clear();
    if (!removed) return fail(removed.error());
    std::cout << removedText(*removed) << '\n';
    return kDone;
}

}  // namespace

Verb addDelete(CommandLine& program) {
    auto command = program.command("delete", "Delete sessions for good, and give their space back");
    auto options = std::make_shared<DeleteOptions>();
    command.option("sessions", options->sessions, "Sessions: id, name or latest").required().valueName("SESSION");
    command.flag("--dry-run", options->dryRun, "Only say what would go");
    command.flag("--yes", options->yes, "Do not ask");
    addStoreOption(command, options->store);
    return {"delete", [options] { return remove(*options); }};
}

}  // namespace turntable::cli
