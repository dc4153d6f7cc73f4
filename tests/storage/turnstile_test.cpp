#include "storage/sqlite/turnstile.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace turntable::sqlite {
namespace {

TEST(Turnstile, ShowsThatSomebodyWaits) {
    const test::TemporaryFolder folder;
    Turnstile holder(folder / "a.db");
    Turnstile waiter(folder / "a.db");
    EXPECT_FALSE(holder.othersWait());
    waiter.wait();
    waiter.wait();
    EXPECT_TRUE(holder.othersWait());
    Turnstile second(folder / "a.db");
    second.wait();
    waiter.leave();
    EXPECT_TRUE(holder.othersWait()) << "one of two has gone";
    second.leave();
    EXPECT_FALSE(holder.othersWait());
}

TEST(Turnstile, IsNotHeldUpByWhoLocksTheFolder) {
    const test::TemporaryFolder folder;
    const int descriptor = open(folder.path().c_str(), O_RDONLY);
    ASSERT_EQ(flock(descriptor, LOCK_EX), 0);
    Turnstile waiter(folder / "a.db");
    waiter.wait();  // returns at once
    EXPECT_TRUE(waiter.othersWait());
    close(descriptor);
    Turnstile holder(folder / "a.db");
    EXPECT_FALSE(holder.othersWait());
    waiter.wait();
    EXPECT_TRUE(holder.othersWait());
}

TEST(Turnstile, SaysThatSomebodyMayWaitWhereNobodyCanTell) {
    Turnstile holder("/nowhere/at/all/a.db");
    EXPECT_TRUE(holder.othersWait());
    holder.wait();
    holder.leave();
}

}  // namespace
}  // namespace turntable::sqlite
