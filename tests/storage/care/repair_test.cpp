#include "storage/care/repair.h"

#include "storage/care/check.h"
#include "tests/storage/care/care_store.h"

namespace turntable::care {
namespace {

using support::ErrorCode;

class RepairTest : public CareStore {
protected:
    RepairReport repair() {
        const auto report = repairStore(m_path, m_saved);
        EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message);
        const auto checked = checkStore(m_saved);
        EXPECT_TRUE(checked.ok()) << (checked ? "" : checked.error().message);
        if (checked) {
            for (const auto& finding : checked->findings) ADD_FAILURE() << finding.where << ": " << finding.what;
        }
        return report ? *report : RepairReport{};
    }
    static std::string joined(const std::vector<std::string>& lines) {
        std::string text;
        for (const auto& line : lines) text += line + "\n";
        return text;
    }
    TraceReader saved() { return *TraceReader::open(m_saved); }
    std::vector<model::Turn> savedTurns(const std::string& session) {
        const TraceReader reader = saved();
        const auto found = reader.findSession(session);
        return found ? *reader.turns(found->id) : std::vector<model::Turn>();
    }

    std::filesystem::path m_saved = m_folder / "saved.db";
};

TEST_F(RepairTest, CarriesAWholeStoreOverUnchanged) {
    buildEverything();
    const auto report = repair();
    EXPECT_EQ(joined(report.losses), "");
    EXPECT_EQ(report.sessions, 5);
    EXPECT_EQ(report.turns, 37);
    EXPECT_EQ(report.replies, 36);
    EXPECT_EQ(report.notes, 2);
    const TraceReader before = openReader();
    const TraceReader after = saved();
    const auto sessions = before.sessions();
    for (const auto& session : *sessions) {
        const auto copy = after.findSession(session.name);
        ASSERT_TRUE(copy.ok()) << session.name;
        EXPECT_EQ(copy->uid, session.uid);
        EXPECT_EQ(copy->model, session.model);
        EXPECT_EQ(copy->identity, session.identity);
        const auto turns = before.turns(session.id);
        const auto copies = after.turns(copy->id);
        ASSERT_EQ(turns->size(), copies->size());
        for (std::size_t index = 0; index < turns->size(); ++index) {
            const auto& turn = turns->at(index);
            const auto& other = copies->at(index);
            EXPECT_EQ(*after.requestBody(other.id), *before.requestBody(turn.id));
            EXPECT_EQ(*after.responseBody(other.id), *before.responseBody(turn.id));
            EXPECT_EQ(*after.responseHeaders(other.id), *before.responseHeaders(turn.id));
            EXPECT_EQ(*after.arrivals(other.id), *before.arrivals(turn.id));
            EXPECT_EQ(after.linkedFiles(other.id)->size(), before.linkedFiles(turn.id)->size());
            EXPECT_EQ(other.tokens, turn.tokens);
            EXPECT_EQ(other.actions, turn.actions);
            EXPECT_EQ(other.screen, turn.screen);
            EXPECT_EQ(other.parent.has_value(), turn.parent.has_value());
            EXPECT_EQ(other.source.has_value(), turn.source.has_value());
            EXPECT_EQ(other.error, turn.error);
        }
    }
}

TEST_F(RepairTest, ATurnWithoutItsReplyIsInterrupted) {
    buildSmall();
    change(
        "UPDATE part SET content = zeroblob(length(content)) WHERE id = "
        "(SELECT body_part FROM response WHERE turn_id = 6)");
    const auto report = repair();
    EXPECT_NE(joined(report.losses).find("session 'b', turn 1: its reply: "), std::string::npos)
        << joined(report.losses);
    const auto turns = savedTurns("b");
    ASSERT_EQ(turns.size(), 1u);
    EXPECT_EQ(turns.front().status, model::TurnStatus::interrupted);
    EXPECT_NE(turns.front().error.find("lost to damage"), std::string::npos) << turns.front().error;
    EXPECT_EQ(*saved().responseBody(turns.front().id), "");
    EXPECT_TRUE(turns.front().screenId.has_value());
}

TEST_F(RepairTest, ATurnWithoutItsRequestLeavesAGapMark) {
    buildSmall();
    change("UPDATE request SET sha256 = zeroblob(32) WHERE turn_id = 2");
    const auto report = repair();
    EXPECT_EQ(report.turns, 5);
    const auto turns = savedTurns("a");
    ASSERT_EQ(turns.size(), 2u);
    EXPECT_EQ(turns.back().number, 2);
    EXPECT_EQ(turns.back().parent, std::nullopt) << "what it continued is lost";
    const TraceReader reader = saved();
    const auto gaps = reader.gapMarks(reader.findSession("a")->id);
    ASSERT_EQ(gaps->size(), 1u);
    EXPECT_NE(gaps->front().reason.find("turn 2 was lost to damage"), std::string::npos) << gaps->front().reason;
}

TEST_F(RepairTest, SaysWhoseFiguresAreInDoubt) {
    buildSmall();
    change("UPDATE turn SET tokens_input = 999 WHERE id = 1; UPDATE session SET name = 'c' WHERE name = 'b'");
    const auto report = repair();
    EXPECT_EQ(report.losses.size(), 2u) << joined(report.losses);
    EXPECT_EQ(savedTurns("a").front().error, "the row of this turn was damaged: its figures may be wrong");
    EXPECT_NE(saved().findSession("c")->note.find("was damaged"), std::string::npos);
}

TEST_F(RepairTest, ReadsAroundDamagedPages) {
    buildEverything();
    const auto turnsBefore = number("SELECT count(*) FROM turn");
    // A leaf page of the table of turns, and one of the index over their numbers.
    std::vector<std::int64_t> pages;
    for (const char* name : {"turn", "sqlite_autoindex_turn_1"}) {
        pages.push_back(number(std::string("SELECT pageno FROM dbstat WHERE pagetype = 'leaf' AND name = '") + name +
                               "' ORDER BY pageno LIMIT 1"));
    }
    const auto pageSize = number("PRAGMA page_size");
    for (const std::int64_t page : pages) {
        std::fstream file(m_path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(static_cast<std::streamoff>((page - 1) * pageSize));
        file << std::string(static_cast<std::size_t>(pageSize), '\xAA');
    }
    EXPECT_FALSE(checkStore(m_path)->clean());
    const auto report = repair();
    EXPECT_GT(report.turns, 0);
    EXPECT_LT(report.turns, turnsBefore);
    EXPECT_NE(joined(report.losses).find("turn row "), std::string::npos) << "what lay on the page is lost and not said";
    EXPECT_FALSE(savedTurns("todo").empty());
}

TEST_F(RepairTest, NeverWritesOverAFile) {
    buildSmall();
    std::ofstream(m_saved) << "mine";
    const auto refused = repairStore(m_path, m_saved);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::invalidArgument);
    EXPECT_EQ(std::filesystem::file_size(m_saved), 4u);
}

TEST_F(RepairTest, LeavesNothingBehindWhenStopped) {
    buildSmall();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(repairStore(m_path, m_saved, {{}, stop.get_token()}).error().code, ErrorCode::cancelled);
    EXPECT_FALSE(std::filesystem::exists(m_saved));
}

}  // namespace
}  // namespace turntable::care
