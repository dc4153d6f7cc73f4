#include <iostream>
#include <optional>

#include "recorder/proxy/recording_proxy.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct UpstreamOptions {
    std::string url;
    std::string api;
    std::string recorder;
    std::string store;
};

support::Result<storage::RecorderRecord> pickRecorder(const storage::TraceReader& reader, const std::string& wanted) {
    auto running = reader.runningRecorders();
    if (!running) return std::move(running).error();
    std::erase_if(*running, [](const auto& recorder) { return recorder.listen.empty(); });
    std::string there;
    for (const auto& recorder : *running) there += "\n  " + recorder.listen + " -> " + recorder.upstream;
    if (!wanted.empty()) {
        std::erase_if(*running, [&](const auto& recorder) { return recorder.listen != wanted; });
        if (running->size() == 1) return running->front();
        return support::Error{support::ErrorCode::notFound, "no recorder of this store listens on " + wanted +
                                                                (there.empty() ? "" : "; there are:" + there)};
    }
    if (running->size() == 1) return running->front();
    if (running->empty()) {
        return support::Error{support::ErrorCode::notFound,
                              "no recorder is running on this store: start one with `turntable record --upstream URL`"};
    }
    return support::Error{support::ErrorCode::invalidArgument,
                          "several recorders are running; name one with --recorder:" + there};
}

int swap(const UpstreamOptions& options) {
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    auto recorder = pickRecorder(*reader, options.recorder);
    if (!recorder) return fail(recorder.error());
    std::optional<model::Api> api;
    if (!options.api.empty()) {
        const auto parsed = proxy::parseUpstreamApi(options.api);
        if (!parsed) return fail(parsed.error());
        api = *parsed;
    }
    const auto swapped = proxy::swapUpstream(*recorder, options.url, api);
    if (!swapped) return fail(swapped.error());
    std::cout << recorder->listen << " now asks " << proxy::describe(*swapped) << "; it was " << recorder->upstream
              << '\n';
    return kDone;
}

}  // namespace

Verb addUpstream(CommandLine& program) {
    auto command = program.command("upstream", "Point a running recorder at another model server");
    auto options = std::make_shared<UpstreamOptions>();
    command.option("url", options->url, "Base URL of the model server").required().valueName("URL");
    command
        .option("--upstream-api", options->api,
                "API that the model server has: anthropic, or openai (default: as the recorder has been told)")
        .oneOf({"anthropic", "openai"});
    command.option("--recorder", options->recorder, "The recorder to steer, when several are running: its address")
        .valueName("URL");
    addStoreOption(command, options->store);
    return {"upstream", [options] { return swap(*options); }};
}

}  // namespace turntable::cli
