// The index as a file: damage, strangers, deletion, several at once.
#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <thread>

#include "storage/search/background_indexer.h"
#include "tests/storage/search/search_fixture.h"

namespace turntable::search {
namespace {

class IndexCareTest : public SearchFixture {
protected:
    void deleteSession(support::SessionId session) {
        auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
        ASSERT_TRUE(database.ok());
        const std::string id = std::to_string(session.value);
        const std::string turns = "(SELECT id FROM turn WHERE session_id = " + id + ")";
        ASSERT_TRUE(database
                        ->execute("PRAGMA foreign_keys = OFF; DELETE FROM request WHERE turn_id IN " + turns +
                                  "; DELETE FROM response WHERE turn_id IN " + turns +
                                  "; DELETE FROM turn WHERE session_id = " + id +
                                  "; DELETE FROM session WHERE id = " + id)
                        .ok());
    }
    [[nodiscard]] std::string indexBytes() const {
        std::string bytes;
        for (const char* suffix : {"", "-wal"}) {
            std::ifstream file(indexPath().string() + suffix, std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(file), {});
        }
        return bytes;
    }
    void writeIndexBytes(const std::string& bytes) const {
        std::ofstream(indexPath(), std::ios::binary | std::ios::trunc) << bytes;
    }
};

TEST_F(IndexCareTest, ForgetsDeletedSessions) {
    auto writer = openWriter();
    const auto gone = addSessionAt(writer, "gone", 1);
    const auto kept = addSessionAt(writer, "kept", 2);
    addText(writer, gone, R"("the secret is plumbago")");
    addText(writer, kept, R"("the secret is out")");
    EXPECT_EQ(find("secret"), "kept/1 prompt\ngone/1 prompt\n");
    deleteSession(gone);
    EXPECT_EQ(find("secret"), "kept/1 prompt\n");
    EXPECT_EQ(find("plumbago"), "");
}

TEST_F(IndexCareTest, DoesNotShowWhatWasDeletedSinceTheLastUpdate) {
    auto writer = openWriter();
    const auto gone = addSessionAt(writer, "gone", 1);
    addText(writer, gone, R"("plumbago")");
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    deleteSession(gone);
    EXPECT_EQ(findIn(index, "plumbago"), "");
}

TEST_F(IndexCareTest, FindsWhatATurnTookOverFromADeletedOne) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    const auto first = addText(writer, session, R"("linnet")");
    addText(writer, session, R"("siskin")");
    EXPECT_EQ(find("linnet"), "s/1 prompt\n");
    // Turn 1 goes; its part lives on in turn 2, whose recipe is written anew.
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(database
                    ->execute("PRAGMA foreign_keys = OFF; UPDATE request SET (base_turn, shared_head, shared_tail, "
                              "entries_size, codec, entries) = (SELECT base_turn, shared_head, shared_tail, "
                              "entries_size, codec, entries FROM request WHERE turn_id = 1) WHERE turn_id = 2; "
                              "DELETE FROM request WHERE turn_id = 1; DELETE FROM response WHERE turn_id = 1; "
                              "DELETE FROM turn WHERE id = 1; UPDATE turn SET seal = seal + 1 WHERE id = 2")
                    .ok());
    EXPECT_EQ(first.number, 1);
    EXPECT_EQ(find("linnet"), "s/2 prompt\n");
    EXPECT_EQ(find("siskin"), "");
}

TEST_F(IndexCareTest, ShrinksWhenMostOfItHasGone) {
    auto writer = openWriter();
    std::vector<support::SessionId> sessions;
    std::mt19937 random(7);
    for (int number = 0; number < 8; ++number) {
        sessions.push_back(addSessionAt(writer, "s" + std::to_string(number), number + 1));
        std::string text = "\"mark" + std::to_string(number) + " ";
        for (int word = 0; word < 20000; ++word) text += std::to_string(random()) + " ";
        addText(writer, sessions.back(), text + "\"");
    }
    EXPECT_EQ(find("mark7"), "s7/1 prompt\n");
    const std::string before = indexBytes();
    for (int number = 1; number < 8; ++number) deleteSession(sessions[static_cast<std::size_t>(number)]);
    EXPECT_EQ(find("mark0"), "s0/1 prompt\n");
    EXPECT_EQ(find("mark7"), "");
    EXPECT_LT(indexBytes().size(), before.size() / 3);
}

TEST_F(IndexCareTest, IsMadeAnewWhenItIsNotAnIndex) {
    auto writer = openWriter();
    addText(writer, addSession(writer, "s"), R"("bittern")");
    for (const std::string& stranger : {std::string("no database at all, but some text of somebody else"),
                                        std::string(5000, '\0'), std::string("SQLite format 3")}) {
        ASSERT_TRUE(removeSearchIndex(m_path).ok());
        writeIndexBytes(stranger);
        EXPECT_EQ(find("bittern"), "s/1 prompt\n");
    }
}

TEST_F(IndexCareTest, IsMadeAnewForAnotherStoreOrVersion) {
    auto writer = openWriter();
    addText(writer, addSession(writer, "s"), R"("bittern")");
    EXPECT_EQ(find("bittern"), "s/1 prompt\n");
    for (const char* change : {"PRAGMA user_version = 99", "PRAGMA user_version = 0", "PRAGMA application_id = 5",
                               "UPDATE state SET salt = randomblob(16)", "DROP TABLE turn", "DELETE FROM turn",
                               "DELETE FROM bucket", "DELETE FROM signature", "DELETE FROM state",
                               "UPDATE turn SET seal = seal + 1", "UPDATE bucket SET content = randomblob(50)"}) {
        {
            auto database = sqlite::Database::open(indexPath(), sqlite::OpenMode::readWrite);
            ASSERT_TRUE(database.ok()) << database.error().message;
            ASSERT_TRUE(database->execute(change).ok()) << change;
        }
        EXPECT_EQ(find("bittern"), "s/1 prompt\n") << change;
        EXPECT_EQ(find("heron"), "") << change;
    }
}

TEST_F(IndexCareTest, NeverBelievesADamagedFile) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    for (int number = 1; number <= 30; ++number) {
        addText(writer, session, "\"crake " + std::to_string(number * 7919) + "\"",
                "{\"reply\":" + std::to_string(number) + "}");
    }
    const auto crakes = [this] { return find("crake", {{}, {}, {}, 100}); };
    const std::string all = crakes();
    ASSERT_EQ(std::count(all.begin(), all.end(), '\n'), 30);
    const std::string good = indexBytes();
    std::mt19937 random(20);
    for (int round = 0; round < 120; ++round) {
        std::string bad = good;
        const std::size_t at = random() % bad.size();
        bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1U << (random() % 8)));
        ASSERT_TRUE(removeSearchIndex(m_path).ok());
        writeIndexBytes(bad);
        ASSERT_EQ(crakes(), all) << "byte " << at;
        ASSERT_EQ(find("crake 150461"), "s/19 prompt\n") << "byte " << at;
    }
    for (std::size_t size = 0; size < good.size(); size += 1 + good.size() / 40) {
        ASSERT_TRUE(removeSearchIndex(m_path).ok());
        writeIndexBytes(good.substr(0, size));
        ASSERT_EQ(crakes(), all) << "cut to " << size;
    }
}

TEST_F(IndexCareTest, MayBeDeletedAtAnyTime) {
    auto writer = openWriter();
    addText(writer, addSession(writer, "s"), R"("bittern")");
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    ASSERT_TRUE(removeSearchIndex(m_path).ok());
    EXPECT_EQ(findIn(index, "bittern"), "s/1 prompt\n");
    EXPECT_EQ(find("bittern"), "s/1 prompt\n");
}

TEST_F(IndexCareTest, SearchesInMemoryWhereItCannotBeWritten) {
    {
        auto writer = openWriter();
        addText(writer, addSession(writer, "s"), R"("bittern")");
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    // A folder in its place cannot be opened, whoever runs the test.
    std::filesystem::create_directory(indexPath());
    std::ofstream(indexPath() / "file") << "x";
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    EXPECT_EQ(findIn(index, "bittern"), "s/1 prompt\n");
    EXPECT_NE(index.notice().find("in memory"), std::string::npos) << index.notice();
    EXPECT_TRUE(std::filesystem::is_directory(indexPath()));
    EXPECT_FALSE(SearchIndex::open(m_path, Fallback::none).ok());
}

TEST_F(IndexCareTest, SaysWhatIsNotIndexedYet) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("bittern one")");
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    addText(writer, session, R"("bittern two")");
    auto result = index.search({"bittern", {}, {}});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->hits.size(), 1u);
    EXPECT_EQ(result->unindexed, 1);
    std::stop_source stopped;
    stopped.request_stop();
    EXPECT_EQ(*index.update({stopped.get_token(), {}}), 1);
    EXPECT_EQ(*index.update(), 0);
    result = index.search({"bittern", {}, {}});
    EXPECT_EQ(result->hits.size(), 2u);
    EXPECT_EQ(result->unindexed, 0);
}

TEST_F(IndexCareTest, SaysWhichPartsAreDamaged) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("bittern one")");
    addText(writer, session, R"("bittern two")");
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
    ASSERT_TRUE(
        database->execute("UPDATE part SET sha256 = randomblob(32) WHERE id = (SELECT min(id) FROM part)").ok());
    SearchIndex index = openIndex();
    ASSERT_TRUE(index.update().ok());
    const auto result = index.search({"bittern", {}, {}});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->hits.size(), 1u);
    EXPECT_EQ(result->unreadable, 1);
}

TEST_F(IndexCareTest, LetsSeveralUpdateAtOnceWhileSomebodyRecords) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 3; ++number) {
            threads.emplace_back([&](const std::stop_token& stop) {
                while (!stop.stop_requested()) {
                    auto index = SearchIndex::open(m_path);
                    if (!index || !index->update() || !index->search({"ruff", {}, {}})) ++failures;
                }
            });
        }
        for (int number = 1; number <= 60; ++number) {
            addText(writer, session, "\"ruff " + std::to_string(number) + "\"");
        }
    }
    EXPECT_EQ(failures, 0);
    const std::string all = find("ruff", {{}, {}, {}, 100});
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 60);
}

TEST_F(IndexCareTest, NeverWaitsForNorLocksTheStore) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("ruff")");
    auto other = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
    ASSERT_TRUE(other->execute("BEGIN IMMEDIATE").ok());
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(find("ruff"), "s/1 prompt\n");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4)) << "less than the patience of a lock";
}

TEST_F(IndexCareTest, IsKeptUpInTheBackground) {
    auto writer = openWriter();
    const auto session = addSession(writer, "s");
    addText(writer, session, R"("ruff")");
    std::promise<std::int64_t> done;
    std::atomic<bool> told = false;
    BackgroundOptions options;
    options.quiet = std::chrono::milliseconds(0);
    options.updated = [&](std::int64_t left) {
        if (!told.exchange(true)) done.set_value(left);
    };
    BackgroundIndexer indexer(m_path, options);
    indexer.wake();
    EXPECT_EQ(done.get_future().get(), 0);
    SearchIndex index = openIndex();
    EXPECT_EQ(findIn(index, "ruff"), "s/1 prompt\n") << "without an update of its own";
}

TEST_F(IndexCareTest, BackgroundSaysWhenItFailsAndEndsWhileWaiting) {
    std::promise<std::string> failed;
    BackgroundOptions options;
    options.quiet = std::chrono::milliseconds(0);
    options.failed = [&](const std::string& why) { failed.set_value(why); };
    BackgroundIndexer indexer(m_folder / "missing.db", options);
    indexer.wake();
    EXPECT_NE(failed.get_future().get().find("missing.db"), std::string::npos);
    options.failed = {};
    options.quiet = std::chrono::hours(1);
    BackgroundIndexer waiting(m_path, options);
    waiting.wake();
}

}  // namespace
}  // namespace turntable::search
