#include <charconv>
#include <iostream>
#include <mutex>

#include "recorder/proxy/recording_proxy.h"
#include "storage/search/background_indexer.h"
#include "studio/cli/signals.h"
#include "studio/cli/turn_line.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct RecordOptions {
    std::string upstream;
    std::string listen = "127.0.0.1:8040";
    std::string store;
    std::string name;
    std::vector<std::string> modelMap;
    std::vector<std::string> filesFrom;
};

/// "HOST:PORT" or ":PORT"; IPv6 in brackets.
support::Status splitListenAddress(const std::string& text, proxy::ProxyOptions& options) {
    const support::Error wrong{support::ErrorCode::invalidArgument,
                               "--listen \"" + text + "\" is not an address: write 127.0.0.1:8040 or [::1]:8040"};
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return wrong;
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string port = text.substr(colon + 1);
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), options.listenPort);
    if (failure != std::errc{} || end != port.data() + port.size()) return wrong;
    if (!host.empty()) options.listenHost = host == "localhost" ? "127.0.0.1" : host;
    return {};
}

bool isLoopback(const std::string& host) { return host == "::1" || host.starts_with("127."); }

support::Result<proxy::ProxyOptions> proxyOptions(const RecordOptions& options) {
    proxy::ProxyOptions result;
    if (auto listen = splitListenAddress(options.listen, result); !listen) return std::move(listen).error();
    if (!isLoopback(result.listenHost)) {
        return support::Error{support::ErrorCode::invalidArgument,
                              "--listen " + options.listen +
                                  " is not a loopback address: prompts hold private text, so "
                                  "only 127.0.0.0/8 and [::1] are accepted"};
    }
    for (const auto& text : options.modelMap) {
        auto rule = proxy::parseModelRule(text);
        if (!rule) return std::move(rule).error();
        result.modelRules.push_back(*std::move(rule));
    }
    auto store = storePath(options.store);
    if (!store) return std::move(store).error();
    result.store = *store;
    result.upstream = options.upstream;
    result.sessionName = options.name;
    result.linkedFileRoots = options.filesFrom;
    if (result.linkedFileRoots.empty()) result.linkedFileRoots.emplace_back(".");
    return result;
}

int record(const RecordOptions& given) {
    auto options = proxyOptions(given);
    if (!options) return fail(options.error());
    StopOnSignal signals;
    if (auto recovered = proxy::recoverStore(options->store); !recovered) {
        return fail(recovered.error());
    } else if (*recovered > 0) {
        std::cerr << "finished " << *recovered << " turn(s) that an earlier recorder left behind\n";
    }
    TurnTotals totals;
    std::mutex output;
    std::string session;
    search::BackgroundIndexer indexer(options->store, {});
    proxy::ProxyListener listener;
    listener.onTurn = [&](const model::Turn& turn, const model::Session& of, bool stored) {
        const std::scoped_lock lock(output);
        totals.add(turn, stored);
        if (session != of.name) std::cerr << "session " << of.name << '\n';
        session = of.name;
        std::cerr << turnLine(turn) << (stored ? "" : " | NOT STORED") << std::endl;
        indexer.wake();
    };
    listener.onNotice = [&](const std::string& notice) {
        const std::scoped_lock lock(output);
        std::cerr << notice << std::endl;
    };
    auto proxy = proxy::RecordingProxy::start(*options, std::move(listener));
    if (!proxy) return fail(proxy.error());
    {
        const std::scoped_lock lock(output);
        const std::string url = (*proxy)->listenUrl();
        std::cout << "listening " << url << std::endl;
        std::cerr << "recording to " << options->store.string() << ", upstream " << options->upstream << "\n\n"
                  << "    export ANTHROPIC_BASE_URL=" << url << "\n\n"
                  << "(agents that speak OpenAI: OPENAI_BASE_URL=" << url << "/v1; to name a session yourself append "
                  << "/s/NAME to the base URL; Ctrl+C ends)\n"
                  << std::endl;
    }
    signals.wait();
    (*proxy)->stop();
    std::cerr << '\n' << totals.text() << '\n' << storeWaitText((*proxy)->longestWait()) << std::endl;
    return kDone;
}

}  // namespace

Verb addRecord(CommandLine& program) {
    auto command = program.command("record", "Record an agent: a proxy between it and its model server");
    auto options = std::make_shared<RecordOptions>();
    command.option("--upstream", options->upstream, "Base URL of the model server").required().valueName("URL");
    command.option("--listen", options->listen, "Address to listen on; port 0 takes a free one")
        .valueName("HOST:PORT")
        .showDefault();
    command.option("--name", options->name, "Name of the session").valueName("N");
    command
        .option("--model-map", options->modelMap,
                "Ask the server for another model: 'claude-*=qwen'; may be given more than once")
        .valueName("PATTERN=NAME");
    command
        .option("--files-from", options->filesFrom,
                "Folder in which relative links of tool results are looked for (default: the current one); may be "
                "given more than once")
        .valueName("DIR")
        .existingFolder();
    addStoreOption(command, options->store);
    return {"record", [options] { return record(*options); }};
}

}  // namespace turntable::cli
