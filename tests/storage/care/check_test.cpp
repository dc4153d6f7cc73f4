#include "storage/care/check.h"

#include <random>

#include "storage/seal.h"
#include "tests/storage/care/care_store.h"

namespace turntable::care {
namespace {

using support::ErrorCode;

class CheckTest : public CareStore {
protected:
    CheckReport check() {
        auto report = checkStore(m_path);
        EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message);
        return report ? *report : CheckReport{};
    }
    /// The findings, a line each.
    std::string findings() {
        std::string text;
        for (const auto& finding : check().findings) {
            text += std::string(damageName(finding.damage)) + " | " + finding.where + ": " + finding.what + "; " +
                    finding.meaning + "\n";
        }
        return text;
    }
    /// After `sql`, whose rows get valid seals: only what the seals do not cover is left to be found.
    std::string findingsAfter(const std::string& sql) {
        {
            auto database = open();
            const auto done = database.execute("PRAGMA foreign_keys = OFF; " + sql);
            EXPECT_TRUE(done.ok()) << (done ? "" : done.error().message);
            EXPECT_TRUE(storage::sealEverything(database).ok());
        }
        return findings();
    }
};

TEST_F(CheckTest, FindsNothingInAWholeStore) {
    buildEverything();
    EXPECT_EQ(findings(), "");
    const auto report = check();
    EXPECT_EQ(report.sessions, 5);
    EXPECT_EQ(report.turns, 37);
    EXPECT_EQ(report.openTurns, 1);
    EXPECT_EQ(report.parts, number("SELECT count(*) FROM part"));
    EXPECT_EQ(report.partBytes, number("SELECT sum(size) FROM part"));
    EXPECT_EQ(report.requestBytes, number("SELECT sum(size) FROM request"));
    EXPECT_EQ(report.unusedParts, 0);
    EXPECT_EQ(report.oddKinds, 0);
}

TEST_F(CheckTest, FindsNothingInASessionWithPictures) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::mt19937 random{11};
    std::string picture;
    for (int digit = 0; digit < 40'000; ++digit) picture += kDigits[random() % kDigits.size()];
    const std::string body =
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"data":")" + picture +
        R"("}}]}]})";
    {
        auto writer = openWriter();
        const auto session = addSession(writer, "pictures");
        addTurn(writer, session, body, {}, "seen");
    }
    ASSERT_EQ(number("SELECT count(*) FROM part WHERE kind = 5"), 1) << "the picture is stored as its bytes";
    EXPECT_EQ(findings(), "");
    EXPECT_EQ(check().oddKinds, 0);
    EXPECT_EQ(check().unusedParts, 0);
}

TEST_F(CheckTest, TakesAStoreOfVersion1WithoutMigratingIt) {
    std::filesystem::copy_file(std::filesystem::path(TURNTABLE_SOURCE_DIR) / "fixtures/stores/version-1.turntable.db",
                               m_path);
    EXPECT_EQ(findings(), "");
    EXPECT_EQ(check().schemaVersion, 1);
}

TEST_F(CheckTest, FindsAChangedFigure) {
    buildSmall();
    change("UPDATE turn SET tokens_input = tokens_input + 1 WHERE id = 2");
    EXPECT_EQ(
        findings(),
        "row | session 'a' (1), turn 2: its seal is not that of its rows; a figure, a name, a time or a tool call "
        "of this turn may be wrong; bodies have hashes of their own\n");
}

TEST_F(CheckTest, SaysWhichRequestsALostPartTakesWithIt) {
    {
        TraceWriter writer = openWriter();
        const auto session = addSession(writer, "a");
        std::string body = std::string(600, 's');
        const support::ByteRange part{0, body.size()};
        std::optional<support::TurnId> parent;
        for (int number = 1; number <= 3; ++number) {
            parent = addTurn(writer, session, body, std::span(&part, 1), "{}", parent).id;
            body += " more";
        }
    }
    change("UPDATE part SET content = zeroblob(length(content)) WHERE kind = 0");
    const std::string text = findings();
    EXPECT_NE(text.find("request | session 'a' (1), turns 1..3: "), std::string::npos) << text;
    EXPECT_NE(text.find("their request bytes are lost; their timeline rows are whole"), std::string::npos) << text;
}

TEST_F(CheckTest, FindsWhatSealsDoNotCover) {
    buildSmall();
    const std::vector<std::pair<std::string, std::string>> damages = {
        {"UPDATE turn SET number = 9 WHERE id = 3", "numbering | session 'a' (1): expected turn 3, found turn 9"},
        {"UPDATE turn SET number = 3 WHERE id = 3; UPDATE turn SET parent_turn = 3 WHERE id = 2",
         "the turn it continues is not an older one"},
        {"UPDATE turn SET parent_turn = 1 WHERE id = 2; UPDATE turn SET screen_elements = 3 WHERE id = 1",
         "screen | session 'a' (1), turn 1"},
        {"UPDATE turn SET screen_elements = 40 WHERE id = 1; UPDATE turn SET response_bytes = 1 WHERE id = 1",
         "its row says 1 reply bytes"},
        {"UPDATE sqlite_sequence SET seq = 1 WHERE name = 'turn'", "sqlite_sequence of turn"},
        {"UPDATE sqlite_sequence SET name = 'torn' WHERE name = 'turn'", "it names the table 'torn'"},
        {"UPDATE part SET depth = 30 WHERE id = 1", "its depth is 30"},
        {"UPDATE part SET kind = 9 WHERE id = 2", "its kind is 9"},
        {"INSERT INTO part(sha256, kind, size, codec, depth, content) SELECT sha256, kind, size, codec, depth, content "
         "FROM part WHERE id = 1",
         "there are 2 parts with its SHA-256"},
        {"DELETE FROM part WHERE id = (SELECT body_part FROM response WHERE turn_id = 1)",
         "it names a row of part that is not there"},
        {"DROP INDEX turn_open; CREATE INDEX turn_open ON turn(recorder_id) WHERE status = 1",
         "schema | index turn_open"},
    };
    for (const auto& [sql, expected] : damages) {
        const std::string text = findingsAfter(sql);
        EXPECT_NE(text.find(expected), std::string::npos) << sql << "\n" << text;
    }
}

TEST_F(CheckTest, CountsUnusedPartsWithoutBlame) {
    buildSmall();
    change(
        "INSERT INTO part(sha256, kind, size, codec, depth, content) VALUES "
        "(x'2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3', 0, 2, 0, 0, x'3139')");
    EXPECT_NE(findings().find("bytes do not have the recorded SHA-256"), std::string::npos) << findings();
    change(
        "UPDATE part SET sha256 = x'9400f1b21cb527d7fa3d3eabba93557a18ebe7a2ca4e471cfe5e4c5b4ca7f767' "
        "WHERE size = 2 AND codec = 0");
    EXPECT_EQ(findings(), "");
    EXPECT_EQ(check().unusedParts, 1);
    EXPECT_EQ(check().unusedBytes, 2);
}

TEST_F(CheckTest, SaysWhatIsNoStore) {
    EXPECT_EQ(checkStore(m_path).error().code, ErrorCode::notFound);
    std::ofstream(m_path) << std::string(5000, 'x');
    EXPECT_NE(findings().find("not an SQLite file"), std::string::npos) << findings();
    std::filesystem::remove(m_path);
    {
        auto other = *sqlite::Database::open(m_path, sqlite::OpenMode::create);
        ASSERT_TRUE(other.execute("CREATE TABLE a(b)").ok());
    }
    EXPECT_EQ(checkStore(m_path).error().code, ErrorCode::invalidArgument);
}

TEST_F(CheckTest, StopsWhenAsked) {
    buildSmall();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(checkStore(m_path, {{}, stop.get_token()}).error().code, ErrorCode::cancelled);
    // Also in the middle of its work.
    std::stop_source later;
    const auto onTurns = [&](const Progress& progress) {
        if (progress.phase == "turns") later.request_stop();
    };
    EXPECT_EQ(checkStore(m_path, {onTurns, later.get_token()}).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace turntable::care
