#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>

#include "studio/gui/widgets/timeline_geometry.h"
#include "studio/gui/widgets/timeline_widget.h"
#include "tests/studio/gui/gui_test_support.h"

namespace turntable::widgets {
namespace {

using gui::TimePart;
using gui::test::exact;
using gui::test::makeTurn;

constexpr double kWidth = 300;

TEST(TimelineGeometry, DrawsSegmentsInProportionAndFitsTheLane) {
    const std::vector<model::Turn> turns = {makeTurn(1, 500, 2000, 500), makeTurn(2, 0, 1000, 500)};
    const TimelineScale scale = scaleOf(turns);
    const auto longest = timeSegments(turns[0], scale, kWidth);
    ASSERT_EQ(longest.size(), 3U);
    EXPECT_NEAR(longest[0].width, 50, 0.01);
    EXPECT_NEAR(longest[1].left, 50, 0.01);
    EXPECT_NEAR(longest[1].width, 200, 0.01);
    EXPECT_NEAR(longest[2].left + longest[2].width, kWidth, 0.01);
    const auto shorter = timeSegments(turns[1], scale, kWidth);
    ASSERT_EQ(shorter.size(), 2U) << "a queue of nothing is not drawn";
    EXPECT_EQ(shorter[0].part, TimePart::prefill);
    EXPECT_NEAR(shorter[0].width, 100, 0.01);
}

TEST(TimelineGeometry, CutsAGapSoThatItDoesNotDwarfTheAnswers) {
    std::vector<model::Turn> turns = {makeTurn(1, 0, 1500, 500)};
    turns[0].latency.gap = std::chrono::hours(1);
    const auto segments = timeSegments(turns[0], scaleOf(turns), kWidth);
    ASSERT_EQ(segments.size(), 3U);
    EXPECT_EQ(segments[2].part, TimePart::gap);
    EXPECT_TRUE(segments[2].cut);
    EXPECT_NEAR(segments[2].left + segments[2].width, kWidth, 0.01);
    EXPECT_NEAR(segments[2].width, kWidth / 3, 0.01);
}

TEST(TimelineGeometry, DrawsATotalThatNobodySplitAsOnePiece) {
    std::vector<model::Turn> turns = {makeTurn(1, 0, 0, 0)};
    turns[0].latency.prefill = turns[0].latency.decode = std::nullopt;
    turns[0].latency.total = support::fromMs(800);
    const auto segments = timeSegments(turns[0], scaleOf(turns), kWidth);
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].part, TimePart::unsplit);
}

TEST(TimelineGeometry, StacksSectionsAndHatchesWhatWasCached) {
    std::vector<model::Turn> turns = {makeTurn(1, 0, 1, 1), makeTurn(2, 0, 1, 1)};
    turns[0].tokens.of(model::Section::system) = exact(1000);
    turns[0].tokens.of(model::Section::screen) = exact(2000);
    turns[0].tokens.cached = exact(1500);
    const TimelineScale scale = scaleOf(turns);
    const auto segments = tokenSegments(turns[0], scale, kWidth);
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_NEAR(segments[0].width, 100, 0.01);
    EXPECT_EQ(segments[1].section, model::Section::screen);
    EXPECT_NEAR(segments[1].left + segments[1].width, kWidth, 0.01);
    EXPECT_NEAR(cachedWidth(turns[0], scale, kWidth), 150, 0.01);
    EXPECT_EQ(cachedWidth(turns[1], scale, kWidth), 0) << "unknown is not drawn";
    EXPECT_TRUE(tokenSegments(turns[1], scale, kWidth).empty());
}

TEST(TimelineGeometry, TakesTurnsWithoutAnyFigure) {
    const std::vector<model::Turn> turns(3);
    const TimelineScale scale = scaleOf(turns);
    EXPECT_TRUE(timeSegments(turns[0], scale, kWidth).empty());
    EXPECT_TRUE(scaleOf({}).time.count() > 0);
}

std::shared_ptr<const std::vector<model::Turn>> manyTurns(int count) {
    auto turns = std::make_shared<std::vector<model::Turn>>();
    for (int number = 1; number <= count; ++number) turns->push_back(makeTurn(number, 10, 100.0 * number, 50));
    return turns;
}

TEST(TimelineWidget, MovesByKeyboardAndStopsAtTheEnds) {
    TimelineWidget timeline;
    timeline.resize(900, 200);
    timeline.setTurns(manyTurns(50));
    timeline.show();
    timeline.setCurrent(0);
    QSignalSpy moved(&timeline, &TimelineWidget::turnActivated);
    QTest::keyClick(&timeline, Qt::Key_Up);
    EXPECT_EQ(moved.count(), 0);
    QTest::keyClick(&timeline, Qt::Key_Down);
    EXPECT_EQ(timeline.current(), 1);
    QTest::keyClick(&timeline, Qt::Key_End);
    EXPECT_EQ(timeline.current(), 49);
    EXPECT_LE(timeline.rowRect(49).bottom(), timeline.viewport()->height()) << "the current row is in sight";
    QTest::keyClick(&timeline, Qt::Key_Home);
    EXPECT_EQ(timeline.current(), 0);
    EXPECT_EQ(moved.count(), 3);
}

TEST(TimelineWidget, KeepsTheCurrentRowInSightWhenItsSizeChanges) {
    TimelineWidget timeline;
    timeline.resize(900, 600);
    timeline.setTurns(manyTurns(50));
    timeline.show();
    timeline.setCurrent(20);
    timeline.resize(900, 120);
    EXPECT_GE(timeline.rowRect(20).top(), 0);
    EXPECT_LE(timeline.rowRect(20).bottom(), timeline.viewport()->height());
}

TEST(TimelineWidget, SelectsTheRowUnderTheMouseAndTellsItInWords) {
    TimelineWidget timeline;
    timeline.resize(900, 300);
    timeline.setTurns(manyTurns(5));
    timeline.show();
    QSignalSpy moved(&timeline, &TimelineWidget::turnActivated);
    QTest::mouseClick(timeline.viewport(), Qt::LeftButton, {}, timeline.rowRect(2).center());
    ASSERT_EQ(moved.count(), 1);
    EXPECT_EQ(moved.at(0).at(0).toInt(), 2);
    EXPECT_EQ(
        timeline.accessibleDescription(),
        QStringLiteral("Turn 3 of 5, complete, fine, total 360 ms, – input tokens, browser_click button \"Save\""));
    timeline.setTurns(nullptr);
    EXPECT_EQ(timeline.current(), -1);
    EXPECT_EQ(timeline.rowAt({10, 100}), -1);
}

}  // namespace
}  // namespace turntable::widgets
