// Indexing and searching screens of 2,000 elements, beside looking through all of their text.
// TURNTABLE_SEARCH_SCREENS sets how many: 20 for a moment's run, 500 for a million elements.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/search/search_index.h"
#include "storage/trace_writer.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace turntable;

constexpr std::size_t kElements = 2000;

std::size_t screenCount() {
    const char* const text = std::getenv("TURNTABLE_SEARCH_SCREENS");
    const long count = text == nullptr ? 20 : std::atol(text);
    return static_cast<std::size_t>(std::clamp(count, 2L, 100'000L));
}

/// `changing`: one screen after the other of the same application, of which one element in a hundred is another one.
/// `distinct`: no element comes twice, the worst there is.
enum class Corpus { changing, distinct };

/// Makes elements of words that are as long and as frequent as those of a mail program, some in Japanese or Chinese.
class ElementMaker {
public:
    std::string element(std::size_t number) {
        static constexpr std::array<const char*, 8> kRoles = {"button",  "link",     "row",      "cell",
                                                              "textbox", "checkbox", "listitem", "heading"};
        static constexpr std::array<const char*, 6> kEast = {"設定を開く",     "下書きを保存", "请打开设置窗口",
                                                             "新規メッセージ", "受信トレイ",   "发送邮件"};
        std::string text = pick(20) == 0 ? kEast[pick(kEast.size())] : word() + " " + word();
        for (std::size_t more = pick(4); more > 0; --more) text += " " + word();
        if (pick(3) == 0) text += " " + std::to_string(pick(100'000));
        return std::string("- ") + kRoles[pick(kRoles.size())] + R"( \")" + text + R"(\" [ref=e)" +
               std::to_string(number) + R"( cursor=pointer]\n)";
    }
    std::size_t pick(std::size_t below) { return m_random() % below; }

private:
    std::string word() {
        static constexpr std::array<const char*, 12> kFrequent = {
            "Open", "Save", "message", "Inbox", "Reply", "from", "the", "to", "Settings", "window", "Delete", "new"};
        static constexpr std::array<const char*, 24> kSyllables = {
            "an",  "ber", "cor", "del", "est", "for", "gra",  "hin", "is", "jo",  "kel", "lin",
            "mor", "nat", "ou",  "pre", "qui", "ra",  "ston", "ter", "ul", "ver", "win", "yo"};
        if (pick(2) == 0) return kFrequent[pick(kFrequent.size())];
        std::string made;
        for (std::size_t more = 2 + pick(3); more > 0; --more) made += kSyllables[pick(kSyllables.size())];
        return made;
    }
    std::mt19937 m_random{17};
};

struct Recorded {
    test::TemporaryFolder folder;
    std::filesystem::path store = folder / "store.db";
    std::vector<std::string> texts;
    double textBytes = 0;
    bool ok = false;
};

bool record(Recorded& recorded, Corpus corpus) {
    auto writer = storage::TraceWriter::open(recorded.store);
    if (!writer) return false;
    const auto session = writer->createSession({});
    if (!session) return false;
    ElementMaker maker;
    std::vector<std::string> elements(kElements);
    for (std::size_t screen = 0; screen < screenCount(); ++screen) {
        const bool all = screen == 0 || corpus == Corpus::distinct;
        for (std::size_t changes = all ? kElements : kElements / 100; changes > 0; --changes) {
            const std::size_t place = all ? changes - 1 : maker.pick(kElements);
            elements[place] = maker.element(place);
        }
        if (screen % 50 == 7) elements[maker.pick(kElements)] = R"(- button \"Quokka 4711\" [ref=e1]\n)";
        const std::string prefix = R"({"messages":[)";
        std::string text = R"({"type":"tool_result","content":")";
        for (const std::string& element : elements) text += element;
        text += R"("})";
        const support::ByteRange part{prefix.size(), text.size()};
        model::Turn turn;
        turn.session = *session;
        if (!writer->beginTurn(turn, {prefix + text + "]}", std::span(&part, 1), {}, {}}, {})) return false;
        turn.status = model::TurnStatus::complete;
        if (!writer->finishTurn(turn, {R"({"type":"message"})", {}, {}}, nullptr)) return false;
        recorded.textBytes += static_cast<double>(text.size());
        recorded.texts.push_back(std::move(text));
    }
    return writer->checkpoint().ok();
}

Recorded& recordedOf(Corpus corpus) {
    static std::array<std::unique_ptr<Recorded>, 2> made;
    auto& recorded = made[static_cast<std::size_t>(corpus)];
    if (!recorded) {
        recorded = std::make_unique<Recorded>();
        recorded->ok = record(*recorded, corpus);
    }
    return *recorded;
}

bool build(const std::filesystem::path& store) {
    auto index = search::SearchIndex::open(store);
    if (!index || !index->notice().empty()) return false;
    const auto left = index->update();
    return left && *left == 0;
}

void buildIndex(benchmark::State& state, Corpus corpus) {
    const Recorded& recorded = recordedOf(corpus);
    bool ok = recorded.ok;
    for ([[maybe_unused]] auto round : state) {
        ok = ok && search::removeSearchIndex(recorded.store).ok() && build(recorded.store);
    }
    if (!ok) state.SkipWithError("no index");
    state.SetBytesProcessed(static_cast<std::int64_t>(recorded.textBytes) *
                            static_cast<std::int64_t>(state.iterations()));
    std::error_code error;
    const auto bytes = static_cast<double>(std::filesystem::file_size(search::searchIndexPath(recorded.store), error));
    state.counters["text_MB"] = recorded.textBytes / 1e6;
    state.counters["index_MB"] = bytes / 1e6;
    state.counters["index_to_text"] = bytes / recorded.textBytes;
    const auto storeBytes = static_cast<double>(std::filesystem::file_size(recorded.store, error));
    state.counters["store_MB"] = storeBytes / 1e6;
}

struct Query {
    const char* name;
    const char* text;
};
constexpr std::array<Query, 10> kQueries = {{{"rare word", "quokka"},
                                             {"common word", "message"},
                                             {"part of a word", "rninlin"},
                                             {"two characters", "qu"},
                                             {"two characters, no hit", "zx"},
                                             {"one character, no hit", "~"},
                                             {"no hit", "hippopotamus"},
                                             {"Japanese", "下書き"},
                                             {"Chinese, two characters", "设置"},
                                             {"phrase with a number", "\"quokka 4711\""}}};

/// `fresh`: as the command line does it, with a new connection, a look for new turns and the query.
enum class Opened { fresh, kept };

bool runQuery(search::SearchIndex& index, const char* text, std::size_t* hits) {
    search::SearchRequest request;
    request.text = text;
    const auto result = index.search(request);
    if (result && hits != nullptr) *hits = result->hits.size();
    return result.ok();
}

bool runFresh(const std::filesystem::path& store, const char* text, std::size_t* hits) {
    auto index = search::SearchIndex::open(store);
    return index && index->update() && runQuery(*index, text, hits);
}

void query(benchmark::State& state, Corpus corpus, Opened opened, const char* text) {
    const Recorded& recorded = recordedOf(corpus);
    bool ok = recorded.ok && build(recorded.store);
    auto index = search::SearchIndex::open(recorded.store);
    ok = ok && index.ok();
    std::size_t hits = 0;
    for ([[maybe_unused]] auto round : state) {
        if (!ok) break;
        ok = opened == Opened::fresh ? runFresh(recorded.store, text, &hits) : runQuery(*index, text, &hits);
    }
    if (!ok) state.SkipWithError("no answer");
    state.counters["hits_shown"] = static_cast<double>(hits);
}

void allQueries(benchmark::State& state, Corpus corpus, Opened opened) {
    const Recorded& recorded = recordedOf(corpus);
    bool ok = recorded.ok && build(recorded.store);
    auto index = search::SearchIndex::open(recorded.store);
    ok = ok && index.ok();
    std::vector<double> times;
    for ([[maybe_unused]] auto round : state) {
        for (const Query& each : kQueries) {
            if (!ok) break;
            const auto begun = std::chrono::steady_clock::now();
            ok = opened == Opened::fresh ? runFresh(recorded.store, each.text, nullptr)
                                         : runQuery(*index, each.text, nullptr);
            times.push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
        }
    }
    if (!ok || times.empty()) {
        state.SkipWithError("no answer");
        return;
    }
    std::sort(times.begin(), times.end());
    state.counters["median_ms"] = times[times.size() / 2];
    state.counters["p95_ms"] = times[times.size() * 95 / 100];
    state.counters["elements"] = static_cast<double>(screenCount() * kElements);
}

void readEverything(benchmark::State& state, Corpus corpus) {
    const Recorded& recorded = recordedOf(corpus);
    for ([[maybe_unused]] auto round : state) {
        for (const std::string& text : recorded.texts) benchmark::DoNotOptimize(text.find("hippopotamus"));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(recorded.textBytes) *
                            static_cast<std::int64_t>(state.iterations()));
}

const bool kRegistered = [] {
    for (const auto corpus : {Corpus::changing, Corpus::distinct}) {
        const std::string of = corpus == Corpus::changing ? "changing screens: " : "distinct screens: ";
        const auto add = [&of](const std::string& name, auto run) {
            benchmark::RegisterBenchmark((of + name).c_str(), run)->Unit(benchmark::kMillisecond);
        };
        add("build the index", [corpus](benchmark::State& state) { buildIndex(state, corpus); });
        add("look through the plain text in memory (reference)",
            [corpus](benchmark::State& state) { readEverything(state, corpus); });
        for (const Query& each : kQueries) {
            add(each.name,
                [corpus, text = each.text](benchmark::State& state) { query(state, corpus, Opened::kept, text); });
        }
        add("all kinds of queries", [corpus](benchmark::State& state) { allQueries(state, corpus, Opened::kept); });
        add("all kinds of queries, opened anew",
            [corpus](benchmark::State& state) { allQueries(state, corpus, Opened::fresh); });
    }
    return true;
}();

}  // namespace
