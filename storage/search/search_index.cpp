#include "storage/search/search_index.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/search/bucket_store.h"
#include "storage/search/catalogue.h"
#include "storage/search/index_file.h"
#include "storage/search/index_updater.h"
#include "storage/search/searcher.h"
#include "storage/search/store_texts.h"
#include "storage/sqlite/transaction.h"

namespace turntable::search {

using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

/// Where the rows of the index are, and what is kept of them between two queries.
struct OpenIndex {
    explicit OpenIndex(IndexFile opened) : file(std::move(opened)), buckets(file) {}
    IndexFile file;
    BucketStore buckets;
    std::int64_t generation = -1;  ///< that `catalogue` is of
    Catalogue catalogue;
};

enum class Where { file, readOnlyFile, memory };

// Damage that SQLite finds, and tables that are not ours behind our number.
bool isWorthless(const Error& error) {
    return error.code == ErrorCode::corrupt || error.code == ErrorCode::internal || error.code == ErrorCode::notFound;
}

}  // namespace

std::filesystem::path searchIndexPath(const std::filesystem::path& store) {
    std::filesystem::path path = store;
    path += "-search";
    return path;
}

Status removeSearchIndex(const std::filesystem::path& store) { return IndexFile::remove(searchIndexPath(store)); }

struct SearchIndex::State {
    Status openIndex();
    Status openInMemory(const std::string& why);
    Status makeAnew(const Error& error);
    Result<std::int64_t> tryUpdate(const UpdateOptions& options);
    Result<SearchResult> trySearch(const SearchRequest& request);

    std::filesystem::path path;  ///< of the index
    std::unique_ptr<StoreTexts> store;
    std::unique_ptr<OpenIndex> index;
    Where where = Where::file;
    Fallback fallback = Fallback::inMemory;
    std::string notice;
};

SearchIndex::SearchIndex(std::unique_ptr<State> state) : m_state(std::move(state)) {}
SearchIndex::SearchIndex(SearchIndex&&) noexcept = default;
SearchIndex& SearchIndex::operator=(SearchIndex&&) noexcept = default;
SearchIndex::~SearchIndex() = default;

Result<SearchIndex> SearchIndex::open(const std::filesystem::path& store, Fallback fallback) {
    auto texts = StoreTexts::open(store);
    if (!texts) return texts.error();
    auto state = std::make_unique<State>();
    state->path = searchIndexPath(store);
    state->store = std::move(*texts);
    state->fallback = fallback;
    if (auto opened = state->openIndex(); !opened) return opened.error();
    return SearchIndex(std::move(state));
}

Status SearchIndex::State::openIndex() {
    auto file = IndexFile::open(path, store->salt());
    if (!file && isWorthless(file.error())) {
        if (auto removed = IndexFile::remove(path); !removed) return openInMemory(removed.error().message);
        file = IndexFile::open(path, store->salt());
    }
    if (file) {
        index = std::make_unique<OpenIndex>(std::move(*file));
        where = Where::file;
        return {};
    }
    if (file.error().code == ErrorCode::busy) return file.error();
    // A folder that cannot be written may still have an index in it.
    if (auto old = IndexFile::openReadOnly(path, store->salt()); old) {
        index = std::make_unique<OpenIndex>(std::move(*old));
        where = Where::readOnlyFile;
        return {};
    }
    return openInMemory(file.error().message);
}

Status SearchIndex::State::openInMemory(const std::string& why) {
    if (fallback == Fallback::none) return Error{ErrorCode::io, "the search index cannot be kept: " + why};
    auto file = IndexFile::inMemory(store->salt());
    if (!file) return file.error();
    index = std::make_unique<OpenIndex>(std::move(*file));
    where = Where::memory;
    notice = "the search index cannot be kept in its file and is made in memory for this search (" + why + ")";
    return {};
}

// What was found to be wrong with the index: none of it is believed any more.
Status SearchIndex::State::makeAnew(const Error& error) {
    index.reset();
    if (where == Where::file) {
        if (auto removed = IndexFile::remove(path); removed) return openIndex();
    }
    return openInMemory(error.message);
}

Result<std::int64_t> SearchIndex::State::tryUpdate(const UpdateOptions& options) {
    IndexUpdater updater(index->file, index->buckets, *store);
    if (where != Where::readOnlyFile) return updater.run(options);
    const auto pending = updater.pending();
    if (!pending) return pending.error();
    if (*pending == 0) return std::int64_t{0};
    return Error{ErrorCode::io,
                 path.string() + ": read-only, and " + std::to_string(*pending) + " turns are not in it"};
}

Result<std::int64_t> SearchIndex::update(const UpdateOptions& options) {
    State& state = *m_state;
    auto left = state.tryUpdate(options);
    if (left) return left;
    const Error error = left.error();
    if (error.code == ErrorCode::busy) return left;
    if (error.code == ErrorCode::io && state.where != Where::memory) {
        state.index.reset();
        if (auto opened = state.openInMemory(error.message); !opened) return opened.error();
    } else if (isWorthless(error)) {
        if (auto opened = state.makeAnew(error); !opened) return opened.error();
    } else {
        return left;
    }
    // Once: damage that comes back is not the index's.
    return state.tryUpdate(options);
}

Result<SearchResult> SearchIndex::State::trySearch(const SearchRequest& request) {
    auto transaction = Transaction::begin(index->file.database(), Transaction::Kind::read);
    if (!transaction) return transaction.error();
    auto snapshot = Transaction::begin(store->database(), Transaction::Kind::read);
    if (!snapshot) return snapshot.error();
    const auto found = index->file.state();
    if (!found) return found.error();
    if (found->generation != index->generation) {
        index->buckets.forget();
        index->generation = -1;
        auto catalogue = readCatalogue(index->file, *found);
        if (!catalogue) return catalogue.error();
        index->catalogue = std::move(*catalogue);
        index->generation = found->generation;
    }
    Searcher searcher(index->file, index->buckets, *store, *found, index->catalogue);
    auto result = searcher.run(request);
    if (!result) return result;
    const auto turns = store->database().integer("SELECT count(*) FROM turn");
    if (!turns) return turns.error();
    result->unindexed = std::max<std::int64_t>(0, *turns - found->turns);
    return result;
}

Result<SearchResult> SearchIndex::search(const SearchRequest& request) {
    State& state = *m_state;
    auto result = state.trySearch(request);
    if (result || !isWorthless(result.error())) return result;
    if (auto opened = state.makeAnew(result.error()); !opened) return opened.error();
    if (auto left = state.tryUpdate({}); !left) return left.error();
    return state.trySearch(request);
}

const std::string& SearchIndex::notice() const { return m_state->notice; }

}  // namespace turntable::search
