// Bits of a store are flipped one at a time. For each: `check` finds it, or reading reports it, or nothing that can be
// read has changed; and a body that is given out is the right one, whatever the flip. TURNTABLE_FLIPS sets how many
// (300), TURNTABLE_SEED which.
#include <cstdlib>
#include <iostream>
#include <random>

#include "storage/care/check.h"
#include "storage/care/space.h"
#include "tests/storage/care/care_store.h"
#include "tests/storage/snapshot_text.h"

namespace turntable::care {
namespace {

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::string fileBytes(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void writeByte(const std::filesystem::path& path, std::size_t position, char byte) {
    std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(position));
    out.put(byte);
}

bool isBody(const std::string& item) { return item.ends_with(" request") || item.ends_with(" response"); }

/// What differs between two readings: items that are there in both with another value, or in one only.
std::string difference(const Readable& before, const Readable& after) {
    for (const auto& [name, value] : before.items) {
        const auto found = after.items.find(name);
        if (found == after.items.end()) return name + " is missing";
        if (found->second != value) return name + " was '" + value + "', is '" + found->second + "'";
    }
    return after.items.size() == before.items.size() ? "" : "there is more than before";
}

/// A body given out for a turn of the store must be that of the turn.
std::string wrongBody(const Readable& before, const Readable& after) {
    for (const auto& [name, value] : after.items) {
        const auto right = before.items.find(name);
        if (!isBody(name) || right == before.items.end() || right->second == value) continue;
        return name;
    }
    return "";
}

struct Tally {
    std::size_t byCheck = 0;
    std::size_t byReading = 0;
    std::size_t harmless = 0;
};

class FlipTest : public CareStore {
protected:
    void SetUp() override {
        buildEverything();
        addToldScreen();
        // What the migration left behind goes, so that the flips hit what is in use.
        auto database = open();
        ASSERT_TRUE(giveBackSpace(database, {}).ok());
        // Free pages in the middle of the file, as a deletion without a vacuum leaves them.
        change("CREATE TABLE passing(a); INSERT INTO passing VALUES (randomblob(20000))");
        ASSERT_TRUE(openWriter().addGapMark(std::nullopt, {}, "after the free pages").ok());
        change("DROP TABLE passing; PRAGMA wal_checkpoint(TRUNCATE)");
        ASSERT_GT(number("PRAGMA freelist_count"), 0);
        ASSERT_GT(number("SELECT count(*) FROM part WHERE codec = 5"), 0);
    }
    // A screen that is stored as what it takes to read it out of the prompt.
    void addToldScreen() {
        const model::Screen screen = test::invoicePage(1, 40);
        const std::string body = test::toolResult(test::snapshotText(screen));
        const std::vector<support::ByteRange> parts = {{0, body.size()}};
        TraceWriter writer = openWriter();
        model::Turn turn;
        turn.session = openReader().findSession("todo")->id;
        turn.screen = model::summarize(screen);
        ASSERT_TRUE(writer.beginTurn(turn, {body, parts, {}, {}}, {}).ok());
        turn.status = model::TurnStatus::complete;
        ASSERT_TRUE(writer.finishTurn(turn, {"reply", {}, {}}, &screen).ok());
    }
    void flip(std::size_t position, unsigned bit) {
        const char before = m_pristine[position];
        writeByte(m_path, position, static_cast<char>(before ^ static_cast<char>(1U << bit)));
        const auto report = checkStore(m_path);
        const Readable after = readEverything(m_path);
        const std::string place = "byte " + std::to_string(position) + " bit " + std::to_string(bit);
        EXPECT_EQ(wrongBody(m_before, after), "") << place;
        const bool found = !report || !report->clean();
        const std::string changed = difference(m_before, after);
        if (found) {
            ++m_tally.byCheck;
        } else if (after.errors > m_before.errors) {
            ++m_tally.byReading;
        } else {
            ++m_tally.harmless;
            EXPECT_EQ(changed, "") << place << ": neither found nor reported";
        }
        writeByte(m_path, position, before);
    }

    std::string m_pristine;
    Readable m_before;
    Tally m_tally;
};

TEST_F(FlipTest, IsFoundOrReportedOrChangesNothing) {
    m_pristine = fileBytes(m_path);
    m_before = readEverything(m_path);
    ASSERT_EQ(m_before.errors, 0);
    const auto clean = checkStore(m_path);
    ASSERT_TRUE(clean.ok()) << clean.error().message;
    ASSERT_TRUE(clean->clean()) << clean->findings.front().where << ": " << clean->findings.front().what;
    const std::size_t flips = fromEnvironment("TURNTABLE_FLIPS", 150);
    const std::size_t seed = fromEnvironment("TURNTABLE_SEED", std::random_device()());
    std::cout << flips << " flips in " << m_pristine.size() << " bytes, seed " << seed << std::endl;
    std::mt19937_64 random(seed);
    for (std::size_t index = 0; index < flips; ++index) {
        // One in each stretch of the file, and every tenth in the header and the schema.
        const std::size_t stretch = m_pristine.size() / flips + 1;
        std::size_t position = std::min(index * m_pristine.size() / flips + random() % stretch, m_pristine.size() - 1);
        if (index % 10 == 0) position = random() % 100;
        flip(position, static_cast<unsigned>(random() % 8));
    }
    EXPECT_EQ(fileBytes(m_path), m_pristine) << "checking or reading has changed the file";
    std::cout << "found by check " << m_tally.byCheck << ", reported by reading only " << m_tally.byReading
              << ", harmless " << m_tally.harmless << std::endl;
    EXPECT_GT(m_tally.byCheck, flips / 3);
}

}  // namespace
}  // namespace turntable::care
