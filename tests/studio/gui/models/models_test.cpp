#include <gtest/gtest.h>

#include <QAbstractItemModelTester>

#include "studio/gui/format.h"
#include "studio/gui/models/comparison_model.h"
#include "studio/gui/models/latency_model.h"
#include "studio/gui/models/prompt_parts_model.h"
#include "studio/gui/models/screen_tree_model.h"
#include "studio/gui/models/session_list_model.h"
#include "tests/studio/gui/gui_test_support.h"

namespace turntable::models {
namespace {

using gui::test::estimated;
using gui::test::exact;
using gui::test::makeScreen;
using gui::test::makeTurn;

QString cell(const QAbstractItemModel& model, int row, int column) {
    return model.index(row, column).data().toString();
}

model::Session makeSession(std::int64_t id, const char* name, std::int64_t source = 0) {
    model::Session session;
    session.id = support::SessionId{id};
    session.name = name;
    if (source > 0) {
        session.source = support::SessionId{source};
        session.mode = model::SessionMode::teacherForced;
        session.simulated = true;
    }
    return session;
}

TEST(SessionListModel, PutsRunsBelowTheirSource) {
    SessionListModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setSessions({makeSession(4, "run of first", 1), makeSession(3, "second"), makeSession(2, "orphan", 99),
                       makeSession(1, "first")});
    ASSERT_EQ(model.rowCount(), 4);
    EXPECT_EQ(cell(model, 0, 0), QStringLiteral("second"));
    EXPECT_EQ(cell(model, 1, 0), QStringLiteral("orphan"));
    EXPECT_EQ(cell(model, 2, 0), QStringLiteral("first"));
    EXPECT_EQ(cell(model, 3, 0), QStringLiteral("   ↳ run of first"));
    EXPECT_EQ(model.rowOf(support::SessionId{4}), 3);
    EXPECT_EQ(model.rowOf(support::SessionId{7}), -1);
    EXPECT_EQ(model.sessionAt(2), support::SessionId{1});
    EXPECT_EQ(cell(model, 3, SessionListModel::modeColumn), QStringLiteral("teacher-forced run, simulated"));
    model.setSessions({});
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(ScreenTreeModel, ShowsParentsAndChildren) {
    ScreenTreeModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setScreen(makeScreen());
    ASSERT_EQ(model.rowCount(), 1);
    const QModelIndex document = model.index(0, 0);
    ASSERT_EQ(model.rowCount(document), 1);
    const QModelIndex button = model.index(0, 0, document);
    EXPECT_EQ(button, model.indexOf(1));
    EXPECT_EQ(button.data().toString(), QStringLiteral("button \"Save\" [e2]"));
    EXPECT_EQ(model.index(0, 0, button).data().toString(), QStringLiteral("text: \"Save all\""));
    EXPECT_FALSE(button.data(Qt::FontRole).isValid());
    model.setTarget(1);
    EXPECT_TRUE(button.data(Qt::FontRole).isValid());
    model.setScreen(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
    EXPECT_FALSE(model.indexOf(1).isValid());
}

TEST(ScreenTreeModel, MakesARootOfAnElementWhoseParentIsNoEarlierOne) {
    auto screen = std::make_shared<model::Screen>(*makeScreen());
    screen->elements[1].parent = 2;
    ScreenTreeModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setScreen(screen);
    EXPECT_EQ(model.rowCount(), 2);
}

TEST(PromptPartsModel, ShowsSectionTokensAndNews) {
    auto turn = std::make_shared<turns::InspectedTurn>();
    turns::InspectedPart system;
    system.part.kind = model::PartKind::systemText;
    system.part.section = model::Section::system;
    system.part.tokens = estimated(1200);
    system.text = "You are\nan agent.";
    system.isNew = false;
    turns::InspectedPart image;
    image.part.kind = model::PartKind::image;
    image.part.section = model::Section::screen;
    image.part.bytes = {10, 2048};
    turn->parts = {system, image};
    PromptPartsModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setTurn(turn);
    ASSERT_EQ(model.rowCount(), 2);
    EXPECT_EQ(cell(model, 0, PromptPartsModel::sectionColumn), QStringLiteral("system"));
    EXPECT_EQ(cell(model, 0, PromptPartsModel::partColumn), QStringLiteral("You are an agent."));
    EXPECT_EQ(cell(model, 0, PromptPartsModel::tokensColumn), QStringLiteral("~1,200"));
    EXPECT_EQ(cell(model, 0, PromptPartsModel::newColumn), QString());
    EXPECT_EQ(cell(model, 1, PromptPartsModel::newColumn), QStringLiteral("new"));
    EXPECT_EQ(cell(model, 1, PromptPartsModel::tokensColumn), QString(gui::kUnknown));
    EXPECT_EQ(model.partText(0), QStringLiteral("You are\nan agent."));
    EXPECT_EQ(model.partText(1), QStringLiteral("(image, 2.0 kB: no text to show)"));
}

TEST(LatencyModel, ShowsTheServersWordBesideTheWires) {
    model::Turn turn = makeTurn(1, 100, 2000, 1000);
    turn.latency.gap.reset();
    turn.tokens.input = exact(5000);
    turn.tokens.cached = exact(4000);
    turn.tokens.output = exact(50);
    turn.server.prefill = support::fromMs(1900);
    LatencyModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setTurn(&turn);
    EXPECT_EQ(cell(model, 1, LatencyModel::timeColumn), QStringLiteral("2.00 s"));
    EXPECT_EQ(cell(model, 1, LatencyModel::rateColumn), QStringLiteral("500")) << "of the tokens that were not cached";
    EXPECT_EQ(cell(model, 1, LatencyModel::serverColumn), QStringLiteral("1.90 s"));
    EXPECT_EQ(cell(model, 2, LatencyModel::rateColumn), QStringLiteral("49.0"));
    EXPECT_EQ(cell(model, 2, LatencyModel::serverColumn), QString(gui::kUnknown));
    EXPECT_EQ(cell(model, 4, LatencyModel::timeColumn), QString(gui::kUnknown));
    turn.tokens.cached = {};
    model.setTurn(&turn);
    EXPECT_EQ(cell(model, 1, LatencyModel::rateColumn), QString(gui::kUnknown)) << "nobody knows how much was read";
    model.setTurn(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
}

std::shared_ptr<const diff::Comparison> makeComparison() {
    auto comparison = std::make_shared<diff::Comparison>();
    comparison->session = makeSession(1, "first");
    comparison->runs = {makeSession(2, "run", 1)};
    diff::ComparedTurn first;
    first.recorded = makeTurn(1, 0, 2000, 1000);
    first.recorded.tokens.input = exact(5000);
    first.recorded.tokens.cached = exact(4000);
    model::Turn answer = makeTurn(11, 0, 1500, 1000);
    answer.tokens.cached = {};
    first.cells = {{answer, diff::Agreement::sameElement}};
    diff::ComparedTurn second;
    second.recorded = makeTurn(2, 0, 1000, 500);
    second.cells = {{std::nullopt, diff::Agreement::unanswered}};
    comparison->turns = {first, second};
    comparison->recorded.prefill = support::fromMs(3000);
    diff::Totals run;
    run.prefill = support::fromMs(1500);
    run.cachedShare = 0.5;
    run.agreement[static_cast<std::size_t>(diff::Agreement::sameCall)] = 1;
    comparison->totals = {run};
    return comparison;
}

TEST(ComparisonModel, ShowsFiguresWithTheirDifferenceToTheRecording) {
    ComparisonModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setComparison(makeComparison());
    ASSERT_EQ(model.rowCount(), 3) << "two turns and the totals";
    ASSERT_EQ(model.columnCount(), 11);
    EXPECT_EQ(cell(model, 0, 2), QStringLiteral("2.00 s"));
    EXPECT_EQ(cell(model, 0, 6), QStringLiteral("≈ same element"));
    EXPECT_EQ(cell(model, 0, 7), QStringLiteral("1.50 s"));
    EXPECT_EQ(model.index(0, 7).data(ComparisonModel::deltaRole).toString(), QStringLiteral("−500 ms"));
    EXPECT_EQ(model.index(0, 7).data(ComparisonModel::trendRole).toInt(), -1);
    EXPECT_EQ(cell(model, 1, 6), QStringLiteral("– unanswered"));
    EXPECT_EQ(cell(model, 1, 7), QString(gui::kUnknown));
    EXPECT_FALSE(model.index(1, 7).data(ComparisonModel::deltaRole).isValid());
    EXPECT_EQ(cell(model, 2, 6), QStringLiteral("1 of 2 same"));
    EXPECT_EQ(cell(model, 2, 7), QStringLiteral("1.50 s"));
    EXPECT_EQ(cell(model, 0, 5), QStringLiteral("80 %"));
    EXPECT_EQ(cell(model, 0, 10), QString(gui::kUnknown)) << "the answering server did not say";
    EXPECT_EQ(cell(model, 2, 10), QStringLiteral("50 %"));
    EXPECT_EQ(model.headerData(7, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("A · Prefill"));
}

TEST(ComparisonModel, FindsATurnByItsOwnIdAndByItsAnswers) {
    ComparisonModel model;
    model.setComparison(makeComparison());
    EXPECT_EQ(model.rowOf(support::TurnId{2}), 1);
    EXPECT_EQ(model.rowOf(support::TurnId{11}), 0);
    EXPECT_EQ(model.rowOf(support::TurnId{99}), -1);
    EXPECT_EQ(model.turnAt(2), nullptr) << "the totals are no turn";
    model.setComparison(nullptr);
    EXPECT_EQ(model.rowOf(support::TurnId{2}), -1);
}

}  // namespace
}  // namespace turntable::models
