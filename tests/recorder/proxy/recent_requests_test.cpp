#include "recorder/proxy/recent_requests.h"

#include <gtest/gtest.h>

namespace turntable::proxy {
namespace {

support::WallTime at(std::int64_t moment) { return support::WallTime(support::Nanoseconds(moment)); }

std::string bodyOf(std::size_t bytes, char fill, const std::string& end) { return std::string(bytes, fill) + end; }

TEST(RecentRequests, TellsARequestByTheOneBeforeIt) {
    RecentRequests requests;
    const auto first = bodyOf(10'000, 'a', "1]}");
    const auto second = bodyOf(10'000, 'a', "1,2]}");
    EXPECT_FALSE(requests.changeOf(first, at(1)));
    requests.remember(at(1), first, {});
    const auto change = requests.changeOf(second, at(2));
    ASSERT_TRUE(change);
    EXPECT_EQ(change->base, at(1));
    EXPECT_EQ(change->baseSize, first.size());
    EXPECT_EQ(change->head, 10'001u);
    EXPECT_EQ(change->tail, 2u);
}

TEST(RecentRequests, TellsNothingByARequestThatCameLater) {
    RecentRequests requests;
    requests.remember(at(5), bodyOf(10'000, 'a', "1"), {});
    EXPECT_FALSE(requests.changeOf(bodyOf(10'000, 'a', "2"), at(4)));
    EXPECT_TRUE(requests.changeOf(bodyOf(10'000, 'a', "2"), at(6)));
}

TEST(RecentRequests, TellsNothingByARequestThatIsLost) {
    RecentRequests requests;
    requests.remember(at(1), bodyOf(10'000, 'a', "1"), {});
    requests.remember(at(2), bodyOf(9'000, 'a', "bb"), {});
    requests.forget(at(1));
    requests.forget(at(7));
    const auto change = requests.changeOf(bodyOf(10'000, 'a', "2"), at(3));
    ASSERT_TRUE(change);
    EXPECT_EQ(change->base, at(2));
    requests.forget(at(2));
    EXPECT_FALSE(requests.changeOf(bodyOf(10'000, 'a', "2"), at(4)));
}

TEST(RecentRequests, LeavesSmallOnesAlone) {
    RecentRequests requests;
    requests.remember(at(1), "small", {});
    EXPECT_FALSE(requests.changeOf("small", at(2)));
}

}  // namespace
}  // namespace turntable::proxy
