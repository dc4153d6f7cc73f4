#include "storage/care/retention.h"

#include "storage/care/check.h"
#include "storage/care/remove.h"
#include "storage/care/stats.h"
#include "tests/storage/care/care_store.h"

namespace turntable::care {
namespace {

using support::ErrorCode;

class RetentionTest : public CareStore {
protected:
    void SetUp() override { buildEverything(); }
    static std::string names(const std::vector<RetentionStep>& steps) {
        std::string text;
        for (const auto& step : steps) text += step.session.name + ": " + step.reason + "\n";
        return text;
    }
    RetentionPlan plan(const RetentionRules& rules) {
        auto planned = planRetention(m_path, rules);
        EXPECT_TRUE(planned.ok()) << (planned ? "" : planned.error().message);
        return planned ? *planned : RetentionPlan{};
    }
};

// The sessions of the builder are of the first of January 2026, those of the fixture of November.
TEST_F(RetentionTest, TakesTheOldestByAge) {
    const support::WallTime day(std::chrono::sys_days(std::chrono::year(2026) / 2 / 1));
    const auto found = plan({day, {}, {}, false});
    EXPECT_EQ(names(found.go),
              "a: started before 2026-02-01T00:00:00.000Z\nagain: started before 2026-02-01T00:00:00.000Z\n");
    EXPECT_EQ(names(found.spared), "b: it has notes\n");
    EXPECT_EQ(plan({day, {}, {}, true}).go.size(), 3u);
}

TEST_F(RetentionTest, KeepsTheNewest) {
    const auto found = plan({{}, 1, {}, true});
    EXPECT_EQ(found.go.size(), 4u);
    EXPECT_EQ(found.go.back().session.name, "tiddly");
    EXPECT_EQ(plan({{}, 5, {}, true}).go.size(), 0u);
}

TEST_F(RetentionTest, TakesTheOldestUntilTheStoreIsSmallEnough) {
    const std::int64_t now = plan({{}, 5, {}, true}).sizeBefore;
    EXPECT_TRUE(plan({{}, {}, now, true}).go.empty());
    const auto found = plan({{}, {}, now - 1, true});
    ASSERT_EQ(found.go.size(), 1u);
    EXPECT_EQ(found.go.front().session.name, "a");
    EXPECT_LT(found.sizeAfter, now);
    EXPECT_EQ(plan({{}, {}, 0, true}).go.size(), 5u);
}

TEST_F(RetentionTest, FreesWhatItEstimates) {
    const auto found = plan({{}, 1, {}, true});
    std::vector<support::SessionId> ids;
    std::int64_t contents = 0;
    for (const auto& step : found.go) {
        ids.push_back(step.session.id);
        contents += step.storedBytes;
    }
    const auto removed = removeSessions(m_path, ids);
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(removed->storedBytes, contents);
    const auto size = static_cast<double>(std::filesystem::file_size(m_path));
    EXPECT_NEAR(size, static_cast<double>(found.sizeAfter), size * 0.3);
    EXPECT_TRUE(checkStore(m_path)->clean());
}

TEST_F(RetentionTest, AsksForARule) {
    EXPECT_EQ(planRetention(m_path, {}).error().code, ErrorCode::invalidArgument);
    EXPECT_EQ(planRetention(m_path, {{}, -1, {}, false}).error().code, ErrorCode::invalidArgument);
}

using StatsTest = CareStore;

TEST_F(StatsTest, AddsUp) {
    buildEverything();
    const auto stats = readStats(m_path);
    ASSERT_TRUE(stats.ok()) << stats.error().message;
    EXPECT_EQ(stats->sessions, 5);
    EXPECT_EQ(stats->turns, 37);
    EXPECT_EQ(stats->sentBytes, number("SELECT sum(request_bytes) FROM turn"));
    EXPECT_EQ(stats->receivedBytes, number("SELECT sum(response_bytes) FROM turn"));
    EXPECT_EQ(stats->allParts().parts, number("SELECT count(*) FROM part"));
    EXPECT_EQ(stats->allParts().storedBytes, number("SELECT sum(length(content)) FROM part"));
    EXPECT_GT(stats->kinds[2].parts, 10);
    ASSERT_TRUE(stats->tables.has_value());
    std::int64_t tables = 0;
    for (const auto& table : *stats->tables) tables += table.bytes;
    EXPECT_LE(tables + stats->freeBytes, stats->fileBytes);
    EXPECT_EQ(stats->largest.size(), 5u);
    const auto& first = stats->largest.front();
    EXPECT_LE(first.ownBytes, first.storedBytes);
    EXPECT_LT(first.storedBytes, first.uniqueBytes);
    const auto one = readStats(m_path, first.session.id);
    EXPECT_EQ(one->largest.size(), 1u);
    EXPECT_EQ(readStats(m_path, support::SessionId{99}).error().code, ErrorCode::notFound);
}

}  // namespace
}  // namespace turntable::care
