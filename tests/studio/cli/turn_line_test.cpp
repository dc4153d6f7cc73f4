#include "studio/cli/turn_line.h"

#include <gtest/gtest.h>

namespace turntable::cli {
namespace {

using support::fromMs;

model::Turn exampleTurn() {
    model::Turn turn;
    turn.number = 3;
    turn.status = model::TurnStatus::complete;
    using model::Basis;
    turn.tokens.input = {6812, Basis::exact};
    turn.tokens.cached = {6100, Basis::exact};
    turn.tokens.output = {65, Basis::exact};
    turn.tokens.of(model::Section::system) = {1380, Basis::estimated};
    turn.tokens.of(model::Section::tools) = {4396, Basis::estimated};
    turn.tokens.of(model::Section::history) = {520, Basis::estimated};
    turn.tokens.of(model::Section::screen) = {480, Basis::estimated};
    turn.tokens.of(model::Section::user) = {20, Basis::estimated};
    turn.tokens.of(model::Section::other) = {16, Basis::estimated};
    turn.latency.prefill = fromMs(420);
    turn.latency.decode = fromMs(1024);
    turn.latency.total = fromMs(1444);
    model::Action click;
    click.tool = "mcp__playwright__browser_click";
    click.targetRole = "button";
    click.targetText = "Save";
    turn.actions.push_back(click);
    return turn;
}

TEST(TurnLine, SaysEverythingOnce) {
    EXPECT_EQ(turnLine(exampleTurn()),
              "turn   3  in 6,812 = system ~1,380 + tools ~4,396 + history ~520 + screen ~480 + user ~20 + other ~16"
              " | cached 6,100 (90 %) | prefill 0.42 s 1695 tok/s | decode 1.02 s 62.5 tok/s"
              " | browser_click button \"Save\" | fine");
}

TEST(TurnLine, ShowsUnknownFiguresAsUnknown) {
    model::Turn turn;
    turn.number = 1;
    turn.status = model::TurnStatus::failed;
    turn.error = "cannot reach 127.0.0.1:9: connection refused";
    EXPECT_EQ(
        turnLine(turn),
        "turn   1  in - = system - + tools - + history - + screen - + user - + other - | cached - | prefill - - tok/s"
        " | decode - - tok/s | no action | failed | cannot reach 127.0.0.1:9: connection refused");
}

TEST(TurnLine, GivesNoPrefillSpeedWhenTheCachedTokensAreUnknown) {
    auto turn = exampleTurn();
    turn.tokens.cached.tokens.reset();
    EXPECT_NE(turnLine(turn).find("prefill 0.42 s - tok/s"), std::string::npos) << turnLine(turn);
}

TEST(TurnLine, SaysThatTimesAreSimulated) {
    auto turn = exampleTurn();
    turn.latency.source = model::TimeSource::simulated;
    EXPECT_NE(turnLine(turn).find("(simulated)"), std::string::npos) << turnLine(turn);
}

TEST(TurnTotals, LeavesUnknownFiguresOutAndSaysSo) {
    TurnTotals totals;
    totals.add(exampleTurn());
    auto second = exampleTurn();
    second.tokens.cached.tokens.reset();
    second.latency.total = fromMs(20000);
    totals.add(second);
    EXPECT_EQ(totals.text(),
              "2 turns, 2 complete\n"
              "tokens  in 13,624, cached 6,100 (1 of 2 turns) = 90 %, out 130\n"
              "time    prefill 0.84 s 1695 tok/s, decode 2.05 s 62.5 tok/s, total 21.44 s\n"
              "verdict 1 fine, 0 workable, 1 unusable");
}

TEST(TurnTotals, MarksSumsOfEstimates) {
    TurnTotals totals;
    totals.add(exampleTurn());
    auto second = exampleTurn();
    second.tokens.input.basis = model::Basis::estimated;
    totals.add(second);
    EXPECT_NE(totals.text().find("tokens  in ~13,624, cached 12,200"), std::string::npos) << totals.text();
}

}  // namespace
}  // namespace turntable::cli
