#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "storage/search/search_types.h"
#include "storage/support/result.h"

namespace turntable::search {

/// How an update goes on. `progress(done, total)`: turns; called after every slice, on the same thread.
struct UpdateOptions {
    std::stop_token stop;
    std::function<void(std::int64_t, std::int64_t)> progress;
};

/// The file that the index of a store is in: `STORE-search`, and what SQLite keeps beside it.
[[nodiscard]] std::filesystem::path searchIndexPath(const std::filesystem::path& store);

/// Forgets everything that the index of a store knows, for example after something was deleted that must not be found
/// by anybody: the next search makes it anew. Errors: io.
[[nodiscard]] support::Status removeSearchIndex(const std::filesystem::path& store);

/// What is to be done where the index cannot be written to its file.
enum class Fallback { inMemory, none };

/// Finds text in a store. Covers what the turns brought: parts of prompts, replies, linked files, and of screens what
/// stands in none of these. Each text is indexed once, whatever number of turns and sessions have it. Words are found
/// wherever they stand inside of longer ones, in any script, from one character on; case is folded one character for
/// one (Latin, Greek, Cyrillic, ...), accents count, nothing is normalised; escapes of JSON are resolved, white space
/// of any kind and length is one space; base64 and other binary content is not text.
///
/// The index is a file beside the store, made when it is missing, and made anew when it is damaged, of another version
/// or of another store. Where it cannot be written (read-only folder, full disk) it is made in memory, and `notice`
/// says so; without a fallback that is an error (io). The store is only read, and never locked for those who write.
/// Several processes may update one index at once. One thread. Errors: those of `TraceReader`; busy (another process
/// held the index for more than five seconds).
class SearchIndex {
public:
    [[nodiscard]] static support::Result<SearchIndex> open(const std::filesystem::path& store,
                                                           Fallback fallback = Fallback::inMemory);
    SearchIndex(SearchIndex&&) noexcept;
    SearchIndex& operator=(SearchIndex&&) noexcept;
    ~SearchIndex();

    /// Takes in what is new in the store and drops what has gone, about 50 ms at a time. Returns how many turns are
    /// still to be looked into: more than 0 after a stop.
    [[nodiscard]] support::Result<std::int64_t> update(const UpdateOptions& options = {});
    /// Searches what is indexed. Errors besides: invalidArgument for a request that names nothing, or too much.
    [[nodiscard]] support::Result<SearchResult> search(const SearchRequest& request);

    /// Why the index is not in its file, in one sentence; empty when it is.
    [[nodiscard]] const std::string& notice() const;

private:
    struct State;
    explicit SearchIndex(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::search
