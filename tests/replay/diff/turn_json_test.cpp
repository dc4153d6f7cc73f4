#include "replay/diff/turn_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace turntable::diff {
namespace {

TEST(TurnToJson, SaysNullForWhatIsNotKnown) {
    model::Turn turn;
    turn.number = 3;
    const auto json = turnToJson(turn);
    EXPECT_EQ(json["number"], 3);
    EXPECT_EQ(json["status"], "open");
    for (const char* name : {"system", "tools", "history", "screen", "user", "other", "cached", "input", "output"}) {
        EXPECT_TRUE(json["tokens"][name].is_null()) << name;
        EXPECT_TRUE(json["tokens"]["basis"][name].is_null()) << name;
    }
    for (const char* name : {"queue", "prefill", "decode", "gap", "tool", "total"}) {
        EXPECT_TRUE(json["time_ms"][name].is_null()) << name;
    }
    for (const char* name : {"verdict", "screen", "source", "parent", "http_status", "error"}) {
        EXPECT_TRUE(json[name].is_null()) << name;
    }
    EXPECT_EQ(json["actions"], nlohmann::ordered_json::array());
}

TEST(TurnToJson, KeepsFractionsOfMillisecondsAndTheVerdict) {
    model::Turn turn;
    turn.status = model::TurnStatus::complete;
    turn.latency.total = support::Nanoseconds(5'000'500'000);
    turn.latency.source = model::TimeSource::server;
    const auto json = turnToJson(turn);
    EXPECT_DOUBLE_EQ(json["time_ms"]["total"].get<double>(), 5000.5);
    EXPECT_EQ(json["time_ms"]["source"], "server");
    EXPECT_EQ(json["verdict"], "workable");
}

TEST(TurnToJson, NamesTheBasisOfEachFigure) {
    model::Turn turn;
    turn.tokens.input = {786, model::Basis::exact};
    turn.tokens.of(model::Section::screen) = {400, model::Basis::estimated};
    const auto json = turnToJson(turn);
    EXPECT_EQ(json["tokens"]["input"], 786);
    EXPECT_EQ(json["tokens"]["basis"]["input"], "exact");
    EXPECT_EQ(json["tokens"]["basis"]["screen"], "estimated");
}

TEST(ActionsToJson, GivesArgumentsAsJsonInTheirOrderOrElseAsText) {
    model::Action good;
    good.arguments = R"({"z":1,"a":"x"})";
    model::Action cut;
    cut.arguments = R"({"z":1,)";
    cut.valid = false;
    const auto json = actionsToJson({good, cut});
    EXPECT_EQ(json[0]["arguments"].dump(), R"({"z":1,"a":"x"})");
    EXPECT_EQ(json[1]["arguments"], R"({"z":1,)");
    EXPECT_EQ(json[1]["valid"], false);
}

TEST(ActionsToJson, LeavesBottomlessArgumentsAsText) {
    model::Action deep;
    deep.arguments = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_TRUE(actionsToJson({deep})[0]["arguments"].is_string());
}

TEST(ScreenToJson, SaysHowATreeWasCut) {
    model::ScreenSummary screen;
    screen.elements = 2000;
    screen.elementsSeen = 4014;
    screen.truncation = model::Truncation::flagged;
    screen.truncationReason = "element cap 2000";
    const auto json = screenToJson(screen);
    EXPECT_EQ(json["truncated"], true);
    EXPECT_EQ(json["truncation"], "flagged");
    EXPECT_EQ(json["reason"], "element cap 2000");
    EXPECT_EQ(json["elements_seen"], 4014);
}

TEST(SessionToJson, HasTheFieldsOfAList) {
    model::Session session;
    session.id = {4};
    session.name = "todo @ x";
    session.source = support::SessionId{2};
    session.mode = model::SessionMode::teacherForced;
    const auto json = sessionToJson(session);
    EXPECT_EQ(json["id"], 4);
    EXPECT_EQ(json["source"], 2);
    EXPECT_EQ(json["mode"], "teacher-forced");
    EXPECT_TRUE(json["identity"].is_null());
    EXPECT_TRUE(json["model"].is_null());
}

TEST(JsonText, ReplacesBytesThatAreNoText) {
    EXPECT_EQ(jsonText(nlohmann::ordered_json("a\xff")), "\"a\xEF\xBF\xBD\"\n");
}

}  // namespace
}  // namespace turntable::diff
