// Writing and reading an append-only session of growing prompts, beside a plain append of the same bytes to a file.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <vector>

#include "recorder/wire/request.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace turntable;

constexpr int kTurns = 60;
constexpr std::size_t kNewBytesATurn = 3000;

std::string requestOf(int turns) {
    std::string body = R"({"model":"local","stream":true,"system":")" + std::string(6000, 's') + R"(","messages":[)";
    for (int turn = 0; turn < turns; ++turn) {
        if (turn > 0) body += ',';
        std::string text = "screen " + std::to_string(turn) + ": ";
        for (unsigned word = static_cast<unsigned>(turn) * 2654435761U; text.size() < kNewBytesATurn;
             word = word * 1664525U + 1013904223U) {
            text += "button " + std::to_string(word % 9973) + ' ';
        }
        body += R"({"role":"user","content":[{"type":"text","text":")" + text + R"("}]})";
    }
    return body + "]}";
}

const std::vector<std::string>& bodies() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> made;
        for (int turn = 1; turn <= kTurns; ++turn) made.push_back(requestOf(turn));
        return made;
    }();
    return all;
}

std::int64_t bytesSent() {
    std::int64_t sum = 0;
    for (const auto& body : bodies()) sum += static_cast<std::int64_t>(body.size());
    return sum;
}

bool recordAll(const std::filesystem::path& path, std::vector<support::TurnId>& turns) {
    auto writer = storage::TraceWriter::open(path);
    if (!writer) return false;
    auto session = writer->createSession({});
    auto recorder = writer->registerRecorder({});
    if (!session || !recorder) return false;
    for (const auto& body : bodies()) {
        const auto parsed = wire::parseRequest(model::Api::anthropicMessages, body);
        if (!parsed) return false;
        std::vector<support::ByteRange> parts;
        for (const auto& part : parsed->parts) parts.push_back(part.bytes);
        model::Turn turn;
        turn.session = *session;
        if (!turns.empty()) turn.parent = turns.back();
        if (!writer->beginTurn(turn, {body, parts, {}, {}}, *recorder)) return false;
        turn.status = model::TurnStatus::complete;
        const std::string reply = R"({"type":"message"})";
        const std::vector<model::Arrival> arrivals = {{support::fromMs(1), reply.size()}};
        if (!writer->finishTurn(turn, {reply, arrivals, {}}, nullptr)) return false;
        turns.push_back(turn.id);
    }
    return writer->checkpoint().ok();
}

void appendToFile(benchmark::State& state) {
    for ([[maybe_unused]] auto round : state) {
        const test::TemporaryFolder folder;
        std::ofstream file(folder.path() / "bytes", std::ios::binary);
        for (const auto& body : bodies()) file << body << std::flush;
    }
    state.SetBytesProcessed(bytesSent() * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(appendToFile)->Name("append the bodies to a file (reference)")->Unit(benchmark::kMillisecond);

void recordSession(benchmark::State& state) {
    std::uintmax_t stored = 0;
    for ([[maybe_unused]] auto round : state) {
        const test::TemporaryFolder folder;
        std::vector<support::TurnId> turns;
        if (!recordAll(folder.path() / "bench.db", turns)) {
            state.SkipWithError("the session could not be written");
            return;
        }
        stored = std::filesystem::file_size(folder.path() / "bench.db");
    }
    state.SetBytesProcessed(bytesSent() * static_cast<std::int64_t>(state.iterations()));
    state.counters["stored_bytes"] = static_cast<double>(stored);
    state.counters["sent_bytes"] = static_cast<double>(bytesSent());
}
BENCHMARK(recordSession)->Name("record 60 turns")->Unit(benchmark::kMillisecond);

void readLastPrompt(benchmark::State& state) {
    const test::TemporaryFolder folder;
    std::vector<support::TurnId> turns;
    if (!recordAll(folder.path() / "bench.db", turns)) {
        state.SkipWithError("the session could not be written");
        return;
    }
    auto reader = storage::TraceReader::open(folder.path() / "bench.db");
    for ([[maybe_unused]] auto round : state) {
        const auto body = reader->requestBody(turns.back());
        if (!body || *body != bodies().back()) state.SkipWithError("the body came out wrong");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bodies().back().size()) *
                            static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(readLastPrompt)->Name("read the prompt of turn 60")->Unit(benchmark::kMicrosecond);

}  // namespace
