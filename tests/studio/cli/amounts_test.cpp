#include "studio/cli/amounts.h"

#include <gtest/gtest.h>

#include "studio/cli/care_text.h"

namespace turntable::cli {
namespace {

using support::ErrorCode;

TEST(Amounts, ReadsSizes) {
    EXPECT_EQ(*parseBytes("2G"), 2'000'000'000);
    EXPECT_EQ(*parseBytes("500M"), 500'000'000);
    EXPECT_EQ(*parseBytes("64k"), 64'000);
    EXPECT_EQ(*parseBytes("0"), 0);
    for (const char* text : {"", "G", "-1", "2X", "1.5G", "99999999999999999999", "9999999999T"}) {
        ASSERT_FALSE(parseBytes(text).ok()) << text;
        EXPECT_EQ(parseBytes(text).error().code, ErrorCode::invalidArgument);
    }
}

TEST(Amounts, ReadsAgesAndDays) {
    const support::WallTime now(std::chrono::sys_days(std::chrono::year(2026) / 10 / 31));
    const auto text = [&](const char* age) { return support::formatUtc(*parseMoment(age, now)); };
    EXPECT_EQ(text("30d"), "2026-10-01T00:00:00.000Z");
    EXPECT_EQ(text("12h"), "2026-10-30T12:00:00.000Z");
    EXPECT_EQ(text("1w"), "2026-10-24T00:00:00.000Z");
    EXPECT_EQ(text("2026-10-01"), "2026-10-01T00:00:00.000Z");
    for (const char* bad : {"", "30", "d", "-3d", "2026-13-01", "2026-02-30", "999999999w", "30d2"}) {
        EXPECT_FALSE(parseMoment(bad, now).ok()) << bad;
    }
}

TEST(CareText, SaysSizesInTwoDigits) {
    EXPECT_EQ(bytesText(1), "1 byte");
    EXPECT_EQ(bytesText(999), "999 bytes");
    EXPECT_EQ(bytesText(1'500), "1.5 kB");
    EXPECT_EQ(bytesText(999'499), "999 kB");
    EXPECT_EQ(bytesText(999'600), "1.0 MB");
    EXPECT_EQ(bytesText(12'345'678), "12 MB");
    EXPECT_EQ(rateText(5'000'000, 0), "-");
    EXPECT_EQ(rateText(5'000'000, 0.5), "10 MB/s");
}

}  // namespace
}  // namespace turntable::cli
