// A whole recording: an agent that sends its growing history turn after turn through the recording proxy to a server
// that answers at once. Prints what is kept and written for it, and how much later the first token comes than without
// the proxy and than through a bare hop that only copies bytes. TURNTABLE_BENCH_TURNS for another number of turns than
// 200.
//
// The load is that of the peers' figures below: 6 kB of system prompt, 24 tools of 14 kB, then 3 kB a turn; turn 200
// sends 640 kB, all turns together 63 MB, of which 0.63 MB are new. Server, agent and proxy share this process, so that
// memory here is that of all three.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/proxy/recording_proxy.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tcp_hop.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace turntable;
using Clock = std::chrono::steady_clock;

constexpr const char* kPeers =
    "peers, the same load on two cores of another machine (store after 200 turns; first token of turn 1 and turn 200, "
    "direct 2.7 "
    "and 3.3 ms):\n"
    "  bare TCP hop            -                         2.7,   3.4 ms\n"
    "  cc-inspector            memory, up to 820 MB      3.1,   5.1 ms\n"
    "  mitmproxy, streaming    70 MB                     4.3,   5.3 ms\n"
    "  better-ccflare          85 MB, 208 written        7.9,  11.5 ms\n"
    "  claude-tap              11.5 to 13.9 MB           5.9,   7.6 ms\n"
    "  Laminar's proxy         63 MB                      47,    51 ms\n"
    "  claude-code-router 2.0  132 MB                     16,   196 ms\n"
    "  claude-trace            151 MB, 9.4 GB written    127,   889 ms\n";

int turnCount() {
    const char* wanted = std::getenv("TURNTABLE_BENCH_TURNS");
    return wanted == nullptr ? 200 : std::max(1, std::atoi(wanted));
}

/// Words of an accessibility tree, other ones for each seed.
std::string words(unsigned seed, std::size_t size) {
    static constexpr const char* kWords[] = {"button",  "menu", "save",  "open",   "window", "report",
                                             "project", "text", "field", "search", "panel",  "folder",
                                             "row",     "cell", "apply", "cancel"};
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) {
        text += kWords[random() % std::size(kWords)];
        text += random() % 6 == 0 ? " [" + std::to_string(random() % 2000) + "]\\n" : " ";
    }
    text.resize(size);
    if (text.back() == '\\') text.back() = ' ';
    return text;
}

std::string headOfRequest() {
    std::string body = R"({"model":"local","max_tokens":1024,"stream":true,"system":[{"type":"text","text":")" +
                       words(1, 6000) + R"("}],"tools":[)";
    for (unsigned tool = 0; tool < 24; ++tool) {
        body +=
            (tool == 0 ? "" : ",") + std::string(R"({"name":"tool_)") + std::to_string(tool) + R"(","description":")" +
            words(100 + tool, 350) +
            R"(","input_schema":{"type":"object","properties":{"pid":{"type":"integer"},"element":{"type":"string"}}}})";
    }
    return body + R"(],"messages":[{"role":"user","content":[{"type":"text","text":")" + words(2, 2700) + R"("}]})";
}

std::string nextMessages(unsigned turn) {
    const std::string id = "toolu_" + std::to_string(100000 + turn);
    return R"(,{"role":"assistant","content":[{"type":"text","text":")" + words(3000 + turn, 120) +
           R"("},{"type":"tool_use","id":")" + id + R"(","name":"tool_3","input":{"pid":4242,"element":"e)" +
           std::to_string(turn) + R"("}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":")" + id +
           R"(","content":[{"type":"text","text":")" + words(9000 + turn, 2520) + R"("}]}]})";
}

std::string post(const std::string& body) {
    return "POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Milliseconds from the first byte of the request to the first token of the answer; empty when none came.
std::optional<double> firstToken(test::RawAgent& agent, const std::string& request) {
    const auto started = Clock::now();
    agent.send(request);
    if (!agent.readUntil("content_block_delta").starts_with("HTTP/1.1 200")) return std::nullopt;
    const double milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - started).count();
    static_cast<void>(agent.readUntil("0\r\n\r\n"));
    return milliseconds;
}

/// How the requests come to the server: through the proxy, through the hop, or by themselves.
struct Way {
    explicit Way(std::uint16_t port) : agent(port) {}
    test::RawAgent agent;
    std::vector<double> firstTokens;  ///< of the last turns, in milliseconds
};
constexpr int kMeasuredTurns = 20;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double writtenMB() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_oublock) * 512 / 1e6;
}

std::unique_ptr<proxy::RecordingProxy> startProxy(const std::filesystem::path& store, const std::string& upstream) {
    proxy::ProxyOptions options;
    options.upstream = upstream;
    options.listenPort = 0;
    options.store = store;
    auto started = proxy::RecordingProxy::start(options, {});
    return started ? *std::move(started) : nullptr;
}

void sessionOfTurns(benchmark::State& state) {
    static const bool told = (std::cout << kPeers << std::flush, true);
    benchmark::DoNotOptimize(told);
    const int turns = turnCount();
    const std::string reply = words(7, 900);
    test::ScriptedUpstream server([&reply](const test::UpstreamRequest&, test::UpstreamPeer& peer) {
        test::sendStream(peer, test::messageEvents(reply));
    });
    test::TcpHop hop(server.port());
    for (auto _ : state) {
        const test::TemporaryFolder folder;
        const auto empty = folder / "empty.db";
        if (auto proxy = startProxy(empty, server.url())) proxy->stop();
        const auto store = folder / "store.db";
        const double writtenBefore = writtenMB();
        auto proxy = startProxy(store, server.url());
        if (!proxy) return state.SkipWithError("the proxy did not start");
        std::array<Way, 3> ways{Way{test::portOf(proxy->listenUrl())}, Way{hop.port()}, Way{server.port()}};
        std::string body = headOfRequest();
        double sent = 0;
        for (int turn = 1; turn <= turns; ++turn) {
            if (turn > 1) body += nextMessages(static_cast<unsigned>(turn));
            const std::string request = post(body + "]}");
            sent += static_cast<double>(request.size());
            const bool measured = turn + kMeasuredTurns > turns;
            for (auto& way : ways) {
                if (&way != &ways.front() && !measured) continue;
                const auto taken = firstToken(way.agent, request);
                if (!taken) return state.SkipWithError("a request was not answered");
                if (measured) way.firstTokens.push_back(*taken);
            }
        }
        proxy->stop();
        const auto bytes = static_cast<double>(std::filesystem::file_size(store));
        const auto emptyBytes = static_cast<double>(std::filesystem::file_size(empty));
        state.counters["turns"] = turns;
        state.counters["sent_MB"] = sent / 1e6;
        state.counters["store_kB"] = bytes / 1e3;
        state.counters["store_less_empty_kB"] = (bytes - emptyBytes) / 1e3;
        state.counters["written_MB"] = writtenMB() - writtenBefore;
        const double ours = median(ways[0].firstTokens);
        const double bare = median(ways[1].firstTokens);
        state.counters["first_token_ms"] = ours;
        state.counters["hop_ms"] = bare;
        state.counters["direct_ms"] = median(ways[2].firstTokens);
        state.counters["over_hop_ms"] = ours - bare;
    }
}
BENCHMARK(sessionOfTurns)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
