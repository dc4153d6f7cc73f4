// Archives made to do harm: each is refused with one sentence, and the store stays as it was.
#include "storage/archive/foreign_store.h"

#include <random>

#include "storage/compression/zstandard.h"
#include "storage/digest/sha256.h"
#include "storage/seal.h"
#include "storage/sqlite/database.h"
#include "tests/storage/archive/archive_fixture.h"

namespace turntable::storage {
namespace {

using support::ErrorCode;

constexpr const char* kTrace = R"(
session shop model=gpt-x
turn system=100 output=12 elements=40 click e6
turn system=100 output=9 elements=41
turn system=100 output=9
run replayed of=shop mode=live
turn output=3
)";

class ForeignStoreTest : public ArchiveFixture {
protected:
    void SetUp() override {
        ASSERT_TRUE(test::buildTrace(m_path, kTrace).ok());
        ExportOptions options = replacing();
        options.withRuns = true;
        exported("shop", options);
        ASSERT_TRUE(test::buildTrace(m_other, "session mine\nturn output=1\n").ok());
        m_before = content(m_other);
    }

    void sealAll() {
        auto database = sqlite::Database::open(m_archive, sqlite::OpenMode::readWrite);
        ASSERT_TRUE(sealEverything(*database).ok());
    }

    /// The archive is refused with a sentence that says `why`, and the store is as it was.
    void expectRefused(const std::string& why) {
        const auto report = mergeArchive(m_archive, m_other, {});
        ASSERT_FALSE(report.ok()) << "taken, expected: " << why;
        const std::string& message = report.error().message;
        EXPECT_NE(message.find(why), std::string::npos) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        EXPECT_EQ(content(m_other), m_before);
        EXPECT_EQ(count(m_other, "SELECT count(*) FROM turn"), 1);
    }

    std::string m_before;
};

TEST_F(ForeignStoreTest, RefusesWhatIsNoArchive) {
    writeFile(m_archive, "not a database, but long enough to look like one if nobody looks closely at its first bytes");
    expectRefused("not an SQLite file");
    writeFile(m_archive, "");
    expectRefused("expected a Turntable archive");
    std::filesystem::remove(m_archive);
    change(m_path, "PRAGMA wal_checkpoint(TRUNCATE)");
    EXPECT_EQ(mergeArchive(m_archive, m_other, {}).error().code, ErrorCode::notFound);
}

TEST_F(ForeignStoreTest, RefusesNewerArchives) {
    change(m_archive, "PRAGMA user_version = 99");
    expectRefused("use a newer Turntable");
}

TEST_F(ForeignStoreTest, RefusesAViewInThePlaceOfATable) {
    change(m_archive,
           "ALTER TABLE store RENAME TO real; CREATE VIEW store AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i "
           "FROM n) SELECT i AS id, i AS readable_from FROM n");
    expectRefused("a store of version 2 has no table real");
}

TEST_F(ForeignStoreTest, RefusesTriggers) {
    change(m_archive, "CREATE TRIGGER bite AFTER INSERT ON turn BEGIN DELETE FROM session; END");
    expectRefused("trigger bite");
}

TEST_F(ForeignStoreTest, RefusesVirtualTables) {
    change(m_archive, "CREATE VIRTUAL TABLE extra USING fts5(text)");
    expectRefused("extra");
}

TEST_F(ForeignStoreTest, RefusesGeneratedColumns) {
    change(m_archive, "ALTER TABLE note ADD COLUMN big BLOB AS (zeroblob(1000000000))");
    expectRefused("table note is not that of a store");
}

TEST_F(ForeignStoreTest, RefusesChecksOfItsOwn) {
    change(
        m_archive,
        "DROP TABLE dictionary; CREATE TABLE dictionary (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL "
        "CHECK (length(hex(zeroblob(400000000))) > 0), made_ns INTEGER NOT NULL, sha256 BLOB NOT NULL, content BLOB "
        "NOT NULL) STRICT");
    expectRefused("table dictionary is not that of a store");
}

TEST_F(ForeignStoreTest, RefusesIndexesOfItsOwn) {
    change(m_archive, "CREATE INDEX slow ON turn(length(hex(zeroblob(1000))))");
    expectRefused("has no index slow");
}

// STRICT holds for those who write through SQLite; here the schema is exchanged after the row was written.
TEST_F(ForeignStoreTest, RefusesValuesOfAnotherType) {
    auto database = sqlite::Database::open(m_archive, sqlite::OpenMode::readWrite);
    std::string strict;
    {
        auto select = database->prepare("SELECT sql FROM sqlite_schema WHERE name = 'gap_mark'");
        ASSERT_TRUE(*select->step());
        strict = select->text(0);
    }
    std::string loose = strict;
    loose.replace(loose.find("STRICT"), 6, "      ");
    const std::string bytes = bytesOfFile(m_archive);
    const auto place = bytes.find(strict);
    ASSERT_NE(place, std::string::npos);
    {
        std::string changed = bytes;
        changed.replace(place, loose.size(), loose);
        writeFile(m_archive, changed);
    }
    change(m_archive, "INSERT INTO gap_mark(session_id, at_ns, reason) VALUES (1, 'soon', x'00')");
    {
        std::string changed = bytesOfFile(m_archive);
        changed.replace(changed.find(loose), strict.size(), strict);
        writeFile(m_archive, changed);
    }
    expectRefused("damaged");
}

TEST_F(ForeignStoreTest, RefusesRowsThatDoNotHaveTheirSeal) {
    change(m_archive, "UPDATE turn SET tokens_input = 7 WHERE number = 2");
    expectRefused("turn 2: turn row 2 does not have its check sum");
}

TEST_F(ForeignStoreTest, RefusesBodiesWithoutTheirHash) {
    change(m_archive, "UPDATE request SET sha256 = randomblob(32) WHERE turn_id = 2");
    sealAll();
    expectRefused("turn 2");
}

TEST_F(ForeignStoreTest, RefusesImpossibleNumbersAndHashes) {
    change(m_archive, "UPDATE request SET size = -1 WHERE turn_id = 2");
    sealAll();
    expectRefused("impossible sizes or hashes in 1 rows");
}

TEST_F(ForeignStoreTest, RefusesTurnsThatContinueThemselves) {
    change(m_archive, "UPDATE turn SET parent_turn = 3 WHERE id = 2");
    sealAll();
    expectRefused("turn 2 builds on turn 3, which is not an older one");
}

TEST_F(ForeignStoreTest, RefusesPromptsThatRestOnThemselves) {
    change(m_archive, "UPDATE request SET base_turn = 3 WHERE turn_id = 2");
    sealAll();
    expectRefused("its base is not an older turn");
}

TEST_F(ForeignStoreTest, RefusesRunsThatReplayOneAnother) {
    change(m_archive, "UPDATE session SET source_session = 2 WHERE id = 1");
    sealAll();
    expectRefused("circle");
}

TEST_F(ForeignStoreTest, RefusesTwoSessionsOfOneName) {
    change(m_archive, "UPDATE session SET uid = (SELECT uid FROM session WHERE id = 1)");
    sealAll();
    expectRefused("another session of the file has the same uid");
}

TEST_F(ForeignStoreTest, RefusesPartsThatRestOnThemselves) {
    change(m_archive, "UPDATE part SET base_id = id, codec = 2, depth = 1 WHERE id = 1");
    expectRefused("impossible bases");
}

TEST_F(ForeignStoreTest, RefusesPiecesThatDoNotMakeUpTheBody) {
    change(m_archive, "UPDATE response SET arrivals = x'000000000001020304' WHERE turn_id = 1");
    sealAll();
    expectRefused("stored arrival times are damaged");
}

TEST_F(ForeignStoreTest, RefusesTextsBeyondReason) {
    change(m_archive, "UPDATE session SET name = CAST(zeroblob(5000000) AS TEXT) WHERE id = 1");
    sealAll();
    expectRefused("a session.name of 5000000 bytes");
}

// 900 MB of zeros are 80 kB of zstd; a hundred turns of them would keep a disk or a processor busy for a day.
TEST_F(ForeignStoreTest, RefusesWhatUnpacksToTooMuch) {
    compression::Zstandard zstandard;
    const std::string zeros(std::size_t{64} << 20, '\0');
    const auto packed = zstandard.compress(zeros, 1);
    ASSERT_TRUE(packed.ok());
    {
        auto database = sqlite::Database::open(m_archive, sqlite::OpenMode::readWrite);
        auto insert = database->prepare(
            "INSERT INTO part(id, sha256, kind, size, codec, base_id, depth, content) VALUES (1000, ?1, 1, ?2, 1, "
            "NULL, 0, ?3)");
        const auto hash = digest::sha256(zeros);
        const std::string_view hashBytes(reinterpret_cast<const char*>(hash.data()), hash.size());
        ASSERT_TRUE(insert->bindBlob(1, hashBytes)
                        .bind(2, static_cast<std::int64_t>(zeros.size()))
                        .bindBlob(3, *packed)
                        .run()
                        .ok());
        for (int number = 10; number < 110; ++number) {
            const std::string id = std::to_string(number);
            std::string columns;
            auto names = database->prepare("SELECT name FROM pragma_table_info('turn')");
            while (*names->step()) {
                const std::string name = names->text(0);
                columns += (columns.empty() ? "" : ", ") + (name == "id" || name == "number" ? id : name);
            }
            ASSERT_TRUE(database
                            ->execute("INSERT INTO turn SELECT " + columns +
                                      " FROM turn WHERE id = 1; INSERT INTO response(turn_id, sha256, body_part, "
                                      "headers_part, arrivals) VALUES (" +
                                      id + ", (SELECT sha256 FROM part WHERE id = 1000), 1000, NULL, NULL)")
                            .ok());
        }
    }
    expectRefused("more than is taken from a file of that size");
}

// Whatever byte is wrong: the archive is refused with one sentence, or what comes out of it is right.
TEST_F(ForeignStoreTest, NeverTakesDamageForTruth) {
    const std::string good = bytesOfFile(m_archive);
    const std::string truth = content(m_archive);
    const unsigned seed = std::random_device()();
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    int taken = 0;
    for (int round = 0; round < 300; ++round) {
        std::string bad = good;
        const int flips = 1 + static_cast<int>(random() % 3);
        for (int flip = 0; flip < flips; ++flip) bad[random() % bad.size()] ^= static_cast<char>(1U << (random() % 8));
        writeFile(m_archive, bad);
        const auto store = m_folder / "target.db";
        for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(store.string() + suffix);
        const auto report = mergeArchive(m_archive, store, {});
        if (!report) {
            ASSERT_FALSE(report.error().message.empty());
            ASSERT_EQ(report.error().message.find('\n'), std::string::npos) << report.error().message;
            ASSERT_NE(report.error().code, ErrorCode::internal) << report.error().message;
            continue;
        }
        ++taken;
        ASSERT_EQ(content(store), truth) << "round " << round;
        auto database = sqlite::Database::open(store, sqlite::OpenMode::readOnly);
        auto check = database->prepare("PRAGMA integrity_check(1)");
        ASSERT_TRUE(*check->step());
        ASSERT_EQ(check->text(0), "ok");
    }
    RecordProperty("taken", taken);
    std::cout << taken << " of 300 damaged archives held no damage to what is taken\n";
}

}  // namespace
}  // namespace turntable::storage
