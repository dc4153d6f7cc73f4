#pragma once

// Private to storage: answers one query from an index and its store.

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "storage/search/bucket_store.h"
#include "storage/search/catalogue.h"
#include "storage/search/index_file.h"
#include "storage/search/query.h"
#include "storage/search/search_types.h"
#include "storage/search/store_texts.h"
#include "storage/support/result.h"

namespace turntable::search {

/// One query, inside a read transaction of the index and one of the store. What the index says is only a hint where to
/// look: a hit is given out after it was found in the stored bytes themselves. One thread. Errors: those of the file
/// and of the store.
class Searcher {
public:
    Searcher(IndexFile& file, BucketStore& buckets, StoreTexts& store, const IndexState& state,
             const Catalogue& catalogue)
        : m_file(file), m_buckets(buckets), m_store(store), m_state(state), m_catalogue(catalogue) {}

    [[nodiscard]] support::Result<SearchResult> run(const SearchRequest& request);

private:
    /// A word of the query, and what is known of it so far.
    struct Wanted {
        Term term;
        std::vector<std::uint64_t> candidates;                         ///< by bucket
        std::unordered_map<std::int64_t, std::vector<bool>> inPieces;  ///< of buckets looked into: by slot
    };
    /// A document and those of its owners that are asked for, newest first.
    struct Ranked {
        const Document* document = nullptr;
        std::vector<Owner> owners;
    };
    /// The first piece of the document with each word.
    using Found = std::vector<std::size_t>;

    [[nodiscard]] std::vector<Ranked> rank(const SearchRequest& request) const;
    [[nodiscard]] support::Result<bool> standsIn(Wanted& wanted, PieceKey piece);
    [[nodiscard]] support::Result<std::optional<Found>> match(const Document& document);
    [[nodiscard]] support::Result<std::optional<Hit>> hitOf(const Ranked& ranked, const Found& found);
    [[nodiscard]] support::Result<std::vector<Place>> placesOf(const std::vector<Owner>& owners);
    [[nodiscard]] support::Status collect(const std::vector<Ranked>& ranked, const SearchRequest& request,
                                          SearchResult& result);

    IndexFile& m_file;
    BucketStore& m_buckets;
    StoreTexts& m_store;
    const IndexState& m_state;
    const Catalogue& m_catalogue;
    std::vector<Wanted> m_wanted;
    std::map<std::int64_t, StoreTexts::SessionLine> m_sessions;
};

}  // namespace turntable::search
