#include "storage/seal.h"

#include "storage/sqlite/database.h"
#include "storage/trace_store.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using sqlite::Database;
using sqlite::OpenMode;

class SealTest : public StoreFixture {
protected:
    Database change(const std::string& sql) {
        auto database = Database::open(m_path, OpenMode::readWrite);
        EXPECT_TRUE(database.ok() && database->execute(sql).ok()) << sql;
        return std::move(*database);
    }
    static bool holds(Database& database, Sealed table, std::int64_t id) {
        return *database.integer("SELECT seal FROM " + std::string(tableName(table)) +
                                 " WHERE id = " + std::to_string(id)) == *sealOf(database, table, id);
    }
};

TEST_F(SealTest, HoldsAfterEveryKindOfWrite) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "one");
    const auto recorder = addRecorder(writer, support::currentProcess());
    const auto turn = addTurn(writer, session, "request", {}, "reply");
    model::Turn torn;
    torn.session = session;
    ASSERT_TRUE(writer.beginTurn(torn, {"torn", {}, {}, {}}, {}).ok());
    ASSERT_TRUE(writer.setGap(turn.id, support::Nanoseconds(5)).ok());
    ASSERT_TRUE(writer.setRecorderUpstream(recorder, "http://127.0.0.1:1").ok());
    ASSERT_TRUE(writer.endRecorder(recorder).ok());
    ASSERT_TRUE(writer.addGapMark(session, {}, "why").ok());
    ASSERT_TRUE(writer.addNote({{}, session, turn.id, {}, "look here"}).ok());
    ASSERT_EQ(*writer.closeTornTurns(), 1);
    auto renamed = openReader().session(session);
    renamed->note = "changed";
    ASSERT_TRUE(writer.updateSession(*renamed).ok());
    auto database = Database::open(m_path, OpenMode::readOnly);
    for (const Sealed table : kSealedTables) EXPECT_TRUE(holds(*database, table, 1)) << tableName(table);
    EXPECT_TRUE(holds(*database, Sealed::turn, 2));
}

TEST_F(SealTest, BreaksWhenAnyRowOfATurnIsChanged) {
    {
        TraceWriter writer = openWriter();
        addTurn(writer, addSession(writer, "one"), "request", {}, "reply");
    }
    for (const char* sql : {"UPDATE turn SET tokens_input = 7", "UPDATE turn SET target = 'x'",
                            "UPDATE request SET headers_part = 1", "UPDATE response SET arrivals = x'00'",
                            "INSERT INTO action VALUES (1, 0, '', 't', '', 1, '', NULL, '', '')"}) {
        auto database = change(sql);
        EXPECT_FALSE(holds(database, Sealed::turn, 1)) << sql;
        ASSERT_TRUE(sealRow(database, Sealed::turn, 1).ok());
        EXPECT_TRUE(holds(database, Sealed::turn, 1)) << sql;
    }
}

TEST_F(SealTest, SaysWhichRowIsNotThere) {
    ASSERT_TRUE(prepareStore(m_path).ok());
    auto database = Database::open(m_path, OpenMode::readWrite);
    const auto seal = sealOf(*database, Sealed::note, 9);
    ASSERT_FALSE(seal.ok());
    EXPECT_EQ(seal.error().code, support::ErrorCode::notFound);
    EXPECT_NE(seal.error().message.find("note row 9"), std::string::npos) << seal.error().message;
}

TEST_F(SealTest, NotesAreKeptAndRemoved) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "one");
    const auto other = addSession(writer, "other");
    const auto turn = addTurn(writer, session, "request", {}, "reply");
    const auto note = writer.addNote({{}, session, turn.id, {}, "look here"});
    ASSERT_TRUE(note.ok());
    EXPECT_EQ(openReader().notes(session)->size(), 1u);
    EXPECT_EQ(openReader().notes(session)->front().text, "look here");
    EXPECT_EQ(writer.addNote({{}, other, turn.id, {}, "wrong"}).error().code, support::ErrorCode::notFound);
    EXPECT_TRUE(writer.removeNote(*note).ok());
    EXPECT_EQ(writer.removeNote(*note).error().code, support::ErrorCode::notFound);
    EXPECT_TRUE(openReader().notes(session)->empty());
}

}  // namespace
}  // namespace turntable::storage
