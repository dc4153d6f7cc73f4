#include "storage/sqlite/database.h"

#include <fstream>

#include <gtest/gtest.h>

#include "storage/sqlite/transaction.h"
#include "tests/support/temporary_folder.h"

namespace turntable::sqlite {
namespace {

using support::ErrorCode;

class DatabaseTest : public testing::Test {
protected:
    Database open(OpenMode mode = OpenMode::create) {
        auto database = Database::open(m_folder / "test.db", mode);
        EXPECT_TRUE(database.ok()) << (database ? "" : database.error().message);
        return std::move(*database);
    }
    test::TemporaryFolder m_folder;
};

TEST_F(DatabaseTest, KeepsTextAndBlobsByteForByte) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t(a TEXT, b BLOB, c INTEGER) STRICT").ok());
    const std::string odd("a\0b\xFF\xC3", 5);
    {
        auto insert = database.prepare("INSERT INTO t VALUES (?1, ?2, ?3)");
        ASSERT_TRUE(insert->bindText(1, odd).bindBlob(2, odd).bindNull(3).run().ok());
        ASSERT_TRUE(insert->bindText(1, "").bindBlob(2, "").bind(3, std::int64_t{-7}).run().ok());
    }
    auto select = database.prepare("SELECT a, b, c FROM t ORDER BY rowid");
    ASSERT_TRUE(*select->step());
    EXPECT_EQ(select->text(0), odd);
    EXPECT_EQ(select->blob(1), odd);
    EXPECT_EQ(select->maybeInteger(2), std::nullopt);
    ASSERT_TRUE(*select->step());
    EXPECT_FALSE(select->isNull(0));
    EXPECT_FALSE(select->isNull(1));
    EXPECT_EQ(select->integer(2), -7);
    EXPECT_FALSE(*select->step());
}

TEST_F(DatabaseTest, RollsBackUnlessCommitted) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t(a INTEGER) STRICT").ok());
    {
        auto transaction = Transaction::begin(database, Transaction::Kind::write);
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1)").ok());
    }
    EXPECT_EQ(*database.integer("SELECT count(*) FROM t"), 0);
    {
        auto transaction = Transaction::begin(database, Transaction::Kind::write);
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1)").ok());
        ASSERT_TRUE(transaction->commit().ok());
    }
    EXPECT_EQ(*database.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, StaysUsableAfterTheDiskWasFull) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t(a BLOB) STRICT").ok());
    ASSERT_TRUE(database.integer("PRAGMA max_page_count = 20").ok());
    {
        auto transaction = Transaction::begin(database, Transaction::Kind::write);
        const auto full = database.execute("INSERT INTO t VALUES (zeroblob(1000000))");
        ASSERT_FALSE(full.ok());
        EXPECT_EQ(full.error().code, ErrorCode::io);
        EXPECT_NE(full.error().message.find("disk full"), std::string::npos) << full.error().message;
    }
    EXPECT_TRUE(database.execute("INSERT INTO t VALUES (zeroblob(100))").ok());
    EXPECT_EQ(*database.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, CallsAMissingForeignRowNotFound) {
    Database database = open();
    ASSERT_TRUE(database
                    .execute("PRAGMA foreign_keys = ON; CREATE TABLE a(id INTEGER PRIMARY KEY) STRICT;"
                             "CREATE TABLE b(a INTEGER REFERENCES a(id)) STRICT")
                    .ok());
    const auto inserted = database.execute("INSERT INTO b VALUES (7)");
    ASSERT_FALSE(inserted.ok());
    EXPECT_EQ(inserted.error().code, ErrorCode::notFound);
}

TEST_F(DatabaseTest, NamesTheFileThatIsNoDatabase) {
    std::ofstream(m_folder / "test.db") << std::string(5000, 'x');
    const auto opened = Database::open(m_folder / "test.db", OpenMode::readOnly);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
    EXPECT_NE(opened.error().message.find("test.db"), std::string::npos);
}

TEST_F(DatabaseTest, SaysThatAFileIsMissing) {
    const auto opened = Database::open(m_folder / "none.db", OpenMode::readOnly);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::notFound);
}

TEST_F(DatabaseTest, AbandonedReadDoesNotHoldItsSnapshot) {
    Database reader = open();
    ASSERT_TRUE(reader
                    .execute("PRAGMA journal_mode = WAL; CREATE TABLE t(a INTEGER) STRICT;"
                             "INSERT INTO t VALUES (1), (2)")
                    .ok());
    {
        auto select = reader.prepare("SELECT a FROM t");
        ASSERT_TRUE(*select->step());
    }
    Database writer = open(OpenMode::readWrite);
    ASSERT_TRUE(writer.execute("INSERT INTO t VALUES (3)").ok());
    EXPECT_EQ(*reader.integer("SELECT count(*) FROM t"), 3);
    EXPECT_EQ(*writer.integer("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
}

}  // namespace
}  // namespace turntable::sqlite
