// What goes in through the writer comes out through the reader, field by field.

#include <algorithm>

#include "storage/digest/sha256.h"
#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using model::Turn;
using model::TurnStatus;
using support::ErrorCode;
using support::Nanoseconds;
using support::WallTime;

using TraceRoundTrip = StoreFixture;

/// A turn in which no field has its default, and no two of one type are equal.
Turn fullTurn(support::SessionId session) {
    Turn turn;
    turn.session = session;
    turn.api = model::Api::openaiChat;
    turn.streaming = true;
    turn.started = WallTime(Nanoseconds(1'767'225'600'123'456'789));
    turn.target = "/v1/chat/completions?x=1";
    turn.requestedModel = "asked";
    std::int64_t next = 100;
    for (auto& section : turn.tokens.sections) section = {next++, model::Basis::exact};
    turn.tokens.sections[3] = {std::nullopt, model::Basis::simulated};
    turn.tokens.input = {next++, model::Basis::exact};
    turn.tokens.cached = {0, model::Basis::exact};
    turn.tokens.output = {next++, model::Basis::simulated};
    return turn;
}

void fillReply(Turn& turn) {
    turn.status = TurnStatus::failed;
    turn.answeredModel = "answered";
    turn.httpStatus = 529;
    turn.stopReason = "tool_use";
    turn.error = "overloaded";
    std::int64_t next = 1'000'000'001;
    for (auto* field : {&turn.latency.queue, &turn.latency.prefill, &turn.latency.decode, &turn.latency.gap,
                        &turn.latency.tool, &turn.latency.total, &turn.wire.upstreamConnected, &turn.wire.headers,
                        &turn.wire.firstByte, &turn.wire.firstContent, &turn.wire.lastByte, &turn.server.queue,
                        &turn.server.load, &turn.server.prefill, &turn.server.decode}) {
        *field = Nanoseconds(next++);
    }
    turn.latency.source = model::TimeSource::server;
    turn.server.promptTokens = next++;
    turn.server.cachedTokens = next++;
    turn.server.predictedTokens = next++;
    turn.screen = model::ScreenSummary{17,
                                       383,
                                       model::Truncation::marked,
                                       "summary of 383 elements",
                                       model::ScreenCarrier::summary,
                                       model::ScreenFormat::macosUse,
                                       "Finder",
                                       "/Users/me/tree.txt",
                                       "linked file not found"};
    turn.actions = {{"call_1", "click", "{\"ref\": \"e6\"", false, "cut short", 5, "button", "Save"},
                    {"call_2", "type", std::string("\xFF\0x", 3), true, "", std::nullopt, "", ""}};
    turn.text = "I click the button.";
}

TEST_F(TraceRoundTrip, KeepsEveryFieldOfATurn) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "all");
    const Turn first = addTurn(writer, session, "first", {}, "x");
    Turn turn = fullTurn(session);
    turn.parent = first.id;
    turn.source = first.id;
    const std::string body = "{\"messages\": []}";
    const std::vector<LinkedFile> files = {{"a/b.yml", "- button"}, {"empty", ""}};
    const auto recorder = addRecorder(writer, support::currentProcess());
    ASSERT_TRUE(writer.beginTurn(turn, {body, {}, "host: h\n", files}, recorder).ok());
    EXPECT_EQ(turn.number, 2);
    EXPECT_EQ(turn.requestBytes, 16);
    {
        const TraceReader reader = openReader();
        EXPECT_EQ(*reader.turn(turn.id), turn);
        EXPECT_EQ(*reader.responseBody(turn.id), "");
        EXPECT_EQ(reader.bodyHashes(turn.id)->response, "");
    }
    fillReply(turn);
    model::Screen screen;
    screen.application = "Finder";
    screen.elements.resize(3);
    const std::vector<model::Arrival> arrivals = {{Nanoseconds(5), 2}, {Nanoseconds(9), 3}};
    ASSERT_TRUE(writer.finishTurn(turn, {"reply", arrivals, "server: s\n"}, &screen).ok());
    EXPECT_EQ(turn.responseBytes, 5);
    ASSERT_TRUE(turn.screenId.has_value());

    const TraceReader reader = openReader();
    EXPECT_EQ(*reader.turn(turn.id), turn);
    EXPECT_EQ(reader.turns(session)->at(1), turn);
    EXPECT_EQ(*reader.turnByNumber(session, 2), turn);
    EXPECT_EQ(*reader.childOf(first.id), turn);
    EXPECT_EQ(*reader.childOf(turn.id), std::nullopt);
    EXPECT_EQ(*reader.requestBody(turn.id), body);
    EXPECT_EQ(*reader.responseBody(turn.id), "reply");
    EXPECT_EQ(*reader.requestHeaders(turn.id), "host: h\n");
    EXPECT_EQ(*reader.responseHeaders(turn.id), "server: s\n");
    EXPECT_EQ(*reader.arrivals(turn.id), arrivals);
    EXPECT_EQ(*reader.screen(*turn.screenId), screen);
    const auto linked = reader.linkedFiles(turn.id);
    ASSERT_EQ(linked->size(), 2u);
    EXPECT_EQ(linked->at(0).path, "a/b.yml");
    EXPECT_EQ(linked->at(0).content, "- button");
    EXPECT_EQ(linked->at(1).content, "");
    EXPECT_EQ(reader.bodyHashes(turn.id)->request, digest::sha256Hex(body));
    EXPECT_EQ(reader.bodyHashes(turn.id)->response, digest::sha256Hex("reply"));
}

TEST_F(TraceRoundTrip, KeepsEveryFieldOfASession) {
    TraceWriter writer = openWriter();
    const auto source = addSession(writer, "source");
    model::Session session;
    session.name = "run of it";
    session.mode = model::SessionMode::teacherForced;
    session.simulated = true;
    session.started = WallTime(Nanoseconds(1'767'225'600'000'000'001));
    session.model = "m";
    session.endpoint = "simulated:m2-base";
    session.source = source;
    session.identity = model::ModelIdentity{"llama.cpp", "", "Q8_0", 4096, std::nullopt, "b1", "hash"};
    session.uid = "sixteen bytes id";
    session.note = "half";
    session.id = *writer.createSession(session);
    EXPECT_EQ(*openReader().session(session.id), session);
    EXPECT_EQ(openReader().runsOf(source)->at(0), session);
    session.note = "38 of 40 turns answered";
    session.identity.reset();
    session.endpoint = "http://127.0.0.1:1";
    ASSERT_TRUE(writer.updateSession(session).ok());
    EXPECT_EQ(*openReader().session(session.id), session);
    session.id = {999};
    EXPECT_EQ(writer.updateSession(session).error().code, ErrorCode::notFound);
}

TEST_F(TraceRoundTrip, DerivesTurnsAndModelOfASession) {
    TraceWriter writer = openWriter();
    const auto id = addSession(writer, "s");
    Turn turn;
    turn.session = id;
    turn.requestedModel = "asked";
    ASSERT_TRUE(writer.beginTurn(turn, {"x", {}, {}, {}}, {}).ok());
    EXPECT_EQ(openReader().session(id)->model, "asked");
    turn.answeredModel = "answered";
    turn.status = TurnStatus::complete;
    ASSERT_TRUE(writer.finishTurn(turn, {"y", {}, {}}, nullptr).ok());
    EXPECT_EQ(openReader().session(id)->model, "answered");
    EXPECT_EQ(openReader().session(id)->turns, 1);
}

TEST_F(TraceRoundTrip, FindsSessionsByIdNameAndLatest) {
    TraceWriter writer = openWriter();
    const auto add = [&writer](const std::string& name, int minute, model::SessionMode mode) {
        model::Session session;
        session.name = name;
        session.mode = mode;
        session.started = WallTime(std::chrono::minutes(minute));
        return *writer.createSession(session);
    };
    const auto todo = add("todo", 3, model::SessionMode::recording);
    const auto older = add("todo", 1, model::SessionMode::recording);
    const auto named = add("1", 2, model::SessionMode::recording);
    add("run", 9, model::SessionMode::teacherForced);
    const auto unnamed = add("", 0, model::SessionMode::recording);
    const TraceReader reader = openReader();
    EXPECT_EQ(reader.findSession("todo")->id, todo);
    EXPECT_EQ(reader.findSession(std::to_string(older.value))->id, older);
    EXPECT_EQ(reader.findSession("1")->id.value, 1) << "an id goes before a name";
    EXPECT_NE(named.value, 1);
    EXPECT_EQ(reader.findSession("latest")->id, todo) << "runs are not recordings";
    EXPECT_EQ(reader.session(unnamed)->name, "1970-01-01T00:00:00.000Z");
    const auto unknown = reader.findSession("tood");
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().code, ErrorCode::notFound);
    EXPECT_NE(unknown.error().message.find("'todo'"), std::string::npos) << unknown.error().message;
    EXPECT_EQ(reader.findSession("99999999999999999999").error().code, ErrorCode::notFound);
    EXPECT_EQ(reader.sessions()->front().name, "run") << "newest first";
}

TEST_F(TraceRoundTrip, PagesATimeline) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    for (int number = 0; number < 5; ++number) addTurn(writer, session, "x", {}, "y");
    const TraceReader reader = openReader();
    const auto page = reader.turns(session, 2, 3);
    ASSERT_EQ(page->size(), 3u);
    EXPECT_EQ(page->front().number, 2);
    EXPECT_TRUE(reader.turns(session, 6)->empty());
    EXPECT_EQ(reader.turnByNumber(session, 6).error().code, ErrorCode::notFound);
    EXPECT_EQ(reader.requestBody({77}).error().code, ErrorCode::notFound);
    EXPECT_EQ(reader.responseBody({77}).error().code, ErrorCode::notFound);
}

TEST_F(TraceRoundTrip, OpenTurnOfADeadRecorderIsInterrupted) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    support::ProcessIdentity dead = support::currentProcess();
    dead.startMark = "another start";
    const auto gone = addRecorder(writer, dead);
    const auto alive = addRecorder(writer, support::currentProcess());
    std::vector<Turn> turns(3);
    const support::RecorderId recorders[] = {gone, alive, {}};
    for (std::size_t index = 0; index < turns.size(); ++index) {
        turns[index].session = session;
        ASSERT_TRUE(writer.beginTurn(turns[index], {"x", {}, {}, {}}, recorders[index]).ok());
    }
    const TraceReader reader = openReader();
    EXPECT_EQ(reader.turn(turns[0].id)->status, TurnStatus::interrupted);
    EXPECT_NE(reader.turn(turns[0].id)->error, "");
    EXPECT_EQ(reader.turn(turns[1].id)->status, TurnStatus::open);
    EXPECT_EQ(reader.turn(turns[2].id)->status, TurnStatus::interrupted);
    EXPECT_EQ(reader.openTurnsOf(gone)->size(), 1u);
    EXPECT_EQ(reader.unendedRecorders()->size(), 2u);
    ASSERT_EQ(reader.runningRecorders()->size(), 1u);
    EXPECT_EQ(reader.runningRecorders()->front().id, alive);
    EXPECT_EQ(*writer.closeTornTurns(), 2);
    EXPECT_EQ(*writer.closeTornTurns(), 0);
    EXPECT_TRUE(reader.openTurnsOf(gone)->empty());
    EXPECT_EQ(reader.turn(turns[0].id)->status, TurnStatus::interrupted);
    ASSERT_TRUE(writer.endRecorder(alive).ok());
    EXPECT_EQ(reader.turn(turns[1].id)->status, TurnStatus::interrupted);
    EXPECT_TRUE(reader.runningRecorders()->empty());
    turns[0].status = TurnStatus::complete;
    ASSERT_TRUE(writer.finishTurn(turns[0], {"late", {}, {}}, nullptr).ok());
    EXPECT_EQ(*reader.responseBody(turns[0].id), "late");
}

TEST_F(TraceRoundTrip, KeepsRecordersGapsAndMarks) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    RecorderRecord record{{}, support::currentProcess(), "http://127.0.0.1:8040", "http://up", "token"};
    record.id = *writer.registerRecorder(record);
    ASSERT_TRUE(writer.setRecorderUpstream(record.id, "http://other").ok());
    const TraceReader reader = openReader();
    const auto running = reader.runningRecorders();
    ASSERT_EQ(running->size(), 1u);
    EXPECT_EQ(running->front().listen, "http://127.0.0.1:8040");
    EXPECT_EQ(running->front().upstream, "http://other");
    EXPECT_EQ(running->front().controlToken, "token");
    EXPECT_EQ(running->front().process.pid, record.process.pid);
    const Turn turn = addTurn(writer, session, "x", {}, "y");
    ASSERT_TRUE(writer.setGap(turn.id, Nanoseconds(77)).ok());
    EXPECT_EQ(reader.turn(turn.id)->latency.gap, Nanoseconds(77));
    EXPECT_EQ(writer.setGap({999}, Nanoseconds(1)).error().code, ErrorCode::notFound);
    ASSERT_TRUE(writer.addGapMark(session, WallTime(Nanoseconds(5)), "disk full").ok());
    ASSERT_TRUE(writer.addGapMark(std::nullopt, WallTime(Nanoseconds(3)), "no session").ok());
    const auto marks = reader.gapMarks(session);
    ASSERT_EQ(marks->size(), 2u);
    EXPECT_EQ(marks->at(0).reason, "no session");
    EXPECT_EQ(marks->at(0).session, std::nullopt);
    EXPECT_EQ(marks->at(1).at, WallTime(Nanoseconds(5)));
    EXPECT_EQ(marks->at(1).session, session);
}

TEST_F(TraceRoundTrip, RefusesARequestWithImpossibleRanges) {
    TraceWriter writer = openWriter();
    Turn turn;
    turn.session = addSession(writer, "s");
    const std::vector<support::ByteRange> ranges = {{0, 5}};
    EXPECT_EQ(writer.beginTurn(turn, {"abcd", ranges, {}, {}}, {}).error().code, ErrorCode::invalidArgument);
    turn.session = {99};
    EXPECT_EQ(writer.beginTurn(turn, {"abcd", {}, {}, {}}, {}).error().code, ErrorCode::notFound);
    EXPECT_EQ(writer.finishTurn(turn, {"", {}, {}}, nullptr).error().code, ErrorCode::notFound);
}

TEST_F(TraceRoundTrip, ChangeCounterTellsOfOthersCommits) {
    TraceWriter writer = openWriter();
    const TraceReader reader = openReader();
    const auto before = reader.changeCounter();
    EXPECT_EQ(*reader.changeCounter(), *before);
    addSession(writer, "s");
    EXPECT_NE(*reader.changeCounter(), *before);
}

TEST_F(TraceRoundTrip, LongChainOfSimilarScreensReadsBack) {
    TraceWriter writer = openWriter();
    const auto session = addSession(writer, "s");
    std::vector<std::pair<support::ScreenId, model::Screen>> screens;
    model::Screen screen;
    for (int number = 0; number < 60; ++number) {
        model::Element element;
        element.role = "button";
        element.text = "Button number " + std::to_string(number * 7919);
        screen.elements.push_back(element);
        Turn turn;
        turn.session = session;
        ASSERT_TRUE(writer.beginTurn(turn, {"x", {}, {}, {}}, {}).ok());
        ASSERT_TRUE(writer.finishTurn(turn, {"", {}, {}}, &screen).ok());
        screens.emplace_back(*turn.screenId, screen);
    }
    const TraceReader reader = openReader();
    std::reverse(screens.begin(), screens.end());
    for (const auto& [id, wanted] : screens) EXPECT_EQ(*reader.screen(id), wanted);
}

}  // namespace
}  // namespace turntable::storage
