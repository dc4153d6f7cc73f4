#include "storage/archive/archive.h"

#include <map>

#include "storage/store_file.h"
#include "tests/storage/archive/archive_fixture.h"

namespace turntable::storage {
namespace {

using support::ErrorCode;

constexpr const char* kTrace = R"(
session shop model=gpt-x endpoint=http://127.0.0.1:8080
turn system=100 tools=400 screen=900 user=20 output=12 prefill=1.5s decode=400ms elements=40 click e6
turn system=100 tools=400 history=50 screen=910 user=20 output=9 cached=500 prefill=200ms decode=1s elements=41
gap disk_full
turn status=failed http=500 error=overloaded
run replayed of=shop mode=teacher-forced model=other
turn output=3 prefill=2s decode=1s click e6
turn output=4 prefill=2s decode=1s
session unrelated
turn output=1
)";

class ArchiveTest : public ArchiveFixture {
protected:
    void SetUp() override {
        const auto built = test::buildTrace(m_path, kTrace);
        ASSERT_TRUE(built.ok()) << built.error().message;
    }
};

// Each row of a table with each of its columns, but for ids of the file, which are named by what they lead to.
std::vector<std::string> rowsOf(const std::filesystem::path& store, const std::string& session) {
    static const std::map<std::string, std::string> kNamed = {
        {"id", "''"},
        {"seal", "''"},
        {"session_id", "(SELECT hex(uid) FROM session WHERE id = session_id)"},
        {"parent_turn", "(SELECT number FROM turn AS p WHERE p.id = turn.parent_turn)"},
        {"source_turn", "(SELECT number FROM turn AS s WHERE s.id = turn.source_turn)"},
        {"recorder_id", "(SELECT upstream FROM recorder WHERE recorder.id = recorder_id)"},
        {"screen_id", "(SELECT hex(sha256) FROM part WHERE part.id = screen_id)"}};
    auto database = sqlite::Database::open(store, sqlite::OpenMode::readOnly);
    std::string columns;
    {
        auto names = database->prepare("SELECT name FROM pragma_table_info('turn')");
        while (*names->step()) {
            const auto known = kNamed.find(names->text(0));
            columns += (columns.empty() ? "" : ", ") + (known == kNamed.end() ? names->text(0) : known->second);
        }
    }
    auto select =
        database->prepare("SELECT " + columns + " FROM turn WHERE session_id = (SELECT id FROM session WHERE name = '" +
                          session + "') ORDER BY number");
    EXPECT_TRUE(select.ok()) << (select ? "" : select.error().message);
    std::vector<std::string> rows;
    while (*select->step()) {
        std::string row;
        for (int column = 0; column < select->columns(); ++column) {
            row += select->columnName(column) + "=" + (select->isNull(column) ? "NULL" : select->text(column)) + "\n";
        }
        rows.push_back(row);
    }
    return rows;
}

TEST_F(ArchiveTest, GivesEverySessionBackAsItWas) {
    const auto report = exported("shop");
    EXPECT_EQ(report.verified.turns, 3);
    EXPECT_GT(report.verified.bytes, 0);
    EXPECT_EQ(report.fileBytes, static_cast<std::int64_t>(std::filesystem::file_size(m_archive)));
    const auto taken = merged();
    ASSERT_EQ(taken.sessions.size(), 1u);
    EXPECT_TRUE(taken.sessions[0].isNew);
    EXPECT_EQ(taken.sessions[0].turnsAdded, 3);
    EXPECT_EQ(taken.verified.turns, 3);
    auto source = TraceReader::open(m_path);
    auto target = TraceReader::open(m_other);
    EXPECT_EQ(sessionText(*target, *target->findSession("shop")), sessionText(*source, *source->findSession("shop")));
    EXPECT_EQ(rowsOf(m_other, "shop"), rowsOf(m_path, "shop"));
    EXPECT_EQ(rowsOf(m_archive, "shop"), rowsOf(m_path, "shop"));
}

TEST_F(ArchiveTest, IsOneFileThatIsAStoreOfItsOwn) {
    exported("shop");
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        EXPECT_FALSE(std::filesystem::exists(m_archive.string() + suffix)) << suffix;
    }
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(m_folder.path())) ++files;
    EXPECT_LE(files, 4u) << "store, its log and index, and the archive";
    EXPECT_TRUE(openStoreForReading(m_archive).ok());
    EXPECT_EQ(count(m_archive, "SELECT count(*) FROM session"), 1);
}

TEST_F(ArchiveTest, TakesRunsAlongWhenAsked) {
    ExportOptions options = replacing();
    options.withRuns = true;
    const auto report = exported("shop", options);
    EXPECT_EQ(report.sessions.size(), 2u);
    EXPECT_TRUE(report.missingLinks.empty()) << report.missingLinks.front();
    merged();
    EXPECT_EQ(rowsOf(m_other, "replayed"), rowsOf(m_path, "replayed"));
    EXPECT_EQ(TraceReader::open(m_other)->runsOf(idOf(m_other, "shop"))->size(), 1u);
}

TEST_F(ArchiveTest, SaysThatARunStandsWithoutItsSession) {
    const auto report = exported("replayed");
    ASSERT_EQ(report.missingLinks.size(), 2u);
    EXPECT_EQ(report.missingLinks[0],
              "session 'replayed' replays session 'shop', which is not there: it stands without it");
    EXPECT_EQ(report.missingLinks[1],
              "session 'replayed': 2 turns without the recorded turn: it answers one that is not there");
}

TEST_F(ArchiveTest, LinksARunToASessionThatIsThereAlready) {
    exported("shop");
    merged();
    exported("replayed");
    // The archive knows no source; the one that holds both does.
    ExportOptions options = replacing();
    options.withRuns = true;
    merged();
    EXPECT_TRUE(TraceReader::open(m_other)->runsOf(idOf(m_other, "shop"))->empty());
    exported("shop", options);
    const auto report = merged();
    EXPECT_EQ(TraceReader::open(m_other)->runsOf(idOf(m_other, "shop"))->size(), 1u);
    EXPECT_EQ(rowsOf(m_other, "replayed"), rowsOf(m_path, "replayed"));
    EXPECT_TRUE(report.missingLinks.empty());
    for (const auto& session : report.sessions) EXPECT_EQ(session.turnsAdded, 0) << session.name;
}

TEST_F(ArchiveTest, ChangesNothingTheSecondTime) {
    ExportOptions options = replacing();
    options.withRuns = true;
    exported("shop", options);
    merged();
    const auto before = count(m_other, "SELECT sum(seal % 1000003) + count(*) FROM turn") +
                        count(m_other, "SELECT count(*) FROM part") + count(m_other, "SELECT count(*) FROM gap_mark");
    const auto text = content(m_other);
    const auto again = merged();
    for (const auto& session : again.sessions) EXPECT_FALSE(session.changed()) << session.name;
    EXPECT_EQ(content(m_other), text);
    EXPECT_EQ(count(m_other, "SELECT sum(seal % 1000003) + count(*) FROM turn") +
                  count(m_other, "SELECT count(*) FROM part") + count(m_other, "SELECT count(*) FROM gap_mark"),
              before);
    EXPECT_EQ(count(m_other, "SELECT count(*) FROM (SELECT 1 FROM part GROUP BY sha256 HAVING count(*) > 1)"), 0);
}

TEST_F(ArchiveTest, MergingIntoItsOwnStoreChangesNothing) {
    ExportOptions options = replacing();
    options.withRuns = true;
    exported("shop", options);
    const auto text = content(m_path);
    const auto parts = count(m_path, "SELECT count(*) FROM part");
    const auto report = mergeArchive(m_archive, m_path, {});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const auto& session : report->sessions) EXPECT_FALSE(session.changed()) << session.name;
    EXPECT_EQ(content(m_path), text);
    EXPECT_EQ(count(m_path, "SELECT count(*) FROM part"), parts);
}

TEST_F(ArchiveTest, TakesTheNewTurnsOfALongerCopyAndTheNewEndOfAnUnfinishedOne) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "growing");
    const auto first = addTurn(writer, session, "first request", {}, "first reply");
    model::Turn open;
    open.session = session;
    open.parent = first.id;
    ASSERT_TRUE(writer.beginTurn(open, {"second request", {}, "accept: x\n", {}}, {}).ok());
    exported("growing");
    EXPECT_EQ(merged().sessions[0].turnsAdded, 2);
    EXPECT_EQ(TraceReader::open(m_other)->turns(idOf(m_other, "growing"))->back().status,
              model::TurnStatus::interrupted);
    ASSERT_TRUE(writer.setGap(first.id, support::Nanoseconds(5)).ok());
    open.status = model::TurnStatus::complete;
    ASSERT_TRUE(writer.finishTurn(open, {"second reply", {}, {}}, nullptr).ok());
    addTurn(writer, session, "third request", {}, "third reply", open.id);
    exported("growing");
    const auto longer = merged();
    EXPECT_EQ(longer.sessions[0].turnsAdded, 1);
    EXPECT_EQ(longer.sessions[0].turnsCompleted, 1);
    EXPECT_EQ(longer.sessions[0].turnsKnown, 1);
    EXPECT_EQ(rowsOf(m_other, "growing"), rowsOf(m_path, "growing"));
    EXPECT_FALSE(merged().sessions[0].changed());
}

TEST_F(ArchiveTest, AnOlderCopyTakesNothingBack) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "growing");
    addTurn(writer, session, "first request", {}, "first reply");
    exported("growing");
    const auto older = m_folder / "older.turntable";
    std::filesystem::rename(m_archive, older);
    addTurn(writer, session, "second request", {}, "second reply");
    exported("growing");
    merged();
    const auto text = content(m_other);
    ASSERT_TRUE(mergeArchive(older, m_other, {}).ok());
    EXPECT_EQ(content(m_other), text);
}

TEST_F(ArchiveTest, RefusesASessionWithOtherBytesUnlessItIsTakenAsACopy) {
    exported("shop");
    merged();
    {
        // The same session, gone another way somewhere else.
        std::filesystem::remove(m_path);
        std::string other(kTrace);
        other.replace(other.find("click e6"), 8, "click e7");
        ASSERT_TRUE(test::buildTrace(m_path, other).ok());
        auto uid = TraceReader::open(m_other)->findSession("shop")->uid;
        auto database = sqlite::Database::open(m_path, sqlite::OpenMode::readWrite);
        auto update = database->prepare("UPDATE session SET uid = ?1 WHERE name = 'shop'");
        ASSERT_TRUE(update->bindBlob(1, uid).run().ok());
    }
    ASSERT_FALSE(exportSessions(m_path, std::vector{idOf(m_path, "shop")}, m_archive, replacing()).ok())
        << "a row that was changed by hand does not have its seal";
    ASSERT_TRUE(openWriter().updateSession(*openReader().findSession("shop")).ok());
    exported("shop");
    const auto text = content(m_other);
    const auto refused = mergeArchive(m_archive, m_other, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::invalidArgument);
    EXPECT_NE(refused.error().message.find("--as-copy"), std::string::npos) << refused.error().message;
    EXPECT_EQ(content(m_other), text);
    const auto copied = merged(OnConflict::copy);
    EXPECT_TRUE(copied.sessions[0].isCopy);
    EXPECT_EQ(copied.sessions[0].turnsAdded, 3);
    EXPECT_EQ(count(m_other, "SELECT count(*) FROM session WHERE name = 'shop'"), 2);
    EXPECT_FALSE(merged(OnConflict::copy).sessions[0].changed());
    EXPECT_EQ(count(m_other, "SELECT count(*) FROM session WHERE name = 'shop'"), 2);
}

TEST_F(ArchiveTest, TellsNothingOfTheRecordingProcess) {
    TraceWriter writer = openWriter();
    RecorderRecord record;
    record.process = support::currentProcess();
    record.listen = "http://127.0.0.1:8040";
    record.upstream = "http://127.0.0.1:8080";
    record.controlToken = "steer-me";
    const auto recorder = writer.registerRecorder(record);
    const auto session = addSession(writer, "running");
    model::Turn open;
    open.session = session;
    ASSERT_TRUE(writer.beginTurn(open, {"request", {}, {}, {}}, *recorder).ok());
    exported("running");
    auto reader = TraceReader::open(m_archive);
    const auto turn = reader->turns(idOf(m_archive, "running"))->front();
    EXPECT_EQ(turn.status, model::TurnStatus::interrupted);
    EXPECT_EQ(turn.error, "its reply was still coming when it was copied");
    EXPECT_EQ(
        count(m_archive, "SELECT count(*) FROM recorder WHERE pid = 0 AND start_mark = '' AND control_token = ''"), 1);
    EXPECT_EQ(bytesOfFile(m_archive).find("steer-me"), std::string::npos);
    EXPECT_TRUE(reader->runningRecorders()->empty());
}

TEST_F(ArchiveTest, TakesNotesFilesArrivalsAndScreens) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "rich");
    model::Turn turn;
    turn.session = session;
    const std::vector<LinkedFile> files = {{"/tmp/a.txt", "content of a"}, {"/tmp/b.txt", ""}};
    ASSERT_TRUE(writer.beginTurn(turn, {"request", {}, "accept: x\n", files}, {}).ok());
    turn.status = model::TurnStatus::complete;
    model::Screen screen;
    screen.elements.push_back({"button", "", "Pay", "now", model::Box{1, 2, 3.5, 4}, "e1", {"active"}, -1, 0});
    turn.screen = model::summarize(screen);
    const std::vector<model::Arrival> arrivals = {{support::Nanoseconds(7), 2}, {support::Nanoseconds(19), 3}};
    ASSERT_TRUE(writer.finishTurn(turn, {"reply", arrivals, "server: y\n"}, &screen).ok());
    ASSERT_TRUE(writer.addNote({{}, session, turn.id, support::WallTime(support::Nanoseconds(5)), "look"}).ok());
    exported("rich");
    merged();
    auto reader = TraceReader::open(m_other);
    const auto copied = reader->turns(idOf(m_other, "rich"))->front();
    EXPECT_EQ(*reader->arrivals(copied.id), arrivals);
    EXPECT_EQ(*reader->screen(*copied.screenId), screen);
    EXPECT_EQ(*reader->requestHeaders(copied.id), "accept: x\n");
    EXPECT_EQ(*reader->responseHeaders(copied.id), "server: y\n");
    EXPECT_EQ(reader->linkedFiles(copied.id)->at(1).path, "/tmp/b.txt");
    EXPECT_EQ(reader->linkedFiles(copied.id)->at(0).content, "content of a");
    EXPECT_EQ(reader->notes(idOf(m_other, "rich"))->front().turn, copied.id);
}

TEST_F(ArchiveTest, KeepsWhatStandsAtTheTargetUnlessToldToReplaceIt) {
    writeFile(m_archive, "mine");
    const auto id = idOf(m_path, "shop");
    const auto refused = exportSessions(m_path, std::span(&id, 1), m_archive, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::invalidArgument);
    EXPECT_EQ(bytesOfFile(m_archive), "mine");
    const auto onItself = exportSessions(m_path, std::span(&id, 1), m_path, replacing());
    ASSERT_FALSE(onItself.ok());
    EXPECT_NE(onItself.error().message.find("store itself"), std::string::npos);
}

TEST_F(ArchiveTest, LeavesNothingBehindWhenStopped) {
    std::stop_source stop;
    ExportOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const ArchiveProgress& progress) {
        EXPECT_EQ(progress.turnsTotal, 3);
        if (progress.turnsDone == 2) stop.request_stop();
    };
    const auto id = idOf(m_path, "shop");
    const auto stopped = exportSessions(m_path, std::span(&id, 1), m_archive, options);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    for (const auto& entry : std::filesystem::directory_iterator(m_folder.path())) {
        EXPECT_EQ(entry.path().filename().string().rfind("session.turntable", 0), std::string::npos) << entry.path();
    }
}

TEST_F(ArchiveTest, AStoppedMergeGoesOnWhereItWas) {
    exported("shop");
    std::stop_source stop;
    MergeOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const ArchiveProgress& progress) {
        if (progress.phase == ArchiveProgress::Phase::copying && progress.turnsDone == 2) stop.request_stop();
    };
    const auto stopped = mergeArchive(m_archive, m_other, options);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    EXPECT_EQ(count(m_other, "SELECT count(*) FROM turn"), 2);
    EXPECT_EQ(merged().sessions[0].turnsAdded, 1);
    EXPECT_EQ(rowsOf(m_other, "shop"), rowsOf(m_path, "shop"));
}

TEST_F(ArchiveTest, IsTakenFromAReadOnlyFileInAReadOnlyFolder) {
    const auto folder = m_folder / "locked";
    std::filesystem::create_directory(folder);
    m_archive = folder / "session.turntable";
    exported("shop");
    using std::filesystem::perms;
    std::filesystem::permissions(m_archive, perms::owner_read);
    std::filesystem::permissions(folder, perms::owner_read | perms::owner_exec);
    const auto report = merged();
    std::filesystem::permissions(folder, perms::owner_all);
    EXPECT_EQ(report.verified.turns, 3);
}

TEST_F(ArchiveTest, ComesOutOfAStoreOfVersionOneAsItIs) {
    m_path = m_folder / "old.db";
    std::filesystem::copy_file(std::filesystem::path(TURNTABLE_SOURCE_DIR) / "fixtures/stores/version-1.turntable.db",
                               m_path);
    const auto session = openReader().sessions()->front();
    ExportOptions options = replacing();
    const auto report = exportSessions(m_path, std::span(&session.id, 1), m_archive, options);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(count(m_path, "PRAGMA user_version"), 1);
    EXPECT_EQ(count(m_archive, "PRAGMA user_version"), kSchemaVersion);
    auto archived = TraceReader::open(m_archive);
    EXPECT_EQ(sessionText(*archived, archived->sessions()->front()), sessionText(openReader(), session));
    const auto whole = mergeArchive(m_path, m_other, {});
    ASSERT_TRUE(whole.ok()) << whole.error().message;
    EXPECT_EQ(content(m_other), content(m_path));
}

}  // namespace
}  // namespace turntable::storage
