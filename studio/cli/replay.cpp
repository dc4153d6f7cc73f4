#include <cstdlib>
#include <iostream>

#include "replay/run/replay_run.h"
#include "studio/cli/signals.h"
#include "studio/cli/turn_line.h"
#include "studio/cli/turn_selection.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct ReplayVerbOptions {
    std::string session;
    std::string against;
    std::string model;
    std::string api;
    std::string turns;
    std::string name;
    std::string resume;
    double timeoutSeconds = 0;
    std::string store;
};

support::Status readSelectors(const ReplayVerbOptions& given, run::ReplayOptions& options) {
    auto reader = openReader(given.store);
    if (!reader) return std::move(reader).error();
    auto session = reader->findSession(given.session);
    if (!session) return std::move(session).error();
    options.session = session->id;
    if (given.resume.empty()) return {};
    auto run = reader->findSession(given.resume);
    if (!run) return std::move(run).error();
    if (run->source != session->id) {
        return support::Error{support::ErrorCode::invalidArgument, run->name + " is not a run of " + session->name};
    }
    options.resume = run->id;
    return {};
}

support::Result<run::ReplayOptions> replayOptions(const ReplayVerbOptions& given) {
    run::ReplayOptions options;
    auto store = storePath(given.store);
    if (!store) return std::move(store).error();
    options.store = *store;
    if (auto read = readSelectors(given, options); !read) return std::move(read).error();
    if (!given.turns.empty()) {
        auto numbers = parseTurnSelection(given.turns);
        if (!numbers) return std::move(numbers).error();
        options.turnNumbers = *std::move(numbers);
    }
    options.against = given.against;
    options.model = given.model;
    options.name = given.name;
    if (given.api == "anthropic") options.api = model::Api::anthropicMessages;
    if (given.api == "openai") options.api = model::Api::openaiChat;
    if (given.timeoutSeconds > 0) options.turnTimeout = support::fromMs(given.timeoutSeconds * 1000);
    if (const char* key = std::getenv("TURNTABLE_API_KEY")) options.apiKey = key;
    return options;
}

int replay(const ReplayVerbOptions& given) {
    StopOnSignal signals;
    auto options = replayOptions(given);
    if (!options) return fail(options.error());
    TurnTotals totals;
    const auto progress = [&](const run::ReplayProgress& step) {
        totals.add(step.turn);
        std::cerr << '[' << step.done << '/' << step.total << "] " << turnLine(step.turn) << std::endl;
    };
    auto outcome = run::replaySession(*options, progress, signals.token());
    if (!outcome) return fail(outcome.error());
    std::cerr << totals.text() << '\n' << storeWaitText(outcome->storeWait) << '\n';
    if (!outcome->simulatedProfile.empty()) std::cerr << "simulated: " << outcome->simulatedProfile << '\n';
    std::cout << "run " << outcome->run.value << ": " << outcome->answered << " of " << outcome->total
              << " turns answered" << (outcome->cancelled ? ", cancelled" : "") << '\n';
    if (outcome->cancelled || outcome->answered < outcome->total) {
        std::cerr << "to go on: turntable replay " << given.session << " --against " << given.against << " --resume "
                  << outcome->run.value << '\n';
        return kFailed;
    }
    return kDone;
}

}  // namespace

Verb addReplay(CommandLine& program) {
    auto command = program.command(
        "replay",
        "Play a session again against another model, turn by turn on the recorded history; nothing is executed");
    auto options = std::make_shared<ReplayVerbOptions>();
    command.option("session", options->session, "Session: id, name or latest").required().valueName("SESSION");
    command
        .option("--against", options->against,
                "Endpoint: a base URL, or simulated:m2-base, simulated:m3-pro, simulated:m4-max")
        .valueName("ENDPOINT")
        .defaultValue("simulated:m2-base");
    command.option("--model", options->model, "Model name to ask for (default: as recorded)").valueName("M");
    command.option("--api", options->api, "API of the endpoint (default: as recorded)").oneOf({"anthropic", "openai"});
    command.option("--turns", options->turns, "Only these turns: 4, 4..7 or 4,9").valueName("TURNS");
    command.option("--name", options->name, "Name of the run").valueName("N");
    command.option("--resume", options->resume, "Go on with this run: turns it has answered are left alone")
        .valueName("RUN");
    command.option("--timeout", options->timeoutSeconds, "Give up on a turn after so many seconds")
        .valueName("SECONDS")
        .positive();
    command.footer("An API key is taken from TURNTABLE_API_KEY. Ctrl+C ends the run; --resume goes on with it.");
    addStoreOption(command, options->store);
    return {"replay", [options] { return replay(*options); }};
}

}  // namespace turntable::cli
