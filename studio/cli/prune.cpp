#include <iostream>

#include "storage/care/remove.h"
#include "storage/care/retention.h"
#include "studio/cli/amounts.h"
#include "studio/cli/care_text.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct PruneOptions {
    std::string olderThan;
    std::string maxSize;
    std::optional<std::int64_t> keep;
    std::string store;
    bool alsoNoted = false;
    bool dryRun = false;
    bool yes = false;
};

support::Result<care::RetentionRules> rulesOf(const PruneOptions& options) {
    care::RetentionRules rules;
    rules.keep = options.keep;
    rules.alsoNoted = options.alsoNoted;
    if (!options.olderThan.empty()) {
        const auto moment = parseMoment(options.olderThan, support::SystemClock().wallNow());
        if (!moment) return moment.error();
        rules.startedBefore = *moment;
    }
    if (!options.maxSize.empty()) {
        const auto bytes = parseBytes(options.maxSize);
        if (!bytes) return bytes.error();
        rules.maxBytes = *bytes;
    }
    return rules;
}

void printStep(const char* what, const care::RetentionStep& step) {
    std::cout << what << "  " << step.session.id.value << "  " << step.session.name << "  "
              << support::formatUtc(step.session.started).substr(0, 19) << "  " << counted(step.session.turns, "turn");
    if (step.storedBytes > 0) std::cout << ", " << bytesText(step.storedBytes);
    std::cout << ": " << step.reason << '\n';
}

int prune(const PruneOptions& options) {
    const auto rules = rulesOf(options);
    if (!rules) return fail(rules.error());
    const auto path = storePath(options.store);
    if (!path) return fail(path.error());
    // Also says what is wrong with the path.
    if (const auto reader = openReader(options.store); !reader) return fail(reader.error());
    const StopOnSignal stop;
    ProgressLine line;
    const care::Watch watch{line.listener(), stop.token()};
    const auto plan = care::planRetention(*path, *rules, watch);
    line.clear();
    if (!plan) return fail(plan.error());
    std::vector<support::SessionId> ids;
    for (const auto& step : plan->go) {
        printStep("goes ", step);
        ids.push_back(step.session.id);
    }
    for (const auto& step : plan->spared) printStep("stays", step);
    std::cout << bytesText(plan->sizeBefore) << " in use now, about " << bytesText(plan->sizeAfter)
              << " afterwards (estimated)\n"
              << std::flush;
    if (options.dryRun || ids.empty()) return kDone;
    if (!confirmed("Delete " + counted(static_cast<std::int64_t>(ids.size()), "session") + "?", options.yes)) {
        return fail({support::ErrorCode::cancelled, "nothing was deleted: say --yes to delete without being asked"});
    }
    const auto removed = care::removeSessions(*path, ids, watch);
    line.clear();
    if (!removed) return fail(removed.error());
    std::cout << removedText(*removed) << '\n';
    return kDone;
}

}  // namespace

Verb addPrune(CommandLine& program) {
    auto command = program.command("prune", "Delete sessions by age, number or the size of the store");
    auto options = std::make_shared<PruneOptions>();
    command.option("--older-than", options->olderThan, "Take sessions that started longer ago: 30d, 12h, 2026-10-01")
        .valueName("AGE");
    command.option("--max-size", options->maxSize, "Take the oldest until the store is no larger: 2G, 500M")
        .valueName("SIZE");
    command.option("--keep", options->keep, "Take all but the newest N sessions").valueName("N");
    command.flag("--also-noted", options->alsoNoted, "Take sessions with notes as well");
    command.flag("--dry-run", options->dryRun, "Only say what would go, and why");
    command.flag("--yes", options->yes, "Do not ask");
    addStoreOption(command, options->store);
    return {"prune", [options] { return prune(*options); }};
}

}  // namespace turntable::cli
