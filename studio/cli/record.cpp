#include <iostream>

#include "studio/cli/recording_front.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

int record(const RecordOptions& given) {
    auto options = proxyOptions(given);
    if (!options) return fail(options.error());
    StopOnSignal signals;
    auto front = RecordingFront::start(*options, [](const std::string& line) { std::cerr << line << std::endl; });
    if (!front) return fail(front.error());
    const std::string url = (*front)->url();
    std::cout << "listening " << url << std::endl;
    std::cerr << "recording to " + options->store.string() + ", upstream " +
                     proxy::describe({options->upstream, options->upstreamApi}) +
                     "\n\n    export ANTHROPIC_BASE_URL=" + url +
                     "\n\n(agents that speak OpenAI: OPENAI_BASE_URL=" + url +
                     "/v1; to name a session yourself append /s/NAME to the base URL; Ctrl+C ends)\n\n"
              << std::flush;
    if (options->listenHost == "0.0.0.0" || options->listenHost == "::") {
        std::cerr << "(this is every address of this machine: from another one put its name or address in the place of "
                  << options->listenHost << ")\n\n"
                  << std::flush;
    }
    signals.wait();
    (*front)->stop();
    std::cerr << '\n' << (*front)->summary() << std::endl;
    return (*front)->turnsLost() == 0 ? kDone : kFailed;
}

}  // namespace

Verb addRecord(CommandLine& program) {
    auto command = program.command("record", "Record an agent: a proxy between it and its model server");
    auto options = std::make_shared<RecordOptions>();
    addRecordOptions(command, *options);
    command.option("--listen", options->listen, "Address to listen on; port 0 takes a free one")
        .valueName("HOST:PORT")
        .showDefault();
    command.flag("--allow-remote", options->allowRemote,
                 "Listen where other machines can reach it too; base URLs then need the access token that is printed "
                 "(TURNTABLE_ACCESS_TOKEN, or a new one each time)");
    return {"record", [options] { return record(*options); }};
}

}  // namespace turntable::cli
