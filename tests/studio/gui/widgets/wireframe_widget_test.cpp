#include "studio/gui/widgets/wireframe_widget.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>

#include "tests/studio/gui/gui_test_support.h"

namespace turntable::widgets {
namespace {

using gui::test::makeScreen;

TEST(WireframeWidget, ScalesThePageToFitAndFindsTheSmallestBox) {
    WireframeWidget wireframe;
    wireframe.resize(416, 316);
    wireframe.show();
    wireframe.setScreen(makeScreen());
    const QRectF page = wireframe.boxOf(0);
    const QRectF button = wireframe.boxOf(1);
    EXPECT_TRUE(QRectF(wireframe.viewport()->rect()).contains(page));
    EXPECT_NEAR(page.width(), 400, 1) << "as wide as the view less its margins";
    EXPECT_NEAR(button.width() / page.width(), 0.25, 0.001);
    EXPECT_EQ(wireframe.elementAt(button.center()), 1);
    EXPECT_EQ(wireframe.elementAt(page.topLeft() + QPointF(3, 3)), 0);
    EXPECT_EQ(wireframe.elementAt({-5, -5}), std::nullopt);
    EXPECT_TRUE(wireframe.boxOf(2).isEmpty()) << "the text came without a box";
    EXPECT_TRUE(wireframe.boxOf(77).isEmpty());
}

TEST(WireframeWidget, BringsTheTargetOfALongPageIntoSight) {
    auto screen = std::make_shared<model::Screen>(*makeScreen());
    screen->elements[0].box = model::Box{0, 0, 200, 4000};
    screen->elements[1].box = model::Box{20, 3500, 50, 20};
    WireframeWidget wireframe;
    wireframe.resize(416, 316);
    wireframe.show();
    wireframe.setScreen(screen);
    EXPECT_GT(wireframe.boxOf(1).top(), wireframe.viewport()->height());
    wireframe.setTarget(1);
    EXPECT_TRUE(QRectF(wireframe.viewport()->rect()).contains(wireframe.boxOf(1)));
}

TEST(WireframeWidget, SelectsByMouseAndByKeyboard) {
    WireframeWidget wireframe;
    wireframe.resize(416, 316);
    wireframe.show();
    wireframe.setScreen(makeScreen());
    QSignalSpy selected(&wireframe, &WireframeWidget::elementSelected);
    QTest::mouseClick(wireframe.viewport(), Qt::LeftButton, {}, wireframe.boxOf(1).center().toPoint());
    ASSERT_EQ(selected.count(), 1);
    EXPECT_EQ(selected.at(0).at(0).toInt(), 1);
    wireframe.setSelected(1);
    EXPECT_EQ(wireframe.accessibleDescription(), QStringLiteral("button \"Save\" [e2]"));
    QTest::keyClick(&wireframe, Qt::Key_Left);
    ASSERT_EQ(selected.count(), 2);
    EXPECT_EQ(selected.at(1).at(0).toInt(), 0);
}

TEST(WireframeWidget, TakesAScreenWithoutBoxesAndNoScreen) {
    auto screen = std::make_shared<model::Screen>(*makeScreen());
    for (model::Element& element : screen->elements) element.box.reset();
    WireframeWidget wireframe;
    wireframe.resize(300, 200);
    wireframe.show();
    wireframe.setScreen(screen);
    EXPECT_FALSE(wireframe.grab().isNull());
    EXPECT_EQ(wireframe.elementAt({50, 50}), std::nullopt);
    wireframe.setScreen(nullptr);
    EXPECT_FALSE(wireframe.grab().isNull());
    QTest::keyClick(&wireframe, Qt::Key_Right);
}

}  // namespace
}  // namespace turntable::widgets
