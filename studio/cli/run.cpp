#include <fstream>
#include <iostream>

#include "studio/cli/child_process.h"
#include "studio/cli/recording_front.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

// What a shell ends with when it cannot run a command.
constexpr int kCannotRun = 126;
constexpr int kNoSuchProgram = 127;

struct RunOptions {
    RecordOptions record;
    std::string log;
    std::vector<std::string> command;
};

std::vector<std::pair<std::string, std::string>> variablesFor(const std::string& url) {
    return {{"ANTHROPIC_BASE_URL", url}, {"OPENAI_BASE_URL", url + "/v1"}};
}

int run(const RunOptions& given) {
    auto options = proxyOptions(given.record);
    if (!options) return fail(options.error());
    std::ofstream log;
    if (!given.log.empty()) {
        log.open(given.log, std::ios::app);
        if (!log) return fail({support::ErrorCode::io, "--log " + given.log + " cannot be written"});
    }
    ChildProcess agent;
    auto front = RecordingFront::start(*options, [&](const std::string& line) { log << line << std::endl; });
    if (!front) return fail(front.error());
    const auto started = agent.start(given.command, variablesFor((*front)->url()));
    const int code = started ? agent.wait() : 0;
    (*front)->stop();
    if (!started) {
        fail(started.error());
        return started.error().code == support::ErrorCode::notFound ? kNoSuchProgram : kCannotRun;
    }
    std::cerr << '\n' << (*front)->summary() << '\n';
    if ((*front)->turns() == 0) {
        std::cerr << "nothing was recorded: does " << given.command.front()
                  << " use ANTHROPIC_BASE_URL or OPENAI_BASE_URL?\n";
    } else {
        std::cerr << "recorded to " << options->store.string() << ": see `turntable show latest`\n";
    }
    return code;
}

}  // namespace

Verb addRun(CommandLine& program) {
    auto command = program.command("run", "Record an agent from its start to its end: run --upstream URL -- CMD...");
    auto options = std::make_shared<RunOptions>();
    options->record.listen = "127.0.0.1:0";
    addRecordOptions(command, options->record);
    command.option("--log", options->log, "Add the line of each turn to this file").valueName("FILE");
    command.option("command", options->command, "The agent and its arguments, behind --").required().valueName("CMD");
    command.footer(
        "The agent finds the recorder by ANTHROPIC_BASE_URL and OPENAI_BASE_URL. The exit code is that of the agent; "
        "127 "
        "when there is no such program. `turntable watch`, in another terminal, shows the turns while they come.");
    program.hintWhenUnexpected("run", "The agent and its arguments stand behind --: turntable run … -- CMD ARG...");
    return {"run", [options] { return run(*options); }};
}

}  // namespace turntable::cli
