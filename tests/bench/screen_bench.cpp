// Parsing and comparing large trees, beside the cost of merely reading the text (memchr over its lines).
#include <benchmark/benchmark.h>

#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <string>

#include "recorder/screen/playwright_snapshot.h"
#include "recorder/tokens/breakdown.h"
#include "replay/diff/tree_diff.h"

namespace {

using namespace turntable;

const std::string& gridSnapshot() {
    static const std::string text = [] {
        std::ifstream file(TURNTABLE_SOURCE_DIR "/fixtures/sessions/grid-boxes-0.0.83/01_snapshot.yml",
                           std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

model::Screen parse(const std::string& text) {
    std::deque<std::string> owned;
    model::Screen screen;
    screen::fillScreen(screen::parseSnapshot(text, owned), screen);
    return screen;
}

void setBytes(benchmark::State& state) {
    state.SetBytesProcessed(static_cast<std::int64_t>(gridSnapshot().size()) *
                            static_cast<std::int64_t>(state.iterations()));
}

void readLines(benchmark::State& state) {
    const std::string& text = gridSnapshot();
    for ([[maybe_unused]] auto round : state) {
        std::size_t lines = 0;
        const char* at = text.data();
        const char* const end = at + text.size();
        while (at < end) {
            const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
            if (found == nullptr) break;
            at = static_cast<const char*>(found) + 1;
            ++lines;
        }
        benchmark::DoNotOptimize(lines);
    }
    setBytes(state);
}
BENCHMARK(readLines)->Name("lines of the text alone (reference)");

void parseSnapshot(benchmark::State& state) {
    std::size_t seen = 0;
    for ([[maybe_unused]] auto round : state) seen = parse(gridSnapshot()).elementsSeen;
    if (seen < 4000) state.SkipWithError("the snapshot of the grid is not there");
    setBytes(state);
}
BENCHMARK(parseSnapshot)->Name("parse a Playwright snapshot of 4,000 elements")->Unit(benchmark::kMicrosecond);

void estimateTokens(benchmark::State& state) {
    for ([[maybe_unused]] auto round : state) benchmark::DoNotOptimize(tokens::estimateTokens(gridSnapshot()));
    setBytes(state);
}
BENCHMARK(estimateTokens)->Name("estimate its tokens")->Unit(benchmark::kMicrosecond);

void diffEqual(benchmark::State& state) {
    const model::Screen screen = parse(gridSnapshot());
    for ([[maybe_unused]] auto round : state) benchmark::DoNotOptimize(diff::diffTrees(screen, screen));
}
BENCHMARK(diffEqual)->Name("diff 2,000 elements with themselves")->Unit(benchmark::kMicrosecond);

void diffOneRowGone(benchmark::State& state) {
    const model::Screen before = parse(gridSnapshot());
    const std::string& text = gridSnapshot();
    const auto row = text.find("- row ", text.size() / 8);
    if (row == std::string::npos) {
        state.SkipWithError("the snapshot of the grid has no rows");
        return;
    }
    const auto start = text.rfind('\n', row) + 1;
    const auto next = text.find("\n" + text.substr(start, row - start) + "- row ", row) + 1;
    const model::Screen after = parse(text.substr(0, start) + text.substr(next));
    for ([[maybe_unused]] auto round : state) benchmark::DoNotOptimize(diff::diffTrees(before, after));
}
BENCHMARK(diffOneRowGone)->Name("diff 2,000 elements with one row removed")->Unit(benchmark::kMicrosecond);

}  // namespace
