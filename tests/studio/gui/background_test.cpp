#include "studio/gui/background.h"

#include <gtest/gtest.h>

#include <QTest>
#include <QThread>
#include <future>
#include <stdexcept>
#include <vector>

#include "tests/studio/gui/gui_test_support.h"

namespace turntable::gui {
namespace {

bool becomesIdle(Background& background) {
    return QTest::qWaitFor([&background] { return background.idle(); }, 10000);
}

TEST(Background, RunsEveryJobOnOneOtherThreadAndDeliversHere) {
    Background background;
    QObject context;
    Lane first;
    Lane second;
    std::vector<QThread*> workers;
    QThread* here = nullptr;
    const auto deliver = [&](QThread* worker) {
        workers.push_back(worker);
        here = QThread::currentThread();
    };
    background.run(
        first, &context, [] { return QThread::currentThread(); }, deliver);
    background.run(
        second, &context, [] { return QThread::currentThread(); }, deliver);
    ASSERT_TRUE(becomesIdle(background));
    ASSERT_EQ(workers.size(), 2U);
    EXPECT_EQ(workers[0], workers[1]);
    EXPECT_NE(workers[0], QThread::currentThread());
    EXPECT_EQ(here, QThread::currentThread());
}

TEST(Background, DeliversOnlyTheNewestAnswerOfALaneAndSkipsJobsThatBecameStale) {
    Background background;
    QObject context;
    Lane lane;
    std::promise<void> mayGoOn;
    std::atomic<int> runs = 0;
    std::vector<int> delivered;
    const auto deliver = [&delivered](int value) { delivered.push_back(value); };
    background.run(
        lane, &context, [&, gate = mayGoOn.get_future().share()] { return gate.wait(), ++runs, 1; }, deliver);
    background.run(
        lane, &context, [&] { return ++runs, 2; }, deliver);
    background.run(
        lane, &context, [&] { return ++runs, 3; }, deliver);
    mayGoOn.set_value();
    ASSERT_TRUE(becomesIdle(background));
    EXPECT_EQ(delivered, std::vector<int>{3});
    EXPECT_LE(runs.load(), 2) << "the second job was stale before its turn came";
}

TEST(Background, DeliversNothingToAContextThatIsGone) {
    Background background;
    Lane lane;
    bool delivered = false;
    {
        QObject context;
        background.run(
            lane, &context, [] { return 1; }, [&delivered](int) { delivered = true; });
    }
    ASSERT_TRUE(becomesIdle(background));
    EXPECT_FALSE(delivered);
}

TEST(Background, SurvivesAJobThatThrows) {
    Background background;
    QObject context;
    Lane lane;
    bool delivered = false;
    background.run(
        lane, &context, []() -> int { throw std::runtime_error("out of luck"); },
        [&delivered](int) { delivered = true; });
    ASSERT_TRUE(becomesIdle(background));
    EXPECT_FALSE(delivered);
}

TEST(Background, IsIdleOnlyAfterTheJobsThatADeliveryBegan) {
    Background background;
    QObject context;
    Lane lane;
    int idle = 0;
    int last = 0;
    QObject::connect(&background, &Background::becameIdle, &context, [&idle] { ++idle; });
    background.run(
        lane, &context, [] { return 1; },
        [&](int) {
            background.run(
                lane, &context, [] { return 2; }, [&last](int value) { last = value; });
        });
    ASSERT_TRUE(becomesIdle(background));
    EXPECT_EQ(last, 2);
    EXPECT_EQ(idle, 1);
}

}  // namespace
}  // namespace turntable::gui
