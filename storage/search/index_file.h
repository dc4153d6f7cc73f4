#pragma once

// Private to storage: the rows of the search index. docs/trace-format.md has the tables.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/search/signature.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"

namespace turntable::search {

/// Buckets whose signatures are stored bit by bit, so that a query reads a few bits of each and not all of them.
inline constexpr std::int64_t kBlockBuckets = 1024;
inline constexpr std::int64_t kSlicesInRow = 8;
inline constexpr std::int64_t kRowsInBlock = static_cast<std::int64_t>(kSignatureBits) / kSlicesInRow;
inline constexpr std::size_t kSliceBytes = kBlockBuckets / 8;

/// What the index holds. Changes with every transaction that writes.
struct IndexState {
    std::int64_t generation = 0;  ///< counts transactions
    std::int64_t buckets = 0;     ///< have the ids 1 to this; the last one may still grow
    std::int64_t blocks = 0;      ///< of `kBlockBuckets` buckets each, stored bit by bit
    std::int64_t pieces = 0;      ///< that were put into buckets
    std::int64_t dead = 0;        ///< of them, those taken out again
    std::int64_t turns = 0;
    std::uint64_t turnsSum = 0;  ///< of the checksums of all turn rows: finds one that is missing
    bool operator==(const IndexState&) const = default;
};

/// The file beside a store. It is derived: what it says is checked row by row, and an error `corrupt` means that it is
/// to be thrown away. One thread. Errors: corrupt (damaged, of another store, of another version), busy, io.
class IndexFile {
public:
    /// `salt`: of the store. A file that is missing or empty is made.
    [[nodiscard]] static support::Result<IndexFile> open(const std::filesystem::path& path, std::string_view salt);
    [[nodiscard]] static support::Result<IndexFile> openReadOnly(const std::filesystem::path& path,
                                                                 std::string_view salt);
    [[nodiscard]] static support::Result<IndexFile> inMemory(std::string_view salt);
    /// Deletes the file and what SQLite keeps beside it.
    [[nodiscard]] static support::Status remove(const std::filesystem::path& path);

    [[nodiscard]] sqlite::Database& database() { return m_database; }
    [[nodiscard]] support::Result<IndexState> state();
    [[nodiscard]] support::Status setState(const IndexState& state);
    /// Takes everything out. Inside a write transaction.
    [[nodiscard]] support::Status clear();

    [[nodiscard]] support::Result<std::string> bucket(std::int64_t id);
    [[nodiscard]] support::Status putBucket(std::int64_t id, std::string_view content);

    [[nodiscard]] support::Result<Signature> signature(std::int64_t bucket);
    [[nodiscard]] support::Status putSignature(std::int64_t bucket, const Signature& signature);
    /// Moves the signatures of block `block` (from 0), all of which must be there, into slices.
    [[nodiscard]] support::Status slice(std::int64_t block);
    /// Of every bucket whether all of `bits` are in its signature: bit k of the result is bucket k + 1.
    [[nodiscard]] support::Result<std::vector<std::uint64_t>> candidates(const IndexState& state,
                                                                         const std::vector<std::uint32_t>& bits);

    [[nodiscard]] support::Result<std::vector<std::int64_t>> piecesWith(std::uint64_t hash);
    [[nodiscard]] support::Status addPiece(std::uint64_t hash, std::int64_t key);
    [[nodiscard]] support::Status removePiece(std::uint64_t hash, std::int64_t key);

    /// The row of a turn; empty when there is none.
    [[nodiscard]] support::Result<std::optional<std::string>> turn(std::int64_t id);
    /// Writes, replaces or (without content) removes the row of a turn, and counts it in `state`.
    [[nodiscard]] support::Status setTurn(IndexState& state, std::int64_t id, std::optional<std::string_view> content);
    /// Calls `use(turn, content)` for every turn by ascending id; it says whether the content is sound. corrupt when a
    /// row is missing.
    [[nodiscard]] support::Status forEachTurn(const IndexState& state,
                                              const std::function<bool(std::int64_t, std::string_view)>& use);

private:
    IndexFile(sqlite::Database database, std::string_view salt) : m_database(std::move(database)), m_salt(salt) {}
    [[nodiscard]] support::Status prepare();
    [[nodiscard]] support::Status checkVersion();
    [[nodiscard]] support::Error damaged(const std::string& what) const;
    [[nodiscard]] support::Result<std::optional<std::string>> content(const char* select, std::int64_t id);
    [[nodiscard]] support::Status put(const char* replace, std::int64_t id, std::string_view content);
    [[nodiscard]] support::Result<std::string> sliceRow(std::int64_t row);
    [[nodiscard]] support::Status blockCandidates(std::int64_t block, const std::vector<std::uint32_t>& bits,
                                                  std::vector<std::uint64_t>& found);

    sqlite::Database m_database;
    std::string m_salt;
};

}  // namespace turntable::search
