#include "storage/search/bucket_store.h"

#include <utility>

#include "storage/byte_codec.h"
#include "storage/search/checksum.h"

namespace turntable::search {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

constexpr int kLevel = 6;
// A signature with more bits than this lets too many texts pass that do not have what is looked for.
constexpr std::size_t kFullBits = kSignatureBits * 24 / 100;
constexpr std::size_t kFullBytes = 16384;
constexpr std::size_t kMaxBucketBytes = std::size_t{1} << 20;
constexpr std::size_t kCachedBuckets = 192;
constexpr std::int64_t kMaxBuckets = (std::int64_t{1} << 24) - 1;
constexpr std::uint64_t kPieceSeed = 0x7069656365;

Error damaged(std::int64_t id) {
    return {ErrorCode::corrupt, "search index: bucket " + std::to_string(id) + " cannot be decoded"};
}

}  // namespace

void BucketStore::forget() {
    m_cache.clear();
    m_cached.clear();
    m_openId = 0;
    m_open = {};
    m_openSignature = {};
    m_openChanged = false;
    m_added = 0;
}

Result<Bucket> BucketStore::load(std::int64_t id) {
    const auto content = m_file.bucket(id);
    if (!content) return content.error();
    const auto plain = m_zstandard.decompress(*content, kMaxBucketBytes);
    if (!plain) return damaged(id);
    storage::ByteReader reader(*plain);
    const std::uint64_t pieces = reader.varint();
    if (!reader.ok() || pieces > kMaxSlots) return damaged(id);
    Bucket bucket;
    std::size_t end = 0;
    for (std::uint64_t index = 0; index < pieces; ++index) {
        const std::uint64_t size = reader.varint();
        if (!reader.ok() || size > kMaxBucketBytes) return damaged(id);
        end += static_cast<std::size_t>(size);
        bucket.ends.push_back(end);
    }
    if (reader.left() != end) return damaged(id);
    bucket.text = reader.bytes(end);
    return bucket;
}

Status BucketStore::store(std::int64_t id, const Bucket& bucket) {
    storage::ByteWriter writer;
    writer.varint(bucket.ends.size());
    std::size_t begin = 0;
    for (const std::size_t end : bucket.ends) {
        writer.varint(end - begin);
        begin = end;
    }
    writer.bytes(bucket.text);
    const auto packed = m_zstandard.compress(writer.take(), kLevel);
    if (!packed) return packed.error();
    return m_file.putBucket(id, *packed);
}

Result<const Bucket*> BucketStore::read(std::int64_t id) {
    if (id == m_openId) return &m_open;
    if (const auto known = m_cached.find(id); known != m_cached.end()) {
        m_cache.splice(m_cache.begin(), m_cache, known->second);
        return &m_cache.front().bucket;
    }
    auto bucket = load(id);
    if (!bucket) return bucket.error();
    m_cache.push_front({id, std::move(*bucket)});
    m_cached[id] = m_cache.begin();
    if (m_cache.size() > kCachedBuckets) {
        m_cached.erase(m_cache.back().id);
        m_cache.pop_back();
    }
    return &m_cache.front().bucket;
}

Status BucketStore::begin(const IndexState& state) {
    forget();
    if (state.buckets == 0) return {};
    auto open = load(state.buckets);
    if (!open) return open.error();
    const auto signature = m_file.signature(state.buckets);
    if (!signature) return signature.error();
    m_openId = state.buckets;
    m_open = std::move(*open);
    m_openSignature = *signature;
    return {};
}

Status BucketStore::storeOpen() {
    if (!m_openChanged) return {};
    if (auto done = store(m_openId, m_open); !done) return done;
    m_openChanged = false;
    return m_file.putSignature(m_openId, m_openSignature);
}

Status BucketStore::finish(IndexState& state) {
    if (auto done = storeOpen(); !done) return done;
    state.buckets = m_openId;
    state.pieces += m_added;
    m_added = 0;
    // The last bucket may still grow, so its block waits.
    while ((state.blocks + 1) * kBlockBuckets < state.buckets) {
        if (auto done = m_file.slice(state.blocks); !done) return done;
        ++state.blocks;
    }
    return {};
}

Result<std::optional<PieceKey>> BucketStore::find(std::uint64_t hash, std::string_view piece) {
    const auto keys = m_file.piecesWith(hash);
    if (!keys) return keys.error();
    for (const std::int64_t place : *keys) {
        const auto key = static_cast<PieceKey>(place);
        const auto bucket = read(bucketOf(key));
        if (!bucket) return bucket.error();
        if (slotOf(key) < (*bucket)->ends.size() && (*bucket)->piece(slotOf(key)) == piece) return std::optional(key);
    }
    return std::optional<PieceKey>();
}

Result<PieceKey> BucketStore::keyOf(std::string_view piece) {
    const std::uint64_t hash = checksum(kPieceSeed, piece);
    const auto known = find(hash, piece);
    if (!known) return known.error();
    if (*known) return **known;
    Signature merged;
    merged.add(piece);
    merged.merge(m_openSignature);
    const bool full =
        m_open.ends.size() == kMaxSlots || m_open.text.size() + piece.size() > kFullBytes || merged.count() > kFullBits;
    if (m_openId == 0 || (full && !m_open.ends.empty())) {
        if (m_openId == kMaxBuckets) return Error{ErrorCode::limitExceeded, "the search index is full"};
        if (auto done = storeOpen(); !done) return done.error();
        ++m_openId;
        m_open = {};
        merged = {};
        merged.add(piece);
    }
    m_openSignature = merged;
    m_open.add(piece);
    m_openChanged = true;
    ++m_added;
    const auto key = static_cast<PieceKey>(m_openId) * kMaxSlots + m_open.ends.size() - 1;
    if (auto done = m_file.addPiece(hash, static_cast<std::int64_t>(key)); !done) return done.error();
    return static_cast<PieceKey>(key);
}

Result<std::int64_t> BucketStore::keepOnly(std::int64_t id, const std::vector<bool>& used) {
    const auto old = load(id);
    if (!old) return old.error();
    Bucket kept;
    std::int64_t gone = 0;
    for (std::size_t slot = 0; slot < old->ends.size(); ++slot) {
        const auto piece = old->piece(slot);
        if (slot < used.size() && used[slot]) {
            kept.add(piece);
            continue;
        }
        kept.add({});
        if (piece.empty()) continue;
        ++gone;
        const auto key = id * static_cast<std::int64_t>(kMaxSlots) + static_cast<std::int64_t>(slot);
        if (auto done = m_file.removePiece(checksum(kPieceSeed, piece), key); !done) return done.error();
    }
    if (gone == 0) return gone;
    if (auto done = store(id, kept); !done) return done.error();
    return gone;
}

}  // namespace turntable::search
