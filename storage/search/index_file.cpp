#include "storage/search/index_file.h"

#include <chrono>
#include <cstring>
#include <thread>

#include "storage/byte_codec.h"
#include "storage/search/checksum.h"
#include "storage/sqlite/transaction.h"

namespace turntable::search {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// "TurS" in the header of the file, and the version of everything in it: of the tables, and of how texts are read, cut
// and folded. Whatever changes of that needs another number.
constexpr std::int64_t kApplicationId = 0x54757253;
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kBlockWords = kSliceBytes / sizeof(std::uint64_t);
constexpr std::chrono::milliseconds kRetryPause{5};
constexpr int kRetries = 400;

constexpr const char* kTables = R"sql(
CREATE TABLE state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    salt    BLOB NOT NULL,
    content BLOB NOT NULL,
    seal    INTEGER NOT NULL
) STRICT;
CREATE TABLE turn (id INTEGER PRIMARY KEY, content BLOB NOT NULL, seal INTEGER NOT NULL) STRICT;
CREATE TABLE bucket (id INTEGER PRIMARY KEY, content BLOB NOT NULL, seal INTEGER NOT NULL) STRICT;
CREATE TABLE signature (id INTEGER PRIMARY KEY, content BLOB NOT NULL, seal INTEGER NOT NULL) STRICT;
CREATE TABLE slice (id INTEGER PRIMARY KEY, content BLOB NOT NULL, seal INTEGER NOT NULL) STRICT;
CREATE TABLE piece (hash INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (hash, place)) STRICT, WITHOUT ROWID;
)sql";

std::uint64_t sealOf(std::int64_t id, std::string_view content) {
    return checksum(static_cast<std::uint64_t>(id), content);
}

std::string encodeState(const IndexState& state) {
    storage::ByteWriter writer;
    writer.varint(static_cast<std::uint64_t>(state.generation));
    writer.varint(static_cast<std::uint64_t>(state.buckets));
    writer.varint(static_cast<std::uint64_t>(state.blocks));
    writer.varint(static_cast<std::uint64_t>(state.pieces));
    writer.varint(static_cast<std::uint64_t>(state.dead));
    writer.varint(static_cast<std::uint64_t>(state.turns));
    writer.fixed64(state.turnsSum);
    return writer.take();
}

IndexState decodeState(std::string_view content) {
    storage::ByteReader reader(content);
    IndexState state;
    state.generation = static_cast<std::int64_t>(reader.varint());
    state.buckets = static_cast<std::int64_t>(reader.varint());
    state.blocks = static_cast<std::int64_t>(reader.varint());
    state.pieces = static_cast<std::int64_t>(reader.varint());
    state.dead = static_cast<std::int64_t>(reader.varint());
    state.turns = static_cast<std::int64_t>(reader.varint());
    state.turnsSum = reader.fixed64();
    return state;
}

std::string_view bytesOf(const Signature& signature) {
    return {reinterpret_cast<const char*>(signature.words.data()), sizeof signature.words};
}

// Two processes that switch a new file to write-ahead mode together are told "busy" at once, without waiting.
Status becomeWriteAhead(Database& database) {
    for (int round = 0;; ++round) {
        auto done = database.execute("PRAGMA journal_mode = WAL");
        if (done || done.error().code != ErrorCode::busy || round == kRetries) return done;
        std::this_thread::sleep_for(kRetryPause);
    }
}

}  // namespace

Result<IndexFile> IndexFile::open(const std::filesystem::path& path, std::string_view salt) {
    auto database = Database::open(path, OpenMode::create);
    if (!database) return database.error();
    IndexFile file(std::move(*database), salt);
    // Only heeded while the file is empty. Deleted texts are overwritten: they may have been deleted for a reason.
    constexpr const char* kSettings =
        "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON; PRAGMA synchronous = "
        "NORMAL";
    if (auto done = file.m_database.execute(kSettings); !done) return done.error();
    if (auto done = becomeWriteAhead(file.m_database); !done) return done.error();
    if (auto done = file.prepare(); !done) return done.error();
    return file;
}

Result<IndexFile> IndexFile::openReadOnly(const std::filesystem::path& path, std::string_view salt) {
    auto database = Database::open(path, OpenMode::readOnly);
    if (!database) return database.error();
    IndexFile file(std::move(*database), salt);
    if (auto done = file.checkVersion(); !done) return done.error();
    return file;
}

Result<IndexFile> IndexFile::inMemory(std::string_view salt) {
    auto database = Database::open(":memory:", OpenMode::create);
    if (!database) return database.error();
    IndexFile file(std::move(*database), salt);
    if (auto done = file.prepare(); !done) return done.error();
    return file;
}

Status IndexFile::remove(const std::filesystem::path& path) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        std::filesystem::path file = path;
        file += suffix;
        std::error_code error;
        std::filesystem::remove(file, error);
        if (error) return Error{ErrorCode::io, file.string() + ": cannot be removed: " + error.message()};
    }
    return {};
}

Error IndexFile::damaged(const std::string& what) const {
    return {ErrorCode::corrupt, m_database.path() + ": search index: " + what};
}

Status IndexFile::prepare() {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    const auto objects = m_database.integer("SELECT count(*) FROM sqlite_schema");
    if (!objects) return objects.error();
    if (*objects > 0) return checkVersion();
    if (auto done = m_database.execute(kTables); !done) return done;
    if (auto done = m_database.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                                       "; PRAGMA user_version = " + std::to_string(kVersion));
        !done) {
        return done;
    }
    if (auto done = setState({}); !done) return done;
    return transaction->commit();
}

Status IndexFile::checkVersion() {
    const auto application = m_database.integer("PRAGMA application_id");
    if (!application) return application.error();
    const auto version = m_database.integer("PRAGMA user_version");
    if (!version) return version.error();
    if (*application != kApplicationId) return damaged("expected one, found a file of another application");
    if (*version != kVersion) {
        return damaged("expected version " + std::to_string(kVersion) + ", found " + std::to_string(*version));
    }
    const auto found = state();
    if (!found) return found.error();
    return {};
}

Result<IndexState> IndexFile::state() {
    auto select = m_database.prepare("SELECT salt, content, seal FROM state WHERE id = 1");
    if (!select) {
        // "No such table": our number in the header, but not our tables.
        return select.error().code == ErrorCode::internal ? damaged(select.error().message) : select.error();
    }
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return damaged("it has no state");
    if (select->blob(0) != m_salt) return damaged("it belongs to another store");
    const std::string content(select->blob(1));
    if (static_cast<std::uint64_t>(select->integer(2)) != sealOf(1, content)) return damaged("its state is damaged");
    return decodeState(content);
}

Status IndexFile::setState(const IndexState& state) {
    auto replace = m_database.prepare("INSERT OR REPLACE INTO state(id, salt, content, seal) VALUES (1, ?1, ?2, ?3)");
    if (!replace) return replace.error();
    const auto content = encodeState(state);
    replace->bindBlob(1, m_salt).bindBlob(2, content).bind(3, static_cast<std::int64_t>(sealOf(1, content)));
    return replace->run();
}

Status IndexFile::clear() {
    return m_database.execute(
        "DELETE FROM turn; DELETE FROM bucket; DELETE FROM signature; DELETE FROM slice; DELETE FROM piece");
}

Result<std::optional<std::string>> IndexFile::content(const char* select, std::int64_t id) {
    auto statement = m_database.prepare(select);
    if (!statement) return statement.error();
    const auto row = statement->bind(1, id).step();
    if (!row) return row.error();
    if (!*row) return std::optional<std::string>();
    const auto bytes = statement->blob(0);
    if (static_cast<std::uint64_t>(statement->integer(1)) != sealOf(id, bytes)) {
        return damaged("row " + std::to_string(id) + " is damaged (" + select + ")");
    }
    return std::optional(std::string(bytes));
}

Status IndexFile::put(const char* replace, std::int64_t id, std::string_view content) {
    auto statement = m_database.prepare(replace);
    if (!statement) return statement.error();
    statement->bind(1, id).bindBlob(2, content).bind(3, static_cast<std::int64_t>(sealOf(id, content)));
    return statement->run();
}

Result<std::string> IndexFile::bucket(std::int64_t id) {
    auto found = content("SELECT content, seal FROM bucket WHERE id = ?1", id);
    if (!found) return found.error();
    if (!*found) return damaged("bucket " + std::to_string(id) + " is missing");
    return std::move(**found);
}

Status IndexFile::putBucket(std::int64_t id, std::string_view content) {
    return put("INSERT OR REPLACE INTO bucket(id, content, seal) VALUES (?1, ?2, ?3)", id, content);
}

Result<Signature> IndexFile::signature(std::int64_t bucket) {
    const auto found = content("SELECT content, seal FROM signature WHERE id = ?1", bucket);
    if (!found) return found.error();
    Signature signature;
    if (!*found || (*found)->size() != sizeof signature.words) {
        return damaged("the signature of bucket " + std::to_string(bucket) + " is missing");
    }
    std::memcpy(signature.words.data(), (*found)->data(), sizeof signature.words);
    return signature;
}

Status IndexFile::putSignature(std::int64_t bucket, const Signature& signature) {
    return put("INSERT OR REPLACE INTO signature(id, content, seal) VALUES (?1, ?2, ?3)", bucket, bytesOf(signature));
}

Status IndexFile::slice(std::int64_t block) {
    std::vector<std::uint64_t> slices(kSignatureBits * kBlockWords, 0);
    for (std::int64_t index = 0; index < kBlockBuckets; ++index) {
        const auto found = signature(block * kBlockBuckets + index + 1);
        if (!found) return found.error();
        const auto column = static_cast<std::size_t>(index);
        for (std::size_t bit = 0; bit < kSignatureBits; ++bit) {
            if (found->has(bit)) slices[bit * kBlockWords + column / 64] |= std::uint64_t{1} << (column % 64);
        }
    }
    constexpr std::size_t kRowBytes = kSliceBytes * kSlicesInRow;
    const std::string_view bytes(reinterpret_cast<const char*>(slices.data()), slices.size() * sizeof slices[0]);
    for (std::int64_t row = 0; row < kRowsInBlock; ++row) {
        const auto content = bytes.substr(static_cast<std::size_t>(row) * kRowBytes, kRowBytes);
        if (auto done = put("INSERT OR REPLACE INTO slice(id, content, seal) VALUES (?1, ?2, ?3)",
                            block * kRowsInBlock + row, content);
            !done) {
            return done;
        }
    }
    auto erase = m_database.prepare("DELETE FROM signature WHERE id BETWEEN ?1 AND ?2");
    if (!erase) return erase.error();
    return erase->bind(1, block * kBlockBuckets + 1).bind(2, (block + 1) * kBlockBuckets).run();
}

Result<std::string> IndexFile::sliceRow(std::int64_t row) {
    auto slices = content("SELECT content, seal FROM slice WHERE id = ?1", row);
    if (!slices) return slices.error();
    if (*slices && (*slices)->size() == kSliceBytes * kSlicesInRow) return **std::move(slices);
    return damaged("slice " + std::to_string(row) + " is missing");
}

Status IndexFile::blockCandidates(std::int64_t block, const std::vector<std::uint32_t>& bits,
                                  std::vector<std::uint64_t>& found) {
    std::uint64_t* const words = found.data() + static_cast<std::size_t>(block) * kBlockWords;
    std::memset(words, 0xFF, kSliceBytes);
    for (const std::uint32_t bit : bits) {
        const std::int64_t row = block * kRowsInBlock + bit / kSlicesInRow;
        const auto slices = sliceRow(row);
        if (!slices) return slices.error();
        const char* const at = slices->data() + (bit % kSlicesInRow) * kSliceBytes;
        for (std::size_t index = 0; index < kBlockWords; ++index) {
            std::uint64_t word = 0;
            std::memcpy(&word, at + index * sizeof word, sizeof word);
            words[index] &= word;
        }
    }
    return {};
}

Result<std::vector<std::uint64_t>> IndexFile::candidates(const IndexState& state,
                                                         const std::vector<std::uint32_t>& bits) {
    std::vector<std::uint64_t> found(static_cast<std::size_t>(state.buckets + 63) / 64, 0);
    for (std::int64_t block = 0; block < state.blocks; ++block) {
        if (auto done = blockCandidates(block, bits, found); !done) return done.error();
    }
    for (std::int64_t id = state.blocks * kBlockBuckets + 1; id <= state.buckets; ++id) {
        const auto known = signature(id);
        if (!known) return known.error();
        bool all = true;
        for (const std::uint32_t bit : bits) all = all && known->has(bit);
        const auto index = static_cast<std::size_t>(id - 1);
        if (all) found[index / 64] |= std::uint64_t{1} << (index % 64);
    }
    return found;
}

Result<std::vector<std::int64_t>> IndexFile::piecesWith(std::uint64_t hash) {
    auto select = m_database.prepare("SELECT place FROM piece WHERE hash = ?1");
    if (!select) return select.error();
    select->bind(1, static_cast<std::int64_t>(hash));
    std::vector<std::int64_t> keys;
    for (;;) {
        const auto row = select->step();
        if (!row) return row.error();
        if (!*row) return keys;
        keys.push_back(select->integer(0));
    }
}

Status IndexFile::addPiece(std::uint64_t hash, std::int64_t key) {
    auto insert = m_database.prepare("INSERT OR REPLACE INTO piece(hash, place) VALUES (?1, ?2)");
    if (!insert) return insert.error();
    return insert->bind(1, static_cast<std::int64_t>(hash)).bind(2, key).run();
}

Status IndexFile::removePiece(std::uint64_t hash, std::int64_t key) {
    auto erase = m_database.prepare("DELETE FROM piece WHERE hash = ?1 AND place = ?2");
    if (!erase) return erase.error();
    return erase->bind(1, static_cast<std::int64_t>(hash)).bind(2, key).run();
}

Result<std::optional<std::string>> IndexFile::turn(std::int64_t id) {
    return content("SELECT content, seal FROM turn WHERE id = ?1", id);
}

Status IndexFile::setTurn(IndexState& state, std::int64_t id, std::optional<std::string_view> content) {
    const auto old = turn(id);
    if (!old) return old.error();
    if (*old) {
        state.turnsSum -= sealOf(id, **old);
        --state.turns;
    }
    if (!content) {
        auto erase = m_database.prepare("DELETE FROM turn WHERE id = ?1");
        if (!erase) return erase.error();
        return erase->bind(1, id).run();
    }
    state.turnsSum += sealOf(id, *content);
    ++state.turns;
    return put("INSERT OR REPLACE INTO turn(id, content, seal) VALUES (?1, ?2, ?3)", id, *content);
}

Status IndexFile::forEachTurn(const IndexState& state, const std::function<bool(std::int64_t, std::string_view)>& use) {
    auto select = m_database.prepare("SELECT id, content, seal FROM turn ORDER BY id");
    if (!select) return select.error();
    std::uint64_t sum = 0;
    std::int64_t turns = 0;
    for (;;) {
        const auto row = select->step();
        if (!row) return row.error();
        if (!*row) break;
        const std::int64_t id = select->integer(0);
        const auto content = select->blob(1);
        const auto seal = static_cast<std::uint64_t>(select->integer(2));
        if (seal != sealOf(id, content) || !use(id, content)) {
            return damaged("the row of turn " + std::to_string(id) + " is damaged");
        }
        sum += seal;
        ++turns;
    }
    if (turns != state.turns || sum != state.turnsSum) return damaged("rows of turns are missing");
    return {};
}

}  // namespace turntable::search
