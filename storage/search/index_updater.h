#pragma once

// Private to storage: brings an index up to date with its store.

#include <cstdint>
#include <set>
#include <vector>

#include "storage/search/bucket_store.h"
#include "storage/search/index_file.h"
#include "storage/search/search_index.h"
#include "storage/search/store_texts.h"
#include "storage/search/turn_entry.h"
#include "storage/support/result.h"

namespace turntable::search {

/// Turns that the store has and the index does not, or not as they are now, and the other way round. Works in slices of
/// about 50 ms, each one transaction of the index and one snapshot of the store, so that other processes get their turn
/// and the store's log can be checkpointed meanwhile; several may work on one index, each passes over what another has
/// done. Never locks the store for writers. One thread. Errors: those of the file and of the store.
class IndexUpdater {
public:
    IndexUpdater(IndexFile& file, BucketStore& buckets, StoreTexts& store)
        : m_file(file), m_buckets(buckets), m_store(store) {}

    /// Turns that differ.
    [[nodiscard]] support::Result<std::int64_t> pending();
    /// Returns how many still differ: more than 0 after a stop.
    [[nodiscard]] support::Result<std::int64_t> run(const UpdateOptions& options);

private:
    struct Plan {
        std::vector<TurnStamp> changed;
        std::vector<TurnStamp> removed;
    };
    [[nodiscard]] support::Result<Plan> plan();
    [[nodiscard]] support::Status remove(const std::vector<TurnStamp>& turns);
    [[nodiscard]] support::Result<std::size_t> slice(const std::vector<TurnStamp>& turns, std::size_t from);
    [[nodiscard]] support::Status addTurn(IndexState& state, const TurnStamp& turn);
    [[nodiscard]] support::Status write(IndexState& state);
    [[nodiscard]] support::Status purge(IndexState& state);
    void noteBuckets(const TurnEntry& entry);

    IndexFile& m_file;
    BucketStore& m_buckets;
    StoreTexts& m_store;
    std::set<std::int64_t> m_loosened;  ///< buckets that may hold pieces of no text
};

}  // namespace turntable::search
