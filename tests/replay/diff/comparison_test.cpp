#include "replay/diff/comparison.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/diff/text_columns.h"

namespace turntable::diff {
namespace {

using support::fromMs;

model::Turn turnOf(std::int64_t id, int number, double prefillMs, double decodeMs) {
    model::Turn turn;
    turn.id = {id};
    turn.number = number;
    turn.status = model::TurnStatus::complete;
    turn.latency.prefill = fromMs(prefillMs);
    turn.latency.decode = fromMs(decodeMs);
    turn.latency.total = fromMs(prefillMs + decodeMs);
    turn.tokens.input = {1000, model::Basis::exact};
    turn.tokens.cached = {750, model::Basis::exact};
    turn.tokens.output = {40, model::Basis::exact};
    model::Action action;
    action.tool = "mcp__playwright__browser_click";
    action.arguments = "{\"ref\":\"e7\"}";
    action.target = 3;
    action.targetRole = "button";
    action.targetText = "Add a very long name of a button";
    turn.actions = {action};
    return turn;
}

model::Turn answerTo(std::int64_t source, std::int64_t id, int number, double prefillMs) {
    model::Turn turn = turnOf(id, number, prefillMs, 500);
    turn.source = support::TurnId{source};
    return turn;
}

model::Session sessionOf(std::int64_t id, std::string name, bool simulated) {
    model::Session session;
    session.id = {id};
    session.name = std::move(name);
    session.simulated = simulated;
    session.mode = id == 1 ? model::SessionMode::recording : model::SessionMode::teacherForced;
    return session;
}

Comparison twoRuns() {
    const std::vector<model::Turn> recorded = {turnOf(1, 1, 7, 300), turnOf(2, 2, 12000, 4000)};
    auto failed = answerTo(2, 12, 2, 0);
    failed.status = model::TurnStatus::failed;
    failed.latency = {};
    failed.tokens = {};
    failed.actions.clear();
    return compareTurns(sessionOf(1, "todo", false), recorded,
                        {sessionOf(2, "todo @ a", true), sessionOf(3, "todo @ b", false)},
                        {{answerTo(1, 11, 1, 900), failed}, {answerTo(1, 21, 1, 100)}});
}

TEST(CompareTurns, AlignsBySourceTurn) {
    const std::vector<model::Turn> recorded = {turnOf(1, 1, 10, 10), turnOf(2, 2, 10, 10)};
    const auto comparison =
        compareTurns(sessionOf(1, "s", false), recorded, {sessionOf(2, "r", false)}, {{answerTo(2, 11, 1, 55)}});
    EXPECT_FALSE(comparison.turns[0].cells[0].turn.has_value());
    ASSERT_TRUE(comparison.turns[1].cells[0].turn.has_value());
    EXPECT_EQ(comparison.turns[1].cells[0].turn->latency.prefill, fromMs(55));
}

TEST(CompareTurns, AlignsByNumberWhenNoTurnNamesASource) {
    auto answer = answerTo(1, 11, 2, 55);
    answer.source.reset();
    const auto comparison = compareTurns(sessionOf(1, "s", false), {turnOf(1, 1, 1, 1), turnOf(2, 2, 1, 1)},
                                         {sessionOf(2, "r", false)}, {{answer}});
    EXPECT_TRUE(comparison.turns[1].cells[0].turn.has_value());
}

TEST(CompareTurns, TakesTheNewestWholeAnswerOfAResumedRun) {
    auto failed = answerTo(1, 11, 1, 10);
    failed.status = model::TurnStatus::failed;
    auto laterFailure = answerTo(1, 13, 3, 30);
    laterFailure.status = model::TurnStatus::failed;
    const auto comparison = compareTurns(sessionOf(1, "s", false), {turnOf(1, 1, 1, 1)}, {sessionOf(2, "r", false)},
                                         {{failed, answerTo(1, 12, 2, 20), laterFailure}});
    EXPECT_EQ(comparison.turns[0].cells[0].turn->latency.prefill, fromMs(20));
}

TEST(CompareTurns, SumsOnlyWhatIsKnown) {
    const auto comparison = twoRuns();
    EXPECT_EQ(comparison.recorded.total, fromMs(307 + 16000));
    EXPECT_EQ(comparison.recorded.turnsMeasured, 2);
    EXPECT_DOUBLE_EQ(comparison.recorded.cachedShare.value_or(0), 0.75);
    EXPECT_EQ(comparison.recorded.verdicts, (std::array<int, 3>{1, 0, 1}));
    EXPECT_EQ(comparison.totals[0].prefill, fromMs(900));
    EXPECT_EQ(comparison.totals[0].turns, 2);
    EXPECT_EQ(comparison.totals[0].turnsMeasured, 1);
    EXPECT_EQ(comparison.totals[1].agreement[static_cast<std::size_t>(Agreement::unanswered)], 1);
}

TEST(CompareTurns, LeavesASumUnknownWhenNoTurnHasTheFigure) {
    auto turn = turnOf(1, 1, 1, 1);
    turn.tokens.cached = {};
    turn.latency = {};
    const auto comparison = compareTurns(sessionOf(1, "s", false), {turn}, {}, {});
    EXPECT_FALSE(comparison.recorded.cachedTokens.has_value());
    EXPECT_FALSE(comparison.recorded.cachedShare.has_value());
    EXPECT_FALSE(comparison.recorded.total.has_value());
}

TEST(RenderText, FitsTwoRunsInto120Columns) {
    std::istringstream text(renderText(twoRuns()));
    std::size_t widest = 0;
    for (std::string line; std::getline(text, line);) widest = std::max(widest, characters(line));
    EXPECT_LE(widest, 120U) << text.str();
}

TEST(RenderText, PrintsUnknownAsADash) {
    const std::string text = renderText(twoRuns());
    EXPECT_NE(
        text.find("  2 browser_click \"Add a …  12.00  4.00 16.00  75%      -     -     -    - unanswered      -     -"
                  "     -    - unanswered\n"),
        std::string::npos)
        << text;
}

TEST(RenderText, HeadsSimulatedRunsSo) {
    const std::string text = renderText(twoRuns());
    EXPECT_NE(text.find("run 1 (simulated)"), std::string::npos) << text;
    EXPECT_EQ(text.find("run 2 (simulated)"), std::string::npos) << text;
}

TEST(RenderJson, GivesNullForUnknown) {
    const auto document = nlohmann::ordered_json::parse(renderJson(twoRuns()));
    const auto& failed = document["turns"][1]["runs"][0];
    EXPECT_EQ(failed["agreement"], "unanswered");
    EXPECT_TRUE(failed["time_ms"]["total"].is_null());
    EXPECT_TRUE(failed["tokens"]["cached"].is_null());
    EXPECT_TRUE(document["turns"][1]["runs"][1]["turn"].is_null());
    EXPECT_EQ(document["turns"][0]["runs"][0]["agreement"], "same_call");
    EXPECT_EQ(document["totals"]["recorded"]["time_ms"]["total"], 16307.0);
    EXPECT_EQ(document["totals"]["runs"][0]["run"], 2);
    EXPECT_EQ(document["runs"][0]["simulated"], true);
}

}  // namespace
}  // namespace turntable::diff
