#pragma once

// Private to storage: the pieces of all texts, each once, packed into buckets.

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/compression/zstandard.h"
#include "storage/search/index_file.h"
#include "storage/search/piece_cutter.h"
#include "storage/search/signature.h"
#include "storage/support/result.h"

namespace turntable::search {

/// Names a piece: its bucket's id times `kMaxSlots`, plus its place in the bucket.
using PieceKey = std::uint32_t;
inline constexpr std::size_t kMaxSlots = 256;
[[nodiscard]] constexpr std::int64_t bucketOf(PieceKey key) { return static_cast<std::int64_t>(key / kMaxSlots); }
[[nodiscard]] constexpr std::size_t slotOf(PieceKey key) { return key % kMaxSlots; }

/// Pieces one after the other. A piece that no text has any more is empty.
struct Bucket {
    std::vector<std::size_t> ends;  ///< of the pieces in `text`
    std::string text;
    [[nodiscard]] std::string_view piece(std::size_t slot) const {
        const std::size_t begin = slot == 0 ? 0 : ends[slot - 1];
        return std::string_view(text).substr(begin, ends[slot] - begin);
    }
    void add(std::string_view piece) {
        text += piece;
        ends.push_back(text.size());
    }
};

/// Reads and fills buckets. A bucket is full when its signature is: then texts with many different characters fill
/// small buckets, repetitive ones large ones, and all signatures can be trusted alike. One thread, that of the file.
/// Errors: those of `IndexFile`; limitExceeded (over 16 million buckets).
class BucketStore {
public:
    explicit BucketStore(IndexFile& file) : m_file(file) {}

    /// Valid until the next call.
    [[nodiscard]] support::Result<const Bucket*> read(std::int64_t id);

    /// Inside a write transaction, with its state; between the two, `keyOf`. After an error call `forget`.
    [[nodiscard]] support::Status begin(const IndexState& state);
    [[nodiscard]] support::Status finish(IndexState& state);
    /// Where the piece stands; it is added when it is new.
    [[nodiscard]] support::Result<PieceKey> keyOf(std::string_view piece);
    /// Takes pieces out of a bucket: `used[slot]` says which stay. How many went. Inside a write transaction, outside
    /// of begin and finish.
    [[nodiscard]] support::Result<std::int64_t> keepOnly(std::int64_t id, const std::vector<bool>& used);
    /// Drops everything that is known of the file.
    void forget();

private:
    struct Cached {
        std::int64_t id = 0;
        Bucket bucket;
    };
    [[nodiscard]] support::Result<std::optional<PieceKey>> find(std::uint64_t hash, std::string_view piece);
    [[nodiscard]] support::Result<Bucket> load(std::int64_t id);
    [[nodiscard]] support::Status store(std::int64_t id, const Bucket& bucket);
    [[nodiscard]] support::Status storeOpen();

    IndexFile& m_file;
    compression::Zstandard m_zstandard;
    std::list<Cached> m_cache;  ///< last used first
    std::unordered_map<std::int64_t, std::list<Cached>::iterator> m_cached;

    std::int64_t m_openId = 0;  ///< the bucket that is being filled; 0: none
    Bucket m_open;
    Signature m_openSignature;
    bool m_openChanged = false;
    std::int64_t m_added = 0;  ///< pieces since `begin`
};

}  // namespace turntable::search
