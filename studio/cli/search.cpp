#include <chrono>
#include <iostream>
#include <limits>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "storage/search/search_index.h"
#include "studio/cli/hit_text.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct SearchOptions {
    std::vector<std::string> words;
    std::string session;
    std::string kind;
    std::int64_t limit = 20;
    std::int64_t offset = 0;
    std::string store;
    bool json = false;
};

support::Result<search::SearchRequest> requestOf(const SearchOptions& options, const storage::TraceReader& reader) {
    search::SearchRequest request;
    for (const auto& word : options.words) request.text += (request.text.empty() ? "" : " ") + word;
    request.limit = options.limit;
    request.offset = options.offset;
    if (!options.kind.empty()) request.kind = kindNamed(options.kind);
    if (options.session.empty()) return request;
    auto session = reader.findSession(options.session);
    if (!session) return std::move(session).error();
    request.session = session->id;
    return request;
}

/// A line on standard error now and then, from the first second on.
class Progress {
public:
    void operator()(std::int64_t done, std::int64_t total) {
        const auto now = std::chrono::steady_clock::now();
        if (now - m_told < std::chrono::seconds(1)) return;
        m_told = now;
        std::cerr << "indexing: " << done << " of " << total << " turns" << std::endl;
    }

private:
    std::chrono::steady_clock::time_point m_told = std::chrono::steady_clock::now();
};

/// Brings the index up to date. Another process that does the same is not waited for long: what there is can be
/// searched.
support::Status bringUpToDate(search::SearchIndex& index, const StopOnSignal& signals) {
    const auto left = index.update({signals.token(), Progress()});
    if (!left && left.error().code != support::ErrorCode::busy) return left.error();
    if (signals.token().stop_requested()) {
        return support::Error{support::ErrorCode::cancelled,
                              "stopped while the search index was being made; the next search goes on from here"};
    }
    return {};
}

int run(const SearchOptions& options) {
    StopOnSignal signals;
    auto store = storePath(options.store);
    if (!store) return fail(store.error());
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    auto request = requestOf(options, *reader);
    if (!request) return fail(request.error());
    auto index = search::SearchIndex::open(*store);
    if (!index) return fail(index.error());
    if (auto done = bringUpToDate(*index, signals); !done) return fail(done.error());
    const auto result = index->search(*request);
    if (!result) return fail(result.error());
    if (options.json) {
        std::cout << diff::jsonText(hitsToJson(*request, *result, index->notice()));
        return kDone;
    }
    if (!index->notice().empty()) std::cerr << "turntable: " << index->notice() << '\n';
    std::cout << hitsText(*request, *result);
    return kDone;
}

}  // namespace

Verb addSearch(CommandLine& program) {
    auto command = program.command("search", "Find text in everything that was recorded");
    auto options = std::make_shared<SearchOptions>();
    command
        .option("text", options->words,
                "Words, all of which must stand in one text; a phrase in double quotes: '\"save as\" file'")
        .required()
        .valueName("TEXT");
    command.option("--session", options->session, "Only in this session: id, name or latest").valueName("S");
    command.option("--kind", options->kind, "Only in texts of this kind").oneOf({"prompt", "reply", "screen", "file"});
    command.option("--limit", options->limit, "At most so many hits")
        .between(std::int64_t{1}, std::int64_t{100'000})
        .showDefault();
    command.option("--offset", options->offset, "Pass over so many hits")
        .between(std::int64_t{0}, std::numeric_limits<std::int64_t>::max() / 4)
        .showDefault();
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"search", [options] { return run(*options); }};
}

}  // namespace turntable::cli
