#include "storage/trace_store.h"

#include <csignal>
#include <fstream>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

#include "storage/sqlite/database.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using sqlite::Database;
using sqlite::OpenMode;
using support::ErrorCode;

class TraceStoreTest : public StoreFixture {
protected:
    void change(const std::string& sql) {
        auto database = Database::open(m_path, OpenMode::create);
        ASSERT_TRUE(database.ok()) << database.error().message;
        ASSERT_TRUE(database->execute(sql).ok());
    }
    void expectRefused(ErrorCode code, const std::string& words) {
        const auto reader = TraceReader::open(m_path);
        ASSERT_FALSE(reader.ok());
        EXPECT_EQ(reader.error().code, code) << reader.error().message;
        EXPECT_NE(reader.error().message.find(words), std::string::npos) << reader.error().message;
        EXPECT_NE(reader.error().message.find(m_path.string()), std::string::npos) << reader.error().message;
        const auto writer = TraceWriter::open(m_path);
        ASSERT_FALSE(writer.ok());
        EXPECT_EQ(writer.error().code, code) << writer.error().message;
    }
};

/// Gives up the rights of a superuser, to whom no folder is read-only, for the time it lives.
class OrdinaryUser {
public:
    OrdinaryUser() {
        if (m_before == 0 && seteuid(65534) != 0) m_failed = true;
    }
    ~OrdinaryUser() {
        if (m_before == 0 && seteuid(0) != 0) ADD_FAILURE() << "cannot become superuser again";
    }
    [[nodiscard]] bool failed() const { return m_failed; }

private:
    uid_t m_before = geteuid();
    bool m_failed = false;
};

TEST_F(TraceStoreTest, MakesMissingFoldersAndAnEmptyStore) {
    m_path = m_folder / "a/b/store.db";
    ASSERT_TRUE(prepareStore(m_path).ok());
    EXPECT_TRUE(openReader().sessions()->empty());
}

TEST_F(TraceStoreTest, PreparingTwiceChangesNothing) {
    TraceWriter writer = openWriter();
    addSession(writer, "one");
    ASSERT_TRUE(prepareStore(m_path).ok());
    EXPECT_EQ(openReader().sessions()->size(), 1u);
}

TEST_F(TraceStoreTest, CarriesItsMarksInTheFileHeader) {
    ASSERT_TRUE(prepareStore(m_path).ok());
    auto database = Database::open(m_path, OpenMode::readOnly);
    EXPECT_EQ(*database->integer("PRAGMA application_id"), 0x5475726E);
    EXPECT_EQ(*database->integer("PRAGMA user_version"), kSchemaVersion);
    EXPECT_EQ(*database->integer("SELECT readable_from FROM store"), kReadableFrom);
    EXPECT_EQ(*database->integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%' "
                                 "AND name NOT LIKE 'sqlite_%'"),
              0);
}

TEST_F(TraceStoreTest, SaysThatThereIsNoStore) {
    const auto reader = TraceReader::open(m_path);
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().code, ErrorCode::notFound);
}

TEST_F(TraceStoreTest, RefusesAFileThatIsNotSqlite) {
    std::ofstream(m_path) << std::string(9000, 'n');
    expectRefused(ErrorCode::corrupt, "not an SQLite file");
}

TEST_F(TraceStoreTest, RefusesTheDatabaseOfAnotherApplication) {
    change("PRAGMA application_id = 42; CREATE TABLE t(a)");
    expectRefused(ErrorCode::corrupt, "another application");
}

TEST_F(TraceStoreTest, RefusesANewerStore) {
    ASSERT_TRUE(prepareStore(m_path).ok());
    change("PRAGMA user_version = 99; UPDATE store SET readable_from = 98");
    expectRefused(ErrorCode::unsupportedVersion, "version 99");
}

TEST_F(TraceStoreTest, OnlyReadsANewerStoreThatSaysItMayBeRead) {
    ASSERT_TRUE(prepareStore(m_path).ok());
    change("PRAGMA user_version = 99");
    EXPECT_TRUE(TraceReader::open(m_path).ok());
    const auto writer = TraceWriter::open(m_path);
    ASSERT_FALSE(writer.ok());
    EXPECT_EQ(writer.error().code, ErrorCode::unsupportedVersion);
}

TEST_F(TraceStoreTest, ReadsAReadOnlyFileInAReadOnlyFolder) {
    std::string body = "{\"messages\":[]}";
    {
        TraceWriter writer = openWriter();
        addTurn(writer, addSession(writer, "one"), body, {}, "answer");
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    namespace fs = std::filesystem;
    fs::permissions(m_path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(m_folder.path(), fs::perms::owner_write | fs::perms::others_write, fs::perm_options::remove);
    fs::permissions(m_folder.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    {
        const OrdinaryUser user;
        if (user.failed()) GTEST_SKIP() << "cannot become an ordinary user here";
        const TraceReader reader = openReader();
        EXPECT_EQ(*reader.requestBody({1}), body);
        const auto writer = TraceWriter::open(m_path);
        ASSERT_FALSE(writer.ok());
        EXPECT_EQ(writer.error().code, ErrorCode::io);
        EXPECT_NE(writer.error().message.find("read-only"), std::string::npos) << writer.error().message;
        const auto beside = prepareStore(m_folder / "new.db");
        ASSERT_FALSE(beside.ok());
        EXPECT_EQ(beside.error().code, ErrorCode::io);
    }
    fs::permissions(m_folder.path(), fs::perms::owner_all, fs::perm_options::add);
}

TEST_F(TraceStoreTest, ManyMakeTheSameStoreAtOnce) {
    std::vector<std::string> failures(4);
    {
        std::vector<std::jthread> threads;
        for (auto& failure : failures) {
            threads.emplace_back([this, &failure] {
                auto writer = TraceWriter::open(m_path);
                if (!writer) failure = writer.error().message;
                if (writer) addSession(*writer, "s");
            });
        }
    }
    for (const auto& failure : failures) EXPECT_EQ(failure, "");
    EXPECT_EQ(openReader().sessions()->size(), failures.size());
}

TEST_F(TraceStoreTest, TwoWritersShareOneStore) {
    constexpr int kTurns = 100;
    std::vector<std::string> failures(2);
    TraceWriter first = openWriter();
    const auto session = addSession(first, "shared");
    {
        std::vector<std::jthread> threads;
        for (std::size_t index = 0; index < failures.size(); ++index) {
            threads.emplace_back([this, index, session, &failures] {
                auto writer = TraceWriter::open(m_path);
                if (!writer) {
                    failures[index] = writer.error().message;
                    return;
                }
                std::optional<support::TurnId> parent;
                std::string body = std::string(100, static_cast<char>('a' + index));
                std::vector<support::ByteRange> parts = {{0, 100}};
                for (int number = 0; number < kTurns; ++number) {
                    const std::string piece =
                        "the same in both writers, number " + std::to_string(number) + std::string(80, '.');
                    parts.push_back({body.size(), piece.size()});
                    body += piece;
                    parent = addTurn(*writer, session, body, parts, piece, parent).id;
                }
            });
        }
    }
    for (const auto& failure : failures) EXPECT_EQ(failure, "");
    const TraceReader reader = openReader();
    const auto turns = reader.turns(session);
    ASSERT_TRUE(turns.ok());
    ASSERT_EQ(turns->size(), 2u * kTurns);
    for (std::size_t index = 0; index < turns->size(); ++index) {
        EXPECT_EQ((*turns)[index].number, static_cast<int>(index) + 1);
        EXPECT_TRUE(reader.requestBody((*turns)[index].id).ok());
    }
}

TEST_F(TraceStoreTest, RecordsAgainOnceADiskThatWasFullHasSpace) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "one");
    const auto kept = addTurn(writer, session, "before", {}, "reply");
    // Files beyond a size limit fail to grow as on a full disk (getrlimit(2)); SIGXFSZ would end the process.
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = 300'000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    std::string noise(2'000'000, '\0');
    std::uint32_t state = 1;
    for (char& byte : noise) byte = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
    model::Turn turn;
    turn.session = session;
    const auto full = writer.beginTurn(turn, {noise, {}, {}, {}}, {});
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code, ErrorCode::io) << full.error().message;
    EXPECT_FALSE(turn.id.valid());
    const auto after = addTurn(writer, session, noise, {}, "reply", kept.id);
    const TraceReader reader = openReader();
    EXPECT_EQ(reader.turns(session)->size(), 2u);
    EXPECT_EQ(*reader.requestBody(kept.id), "before");
    EXPECT_EQ(*reader.requestBody(after.id), noise);
}

TEST(TraceStore, IsForItsOwnerAlone) {
    const test::TemporaryFolder folder;
    ASSERT_TRUE(prepareStore(folder / "a.db").ok());
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(folder / "a.db").permissions(), perms::owner_read | perms::owner_write);
}

}  // namespace
}  // namespace turntable::storage
