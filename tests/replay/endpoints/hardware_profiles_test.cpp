#include "replay/endpoints/hardware_profiles.h"

#include <gtest/gtest.h>

namespace turntable::endpoints {
namespace {

TEST(HardwareProfiles, DescribeBandAndMiddle) {
    const HardwareProfile* profile = findHardwareProfile("m2-base");
    ASSERT_NE(profile, nullptr);
    EXPECT_EQ(describeProfile(*profile),
              "M2/M3 base 16 GB, 7B at 4 bit: prefill 300 tokens/s (band 200-400), decode 32.5 tokens/s (band 25-40)");
}

TEST(HardwareProfiles, HaveNoneOfAnotherName) {
    EXPECT_EQ(findHardwareProfile("m9-ultra"), nullptr);
    EXPECT_EQ(hardwareProfiles().size(), 3U);
}

}  // namespace
}  // namespace turntable::endpoints
