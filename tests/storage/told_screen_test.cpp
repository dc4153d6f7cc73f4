// Screens in a store that are told against a text of their turn: what they cost, what becomes of them when something
// happens to the text.

#include "storage/archive/redaction.h"
#include "storage/care/check.h"
#include "storage/care/remove.h"
#include "storage/care/repair.h"
#include "storage/part_store.h"
#include "storage/screen_codec.h"
#include "storage/sqlite/database.h"
#include "storage/store_file.h"
#include "tests/storage/archive/archive_fixture.h"
#include "tests/storage/snapshot_text.h"

namespace turntable::storage {
namespace {

using model::Screen;
using support::ByteRange;
using support::PartId;
using test::invoicePage;

class ToldScreenTest : public ArchiveFixture {
protected:
    /// A turn whose prompt ends with the text, in a part of its own.
    model::Turn addScreen(TraceWriter& writer, support::SessionId session, const Screen& screen,
                          const std::string& text, const std::vector<LinkedFile>& files = {}) {
        // Long enough to be shared with the prompt before.
        const std::string head = R"({"system":"You look at pages of invoices and pay those that are due.",)"
                                 R"("messages":[{"role":"user","content":[)";
        const std::string block = test::toolResult(text);
        const std::string body = head + block + "]}]}";
        const std::vector<ByteRange> parts = {{head.size(), block.size()}};
        model::Turn turn;
        turn.session = session;
        const auto begun = writer.beginTurn(turn, {body, parts, {}, files}, {});
        EXPECT_TRUE(begun.ok()) << (begun ? "" : begun.error().message);
        turn.status = model::TurnStatus::complete;
        turn.screen = model::summarize(screen);
        const auto finished = writer.finishTurn(turn, {"reply", {}, {}}, &screen);
        EXPECT_TRUE(finished.ok()) << (finished ? "" : finished.error().message);
        return turn;
    }
    sqlite::Database database() { return *sqlite::Database::open(m_path, sqlite::OpenMode::readWrite); }
    std::int64_t number(const std::string& sql) { return *database().integer(sql); }
    void change(const std::string& sql) {
        const auto done = database().execute(sql);
        ASSERT_TRUE(done.ok()) << sql << ": " << (done ? "" : done.error().message);
    }
    void expectWhole(const std::filesystem::path& path) {
        const auto report = care::checkStore(path);
        ASSERT_TRUE(report.ok()) << report.error().message;
        for (const auto& finding : report->findings) ADD_FAILURE() << finding.where << ": " << finding.what;
    }

    Screen m_screen = invoicePage(1000, 120);
    std::string m_text = test::snapshotText(m_screen);
};

TEST_F(ToldScreenTest, TakesALittleOfWhatTheScreenIs) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    const auto turn = addScreen(writer, session, m_screen, m_text);
    EXPECT_EQ(number("SELECT codec FROM part WHERE kind = 2"), 5);
    EXPECT_EQ(number("SELECT base.kind FROM part JOIN part AS base ON base.id = part.base_id WHERE part.kind = 2"), 0);
    EXPECT_LT(number("SELECT length(content) FROM part WHERE kind = 2"), 250);
    EXPECT_GT(number("SELECT size FROM part WHERE kind = 2"), 10'000);
    EXPECT_EQ(*openReader().screen(*turn.screenId), m_screen);
    expectWhole(m_path);
}

TEST_F(ToldScreenTest, IsReadFromTheFileThatTheResultNamed) {
    TraceWriter writer = openWriter();
    const auto turn = addScreen(writer, addSession(writer, "s"), m_screen, "- [Snapshot](page.yml)",
                                {{"page.yml", m_text}, {"other.yml", std::string(m_text.size(), 'x')}});
    EXPECT_EQ(number("SELECT base.kind FROM part JOIN part AS base ON base.id = part.base_id WHERE part.codec = 5"), 4);
    EXPECT_EQ(*openReader().screen(*turn.screenId), m_screen);
}

TEST_F(ToldScreenTest, IsPutTogetherFromAChangeAndThePageThatItIsStoredOver) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "shop");
    std::vector<std::pair<model::Turn, Screen>> turns = {{addScreen(writer, session, m_screen, m_text), m_screen}};
    for (const std::size_t first : {std::size_t{10}, std::size_t{150}, std::size_t{2}, std::size_t{90}}) {
        const auto changed = test::changedPage(turns.back().second, first, first + 200);
        turns.emplace_back(addScreen(writer, session, changed.screen, changed.text), changed.screen);
    }
    EXPECT_EQ(number("SELECT count(*) FROM part WHERE codec = 5"), 5);
    EXPECT_LT(number("SELECT max(length(content)) FROM part WHERE codec = 5"), 400);
    for (const auto& [turn, screen] : turns) EXPECT_EQ(*openReader().screen(*turn.screenId), screen);
    expectWhole(m_path);
    exported("shop");
    merged();
    expectWhole(m_other);
    EXPECT_EQ(count(m_other, "SELECT count(*) FROM part WHERE codec = 5"), 5);
}

TEST_F(ToldScreenTest, IsPackedOnThePreviousScreenWhenNoTextHoldsIt) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    addScreen(writer, session, m_screen, m_text);
    Screen next = m_screen;
    next.elements[5].text = "changed";
    const auto turn = addScreen(writer, session, next, test::snapshotText(invoicePage(77'000, 150)));
    EXPECT_EQ(number("SELECT codec FROM part WHERE id = (SELECT max(screen_id) FROM turn)"), 4);
    EXPECT_EQ(number("SELECT max(depth) FROM part WHERE kind = 2"), 2);
    EXPECT_EQ(*openReader().screen(*turn.screenId), next);
    expectWhole(m_path);
}

TEST_F(ToldScreenTest, FindsOtherWaysWhereATextCannotBeABase) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    // Too long for a base.
    const std::string filler(PartStore::kMaxBasedBytes, 'x');
    const auto turn = addScreen(writer, session, m_screen, m_text + filler);
    EXPECT_EQ(number("SELECT codec FROM part WHERE kind = 2"), 1);
    EXPECT_EQ(*openReader().screen(*turn.screenId), m_screen);
    // At the end of a chain.
    model::Turn deep;
    for (int page = 0; page < 20; ++page) {
        const Screen screen = invoicePage(2000 + page, 120);
        deep = addScreen(writer, session, screen, test::snapshotText(screen));
        ASSERT_EQ(*openReader().screen(*deep.screenId), screen) << page;
    }
    EXPECT_LE(number("SELECT max(depth) FROM part"), PartStore::kMaxDepth);
    EXPECT_GT(number("SELECT count(*) FROM part WHERE codec = 5"), 15);
    expectWhole(m_path);
}

// Between preparing and writing, another program may delete the text.
TEST_F(ToldScreenTest, IsPackedAnewWhenItsTextHasGone) {
    { TraceWriter writer = openWriter(); }
    auto store = openStoreForWriting(m_path);
    ASSERT_TRUE(store.ok());
    PartStore parts(*store);
    const std::string bytes = encodeScreen(m_screen);
    auto text = parts.prepare(m_text, PartKind::file);
    ASSERT_TRUE(text.ok());
    const auto id = parts.put(*text);
    ASSERT_TRUE(id.ok());
    const std::vector<ScreenText> texts = {{*id, nullptr}};
    auto screen = parts.prepareScreen(bytes, texts, std::nullopt);
    ASSERT_TRUE(screen.ok());
    ASSERT_EQ(screen->codec, PartCodec::screenOverText);
    ASSERT_TRUE(store->execute("DELETE FROM part").ok());
    const auto stored = parts.put(*screen);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    EXPECT_EQ(screen->codec, PartCodec::zstd);
    EXPECT_EQ(*PartStore(*store).read(*stored), bytes);
}

// The text comes with the screen, and somebody else was quicker to store it, on another base.
TEST_F(ToldScreenTest, StandsOnATextThatWasNewWhenItWasPrepared) {
    { TraceWriter writer = openWriter(); }
    auto store = openStoreForWriting(m_path);
    PartStore parts(*store);
    const std::string bytes = encodeScreen(m_screen);
    for (const bool isThere : {false, true}) {
        auto text = parts.prepare(m_text, PartKind::file);
        const std::vector<ScreenText> texts = {{std::nullopt, &*text}};
        auto screen = parts.prepareScreen(bytes, texts, std::nullopt);
        ASSERT_TRUE(screen.ok());
        ASSERT_EQ(screen->text, &*text);
        if (isThere) {
            PartStore other(*store);
            auto base = other.prepare(m_text + "more", PartKind::file);
            const auto id = other.put(*base);
            auto same = other.prepare(m_text, PartKind::file, *id);
            ASSERT_EQ(same->depth, 1);
            ASSERT_TRUE(other.put(*same).ok());
        }
        ASSERT_TRUE(parts.put(*text).ok());
        const auto stored = parts.put(*screen, text->stored);
        ASSERT_TRUE(stored.ok()) << stored.error().message;
        EXPECT_EQ(*store->integer("SELECT codec * 10 + depth FROM part WHERE kind = 2"), isThere ? 52 : 51);
        EXPECT_EQ(*PartStore(*store).read(*stored), bytes);
        ASSERT_TRUE(store->execute("PRAGMA foreign_keys = OFF; DELETE FROM part").ok());
    }
}

TEST_F(ToldScreenTest, KeepsTheTextWhileTheScreenIsThere) {
    TraceWriter writer = openWriter();
    const auto first = addSession(writer, "first");
    addScreen(writer, first, m_screen, m_text);
    // The same screen, from words that do not hold it.
    const auto second = addScreen(writer, addSession(writer, "second"), m_screen, "nothing new");
    ASSERT_EQ(number("SELECT count(*) FROM part WHERE kind = 2"), 1);
    const auto removed = care::removeSessions(m_path, std::span(&first, 1), {});
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(number("SELECT count(*) FROM part WHERE codec = 5"), 1);
    EXPECT_EQ(*openReader().screen(*second.screenId), m_screen);
    expectWhole(m_path);
    const auto last = second.session;
    ASSERT_TRUE(care::removeSessions(m_path, std::span(&last, 1), {}).ok());
    EXPECT_EQ(number("SELECT count(*) FROM part"), 0);
}

TEST_F(ToldScreenTest, GoesIntoAnArchiveWithItsText) {
    {
        TraceWriter writer = openWriter();
        const auto session = addSession(writer, "shop");
        addScreen(writer, session, m_screen, m_text);
        addScreen(writer, session, invoicePage(9000, 50), "see page.yml",
                  {{"page.yml", test::snapshotText(invoicePage(9000, 50))}});
    }
    exported("shop");
    merged();
    for (const auto& path : {m_archive, m_other}) {
        EXPECT_EQ(count(path, "SELECT count(*) FROM part WHERE kind = 2 AND codec = 5"), 2) << path;
        const auto reader = *TraceReader::open(path);
        const auto turns = *reader.turns(idOf(path, "shop"));
        EXPECT_EQ(*reader.screen(*turns[0].screenId), m_screen);
        EXPECT_EQ(*reader.screen(*turns[1].screenId), invoicePage(9000, 50));
        expectWhole(path);
    }
}

TEST_F(ToldScreenTest, IsToldAgainstTheRedactedText) {
    support::SessionId session;
    Screen screen = m_screen;
    screen.elements[1].text = "Invoices of ann@example.org";
    {
        TraceWriter writer = openWriter();
        session = addSession(writer, "shop");
        addScreen(writer, session, screen, test::snapshotText(screen));
    }
    RedactOptions options;
    options.kinds.insert(privacy::PrivateKind::email);
    options.archive.overwrite = Overwrite::replace;
    const auto report = redactSessions(m_path, std::span(&session, 1), m_archive, options);
    ASSERT_TRUE(report.ok()) << report.error().message;
    const auto reader = *TraceReader::open(m_archive);
    const auto turn = reader.turns(reader.sessions()->front().id)->front();
    const auto redacted = *reader.screen(*turn.screenId);
    EXPECT_NE(redacted.elements[1].text.find("[redacted:"), std::string::npos) << redacted.elements[1].text;
    EXPECT_EQ(reader.requestBody(turn.id)->find("ann@"), std::string::npos);
    EXPECT_EQ(count(m_archive, "SELECT codec FROM part WHERE kind = 2"), 5);
    expectWhole(m_archive);
}

TEST_F(ToldScreenTest, IsLostWithItsTextAndNothingElseIs) {
    model::Turn turn;
    {
        TraceWriter writer = openWriter();
        const auto session = addSession(writer, "s");
        turn = addScreen(writer, session, m_screen, "see page.yml", {{"page.yml", m_text}});
        addScreen(writer, session, invoicePage(9000, 90), test::snapshotText(invoicePage(9000, 90)));
    }
    change("UPDATE part SET content = zeroblob(40) WHERE kind = 4");
    const auto read = openReader().screen(*turn.screenId);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, support::ErrorCode::corrupt);
    const auto saved = m_folder / "saved.db";
    const auto report = care::repairStore(m_path, saved);
    ASSERT_TRUE(report.ok()) << report.error().message;
    std::string losses;
    for (const auto& loss : report->losses) losses += loss + "\n";
    EXPECT_NE(losses.find("its screen: part"), std::string::npos) << losses;
    const auto reader = *TraceReader::open(saved);
    const auto turns = *reader.turns(reader.sessions()->front().id);
    ASSERT_EQ(turns.size(), 2U);
    EXPECT_FALSE(turns[0].screenId);
    EXPECT_EQ(*reader.requestBody(turns[0].id), *openReader().requestBody(turn.id));
    EXPECT_EQ(*reader.screen(*turns[1].screenId), invoicePage(9000, 90));
    expectWhole(saved);
}

TEST_F(ToldScreenTest, GivesNoOtherScreenWhenABitIsFlipped) {
    TraceWriter writer = openWriter();
    const auto turn = addScreen(writer, addSession(writer, "s"), m_screen, m_text);
    auto store = database();
    auto select = store.prepare("SELECT content FROM part WHERE codec = 5");
    ASSERT_TRUE(select.ok() && select->step().ok());
    const std::string content(select->blob(0));
    for (std::size_t at = 0; at < content.size(); ++at) {
        std::string changed = content;
        changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << (at % 8)));
        auto update = store.prepare("UPDATE part SET content = ?1 WHERE codec = 5");
        ASSERT_TRUE(update.ok() && update->bindBlob(1, changed).run().ok());
        const auto read = openReader().screen(*turn.screenId);
        if (read) {
            EXPECT_EQ(*read, m_screen) << at;
        } else {
            EXPECT_EQ(read.error().code, support::ErrorCode::corrupt) << at;
        }
    }
}

TEST_F(ToldScreenTest, NamesThePartWhoseProgramIsDamaged) {
    TraceWriter writer = openWriter();
    const auto turn = addScreen(writer, addSession(writer, "s"), m_screen, m_text);
    const std::string id = std::to_string(turn.screenId->value);
    const auto expectCorrupt = [&](const std::string& sql, const std::string& what) {
        change("CREATE TABLE kept AS SELECT * FROM part");
        change(sql + " WHERE id = " + id);
        const auto read = openReader().screen(*turn.screenId);
        ASSERT_FALSE(read.ok()) << sql;
        EXPECT_EQ(read.error().code, support::ErrorCode::corrupt) << sql;
        EXPECT_NE(read.error().message.find("part " + id), std::string::npos) << read.error().message;
        EXPECT_NE(read.error().message.find(what), std::string::npos) << read.error().message;
        change(
            "PRAGMA foreign_keys = OFF; UPDATE part SET (size, codec, base_id, depth, content) = (SELECT size, "
            "codec, base_id, depth, content FROM kept WHERE kept.id = part.id); DROP TABLE kept");
    };
    expectCorrupt("UPDATE part SET content = zeroblob(100)", "zstd");
    expectCorrupt("UPDATE part SET content = (SELECT content FROM part WHERE kind = 0 LIMIT 1)", "");
    expectCorrupt("UPDATE part SET size = size - 1", "than its size says");
    expectCorrupt("UPDATE part SET size = size + 1", "another size");
    expectCorrupt("UPDATE part SET size = 2000000", "too long");
    expectCorrupt("UPDATE part SET base_id = NULL", "do not agree");
    expectCorrupt("UPDATE part SET base_id = id", "circular");
    expectCorrupt("UPDATE part SET codec = 4", "");
    expectCorrupt("UPDATE part SET codec = 6", "");
    expectCorrupt("UPDATE part SET codec = 7", "its codec is 7, this program knows up to 6");
    EXPECT_EQ(*openReader().screen(*turn.screenId), m_screen);
}

}  // namespace
}  // namespace turntable::storage
