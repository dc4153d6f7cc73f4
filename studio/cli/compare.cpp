#include <iostream>

#include "replay/diff/comparison.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct CompareOptions {
    std::string session;
    std::vector<std::string> runs;
    std::string store;
    bool json = false;
    double minAgreement = -1;
};

/// Share of the turns, in percent, on which a run made the same call or meant the same element.
double agreementPercent(const diff::Totals& totals) {
    const int same = totals.agreement[static_cast<std::size_t>(diff::Agreement::sameCall)] +
                     totals.agreement[static_cast<std::size_t>(diff::Agreement::sameElement)];
    return totals.turns == 0 ? 0 : 100.0 * same / totals.turns;
}

support::Result<diff::Comparison> readComparison(const CompareOptions& options) {
    auto reader = openReader(options.store);
    if (!reader) return std::move(reader).error();
    auto session = reader->findSession(options.session);
    if (!session) return std::move(session).error();
    std::vector<support::SessionId> runs;
    for (const auto& selector : options.runs) {
        auto run = reader->findSession(selector);
        if (!run) return std::move(run).error();
        if (run->id == session->id) {
            return support::Error{support::ErrorCode::invalidArgument,
                                  "session " + session->name + " cannot be compared with itself: name a run of it"};
        }
        runs.push_back(run->id);
    }
    auto comparison = diff::compareSessions(*reader, session->id, runs);
    if (comparison && comparison->runs.empty()) {
        return support::Error{support::ErrorCode::notFound, "session " + session->name +
                                                                " has no run to compare with: make one "
                                                                "with `turntable replay " +
                                                                session->name + " --against URL`"};
    }
    return comparison;
}

int compare(const CompareOptions& options) {
    auto comparison = readComparison(options);
    if (!comparison) return fail(comparison.error());
    std::cout << (options.json ? diff::renderJson(*comparison) : diff::renderText(*comparison));
    if (options.minAgreement < 0) return kDone;
    int code = kDone;
    for (std::size_t run = 0; run < comparison->runs.size(); ++run) {
        const double percent = agreementPercent(comparison->totals[run]);
        if (percent >= options.minAgreement) continue;
        std::cerr << "turntable: " << comparison->runs[run].name << " agrees on " << percent
                  << " % of the turns, asked for at least " << options.minAgreement << " %\n";
        code = kNotAsAsked;
    }
    return code;
}

}  // namespace

Verb addCompare(CommandLine& program) {
    auto command = program.command("compare", "Compare a session with its replay runs, turn by turn and in total");
    auto options = std::make_shared<CompareOptions>();
    command.option("session", options->session, "Session: id, name or latest").required().valueName("SESSION");
    command.option("runs", options->runs, "Runs: id or name (default: all runs of the session)").valueName("RUN");
    command.flag("--json", options->json, "Print one JSON document");
    command
        .option("--min-agreement", options->minAgreement,
                "End with 3 when a run makes the same call, or means the same element, on less than this share of "
                "the turns")
        .valueName("PERCENT")
        .between(0.0, 100.0);
    addStoreOption(command, options->store);
    return {"compare", [options] { return compare(*options); }};
}

}  // namespace turntable::cli
