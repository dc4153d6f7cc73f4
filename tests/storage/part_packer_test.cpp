// Small parts that are put into packs: what is read stays the same, whoever has what in mind, and nothing of a deleted
// session stays behind in a pack.

#include "storage/part_packer.h"

#include <random>

#include "storage/care/check.h"
#include "storage/care/remove.h"
#include "storage/prompt_store.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using support::ByteRange;
using support::PartId;
using support::TurnId;

class PartPackerTest : public StoreFixture {
protected:
    struct Written {
        TurnId turn;
        std::string request;
        std::string reply;
    };

    // A conversation in which every turn sends what was said before, and one thing more.
    std::vector<Written> converse(TraceWriter& writer, const std::string& name, int turns, unsigned seed) {
        std::mt19937 random(seed);
        const auto session = addSession(writer, name);
        std::string said;
        std::vector<ByteRange> parts;
        std::optional<TurnId> parent;
        std::vector<Written> written;
        for (int turn = 0; turn < turns; ++turn) {
            const std::string text = message(random, name, turn);
            said += said.empty() ? "" : ",";
            parts.push_back({said.size(), text.size()});
            said += text;
            const std::string reply = message(random, "reply of " + name, turn);
            const auto id = addTurn(writer, session, said, parts, reply, parent).id;
            written.push_back({id, said, reply});
            parent = id;
        }
        return written;
    }
    static void expectSame(TraceReader& reader, const std::vector<Written>& written) {
        for (const Written& each : written) {
            const auto request = reader.requestBody(each.turn);
            ASSERT_TRUE(request.ok()) << request.error().message;
            EXPECT_EQ(*request, each.request);
            const auto reply = reader.responseBody(each.turn);
            ASSERT_TRUE(reply.ok()) << reply.error().message;
            EXPECT_EQ(*reply, each.reply);
        }
    }
    std::int64_t number(const std::string& sql) {
        return *sqlite::Database::open(m_path, sqlite::OpenMode::readOnly)->integer(sql);
    }
    void expectSound() {
        const auto report = care::checkStore(m_path);
        ASSERT_TRUE(report.ok()) << report.error().message;
        EXPECT_TRUE(report->findings.empty()) << report->findings.front().what;
        EXPECT_EQ(report->unusedParts, 0);
    }

private:
    static std::string message(std::mt19937& random, const std::string& name, int turn) {
        std::string text = "{\"role\":\"user\",\"of\":\"" + name + " " + std::to_string(turn) + "\",\"content\":\"";
        std::mt19937 shared(7);
        for (int letter = 0; letter < 800; ++letter) text.push_back(static_cast<char>('a' + shared() % 26));
        for (int word = 0; word < 100; ++word) text += "element-" + std::to_string(random() % 500) + " ";
        return text + "\"}";
    }
};

TEST_F(PartPackerTest, KeepsEveryByteAndTakesLessRoom) {
    TraceWriter writer = openWriter();
    TraceReader before = openReader();
    const auto written = converse(writer, "one", 40, 1);
    expectSame(before, written);
    const std::int64_t loose = number("SELECT sum(length(content)) FROM part");
    ASSERT_TRUE(writer.pack().ok());
    EXPECT_GE(number("SELECT count(*) FROM part WHERE codec = 6"), 79);
    EXPECT_EQ(number("SELECT count(*) FROM part WHERE kind = 6"), 2);
    EXPECT_LT(number("SELECT sum(length(content)) FROM part"), loose);
    TraceReader after = openReader();
    expectSame(after, written);
    expectSame(before, written);  // has the parts in mind as they were stored before
    expectSound();
}

TEST_F(PartPackerTest, BuildsOnWhatWasPacked) {
    TraceWriter writer = openWriter();
    auto written = converse(writer, "one", 30, 1);
    ASSERT_TRUE(writer.pack().ok());
    const auto more = converse(writer, "one", 35, 1);  // says the same, and goes on
    EXPECT_GT(number("SELECT count(*) FROM part JOIN part AS base ON base.id = part.base_id WHERE part.codec = 4 AND "
                     "base.codec = 6"),
              0);
    TraceReader reader = openReader();
    expectSame(reader, written);
    expectSame(reader, more);
    ASSERT_TRUE(writer.checkpoint().ok());
    TraceReader again = openReader();
    expectSame(again, more);
    expectSound();
}

// Another program packs while a part that builds on one of those is on its way into the store.
TEST_F(PartPackerTest, PacksAnewWhatWasBuiltOnAnOlderForm) {
    std::vector<Written> written;
    {
        TraceWriter writer = openWriter();
        written = converse(writer, "one", 30, 1);
    }
    auto database = openStoreForWriting(m_path);
    ASSERT_TRUE(database.ok());
    PartStore parts(*database);
    const PartId base{*database->integer("SELECT max(id) FROM part WHERE kind = 0 AND codec = 4")};
    const auto text = parts.read(base);
    ASSERT_TRUE(text.ok());
    const std::string resembling = *text + *text + "and some more";
    auto prepared = parts.prepare(resembling, PartKind::prompt, base);
    ASSERT_TRUE(prepared.ok());
    ASSERT_EQ(prepared->base, base);
    {
        auto other = openStoreForWriting(m_path);
        PartStore others(*other);
        const auto packed = PartPacker(*other, others).pack(0);
        ASSERT_TRUE(packed.ok()) << packed.error().message;
        ASSERT_GT(packed->packs, 0);
    }
    {
        auto transaction = sqlite::Transaction::begin(*database, sqlite::Transaction::Kind::write);
        ASSERT_TRUE(parts.put(*prepared).ok());
        ASSERT_TRUE(transaction->commit().ok());
    }
    const auto stored = PartStore(*database).read(*prepared->stored);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    EXPECT_EQ(*stored, resembling);
    EXPECT_EQ(*parts.read(base), *text);
}

TEST_F(PartPackerTest, LeavesNothingOfADeletedSessionInAPack) {
    std::vector<Written> kept;
    {
        TraceWriter writer = openWriter();
        // In one pack, as they were stored between two packings; the third builds on what is in it.
        converse(writer, "secret", 20, 1);
        kept = converse(writer, "kept", 20, 2);
        ASSERT_TRUE(writer.pack().ok());
        const auto more = converse(writer, "later", 20, 2);
        kept.insert(kept.end(), more.begin(), more.end());
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    const std::int64_t packsBefore = number("SELECT sum(size) FROM part WHERE kind = 6");
    const auto secret = openReader().findSession("secret");
    const auto plan = care::planRemoval(m_path, std::vector{secret->id});
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    const auto removed = care::removeSessions(m_path, std::vector{secret->id});
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(removed->parts, plan->front().parts);
    EXPECT_LT(number("SELECT sum(size) FROM part WHERE kind = 6"), packsBefore);
    EXPECT_EQ(number("SELECT (SELECT sum(size) FROM part WHERE kind = 6) - (SELECT sum(size) FROM part WHERE codec = 6)"),
              0)
        << "a pack holds bytes that no part names";
    TraceReader reader = openReader();
    expectSame(reader, kept);
    expectSound();
}

TEST_F(PartPackerTest, TellsOfASliceOutsideOfItsPack) {
    std::vector<Written> written;
    {
        TraceWriter writer = openWriter();
        written = converse(writer, "one", 30, 1);
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    {
        auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
        ASSERT_TRUE(database->execute("UPDATE part SET content = x'ffffff7f' WHERE id = (SELECT max(id) FROM part "
                                      "WHERE codec = 6)")
                        .ok());
    }
    const auto report = care::checkStore(m_path);
    ASSERT_TRUE(report.ok());
    ASSERT_FALSE(report->findings.empty());
    EXPECT_NE(report->findings.front().what.find("does not lie inside its pack"), std::string::npos)
        << report->findings.front().what;
}

TEST_F(PartPackerTest, LeavesAFewSmallPartsAlone) {
    TraceWriter writer = openWriter();
    const auto written = converse(writer, "short", 2, 1);
    ASSERT_TRUE(writer.pack().ok());
    EXPECT_EQ(number("SELECT count(*) FROM part WHERE kind = 6"), 0);
    TraceReader reader = openReader();
    expectSame(reader, written);
}

}  // namespace
}  // namespace turntable::storage
