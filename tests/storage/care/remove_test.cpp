#include "storage/care/remove.h"

#include "storage/care/check.h"
#include "tests/storage/care/care_store.h"

namespace turntable::care {
namespace {

using support::ErrorCode;
using support::SessionId;

class RemoveTest : public CareStore {
protected:
    SessionId idOf(const std::string& name) { return openReader().findSession(name)->id; }
    support::Result<Removed> remove(const std::string& name) {
        const std::vector<SessionId> ids = {idOf(name)};
        return removeSessions(m_path, ids);
    }
    void expectClean() {
        const auto report = checkStore(m_path);
        ASSERT_TRUE(report.ok()) << report.error().message;
        for (const auto& finding : report->findings) ADD_FAILURE() << finding.where << ": " << finding.what;
        EXPECT_EQ(report->unusedParts, 0);
        EXPECT_EQ(report->oddKinds, 0);
    }
    /// What is left of `before` once the session has gone: every item of the other sessions but their links.
    static void expectSameBodies(const Readable& before, const Readable& after) {
        EXPECT_EQ(after.errors, 0);
        for (const auto& [name, value] : after.items) {
            if (!name.starts_with("turn ") || name.ends_with(" row")) continue;
            EXPECT_EQ(before.items.at(name), value) << name;
        }
    }
};

TEST_F(RemoveTest, TakesASessionAndKeepsWhatOthersShareWithIt) {
    buildEverything();
    const Readable before = readEverything(m_path);
    const std::int64_t partsBefore = number("SELECT count(*) FROM part");
    const auto removed = remove("todo");
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(removed->turns, 13);
    EXPECT_GT(removed->parts, 50);
    EXPECT_GT(removed->givenBack, 0);
    EXPECT_EQ(number("SELECT count(*) FROM part"), partsBefore - removed->parts);
    EXPECT_EQ(number("PRAGMA freelist_count"), 0);
    EXPECT_EQ(openReader().findSession("todo").error().code, ErrorCode::notFound);
    expectSameBodies(before, readEverything(m_path));
    expectClean();
}

TEST_F(RemoveTest, RewritesTheRequestsThatBuildOnTheSession) {
    buildSmall();
    ASSERT_GT(
        number("SELECT count(*) FROM request JOIN turn base ON base.id = base_turn JOIN turn ON turn.id = turn_id "
               "WHERE base.session_id <> turn.session_id"),
        0);
    const Readable before = readEverything(m_path);
    const auto removed = remove("a");
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    const Readable after = readEverything(m_path);
    expectSameBodies(before, after);
    EXPECT_EQ(openReader().findSession("again")->source, std::nullopt);
    EXPECT_EQ(openReader().turns(idOf("again"))->size(), 2u);
    expectClean();
}

TEST_F(RemoveTest, LeavesNothingWhenEverythingGoes) {
    buildEverything();
    std::vector<SessionId> all;
    const auto sessions = openReader().sessions();
    for (const auto& session : *sessions) all.push_back(session.id);
    const auto removed = removeSessions(m_path, all);
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    for (const char* table : {"part", "session", "turn", "request", "response", "action", "turn_file", "note"}) {
        EXPECT_EQ(number(std::string("SELECT count(*) FROM ") + table), 0) << table;
    }
    expectClean();
}

TEST_F(RemoveTest, PlansWhatItThenTakes) {
    buildEverything();
    const std::vector<SessionId> ids = {idOf("tiddly"), idOf("a")};
    const auto plans = planRemoval(m_path, ids);
    ASSERT_TRUE(plans.ok()) << plans.error().message;
    EXPECT_EQ(plans->at(1).runs.size(), 1u);
    EXPECT_EQ(plans->at(1).runs.front().name, "again");
    const auto removed = removeSessions(m_path, ids);
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(removed->parts, plans->at(0).parts + plans->at(1).parts);
    EXPECT_EQ(removed->storedBytes, plans->at(0).storedBytes + plans->at(1).storedBytes);
}

TEST_F(RemoveTest, RefusesASessionThatIsBeingRecorded) {
    buildSmall();
    TraceWriter writer = openWriter();
    const auto recorder = addRecorder(writer, support::currentProcess());
    model::Turn turn;
    turn.session = idOf("again");
    ASSERT_TRUE(writer.beginTurn(turn, {"x", {}, {}, {}}, recorder).ok());
    for (const char* name : {"again", "a"}) {
        const auto refused = remove(name);
        ASSERT_FALSE(refused.ok()) << name;
        EXPECT_EQ(refused.error().code, ErrorCode::busy);
        EXPECT_NE(refused.error().message.find("by process"), std::string::npos) << refused.error().message;
    }
    EXPECT_TRUE(remove("b").ok());
    ASSERT_TRUE(writer.endRecorder(recorder).ok());
    EXPECT_TRUE(remove("a").ok());
    expectClean();
}

TEST_F(RemoveTest, ARecorderGoesOnWhileOtherSessionsGo) {
    buildSmall();
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "running");
    const std::string system(500, 's');
    const std::vector<support::ByteRange> whole = {{0, 500}};
    const auto first = addTurn(writer, session, system, whole, "reply");
    ASSERT_TRUE(remove("b").ok());
    const auto second = addTurn(writer, session, system + "more", whole, std::string(300, 'r'), first.id);
    ASSERT_TRUE(remove("a").ok());
    const auto third = addTurn(writer, session, system + "more and more", whole, std::string(300, 'r'), second.id);
    EXPECT_EQ(*openReader().requestBody(third.id), system + "more and more");
    EXPECT_EQ(*openReader().responseBody(third.id), std::string(300, 'r'));
    expectClean();
}

TEST_F(RemoveTest, ARecipeThatCannotBeReadKeepsAllParts) {
    buildSmall();
    change("UPDATE request SET entries = x'ffff', codec = 0 WHERE turn_id = (SELECT max(turn_id) FROM request)");
    const std::int64_t parts = number("SELECT count(*) FROM part");
    const auto removed = remove("a");
    ASSERT_FALSE(removed.ok());
    EXPECT_EQ(removed.error().code, ErrorCode::corrupt);
    EXPECT_EQ(number("SELECT count(*) FROM part"), parts);
}

}  // namespace
}  // namespace turntable::care
