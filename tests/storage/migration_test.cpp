// A store of every released version stays readable, and becomes one of today's version without losing a byte.
#include <map>

#include "storage/digest/sha256.h"
#include "storage/seal.h"
#include "storage/sqlite/database.h"
#include "storage/trace_store.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

/// Everything of a store that must survive: hashes of all bodies, screens and headers, and the timeline.
std::string contentOf(const TraceReader& reader) {
    std::string text;
    const auto sessions = reader.sessions();
    if (!sessions) return sessions.error().message;
    for (const auto& session : *sessions) {
        text += "session " + session.name + " " + digest::sha256Hex(session.uid) + "\n";
        const auto turns = reader.turns(session.id);
        if (!turns) return turns.error().message;
        for (const auto& turn : *turns) {
            const auto request = reader.requestBody(turn.id);
            const auto response = reader.responseBody(turn.id);
            const auto headers = reader.responseHeaders(turn.id);
            const auto arrivals = reader.arrivals(turn.id);
            if (!request || !response || !headers || !arrivals)
                return "turn " + std::to_string(turn.number) + " broken";
            text += std::to_string(turn.number) + " " + digest::sha256Hex(*request) + " " +
                    digest::sha256Hex(*response) + " " + digest::sha256Hex(*headers) + " " +
                    std::to_string(arrivals->size()) + " " + std::to_string(turn.tokens.input.tokens.value_or(-1));
            if (turn.screenId) {
                const auto screen = reader.screen(*turn.screenId);
                if (!screen) return screen.error().message;
                text += " screen " + std::to_string(screen->elements.size());
            }
            text += "\n";
        }
    }
    return text;
}

class MigrationTest : public StoreFixture {
protected:
    void SetUp() override {
        const std::filesystem::path fixtures = std::filesystem::path(TURNTABLE_SOURCE_DIR) / "fixtures/stores";
        std::filesystem::copy_file(fixtures / "version-1.turntable.db", m_path);
    }
};

TEST_F(MigrationTest, ReadsVersion1WithoutWriting) {
    const std::string content = contentOf(openReader());
    EXPECT_NE(content.find("session tiddly"), std::string::npos) << content;
    EXPECT_EQ(content.find("broken"), std::string::npos) << content;
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readOnly);
    EXPECT_EQ(*database->integer("PRAGMA user_version"), 1);
}

TEST_F(MigrationTest, Version1BecomesTodaysAndKeepsEverything) {
    const std::string before = contentOf(openReader());
    ASSERT_TRUE(prepareStore(m_path).ok());
    EXPECT_EQ(contentOf(openReader()), before);
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readOnly);
    EXPECT_EQ(*database->integer("PRAGMA user_version"), kSchemaVersion);
    EXPECT_EQ(*database->integer("SELECT readable_from FROM store"), kReadableFrom);
    EXPECT_EQ(*database->integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    EXPECT_EQ(*database->integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST_F(MigrationTest, AMigratedStoreHasTheSchemaOfANewOne) {
    ASSERT_TRUE(prepareStore(m_path).ok());
    const auto fresh = m_folder / "new.db";
    ASSERT_TRUE(prepareStore(fresh).ok());
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
    ASSERT_TRUE(database->execute("ATTACH '" + fresh.string() + "' AS fresh").ok());
    EXPECT_EQ(*database->integer("SELECT count(*) FROM (SELECT name, sql FROM main.sqlite_schema EXCEPT "
                                 "SELECT name, sql FROM fresh.sqlite_schema)"),
              0);
}

TEST_F(MigrationTest, SealsEveryRow) {
    ASSERT_TRUE(prepareStore(m_path).ok());
    auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readOnly);
    for (const Sealed table : kSealedTables) {
        const std::string name(tableName(table));
        auto select = database->prepare("SELECT id, seal FROM " + name);
        ASSERT_TRUE(select.ok());
        while (*select->step()) {
            EXPECT_EQ(select->integer(1), *sealOf(*database, table, select->integer(0))) << name;
        }
    }
}

TEST_F(MigrationTest, GoesOnRecordingInAMigratedStore) {
    {
        TraceWriter writer = openWriter();
        addTurn(writer, addSession(writer, "new"), "{\"messages\":[]}", {}, "answer");
    }
    EXPECT_EQ(*openReader().requestBody(openReader().turns(openReader().findSession("new")->id)->front().id),
              "{\"messages\":[]}");
}

}  // namespace
}  // namespace turntable::storage
