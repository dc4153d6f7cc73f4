// Looking for what is new in a store.

#include "storage/trace_reader.h"

#include "tests/storage/store_fixture.h"
#include "tests/support/trace_builder.h"

namespace turntable::storage {
namespace {

using TraceReaderTest = StoreFixture;

TEST_F(TraceReaderTest, GivesWhatCameAfterATurn) {
    ASSERT_TRUE(test::buildTrace(m_path, "session a\nturn\nturn\nsession b\nturn click e1\nturn status=open\n"));
    const TraceReader reader = openReader();
    const auto a = reader.findSession("a")->id;
    const auto b = reader.findSession("b")->id;
    const auto all = reader.turnsAfter(support::TurnId{0}, std::nullopt);
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 4u);
    EXPECT_EQ(all->at(2).session, b);
    EXPECT_EQ(all->at(2).actions.size(), 1u);
    EXPECT_EQ(all->at(3).status, model::TurnStatus::open);
    EXPECT_EQ(reader.turnsAfter(all->at(0).id, a)->size(), 1u);
    EXPECT_EQ(reader.turnsAfter(all->at(0).id, b)->size(), 2u);
    EXPECT_TRUE(reader.turnsAfter(all->at(3).id, std::nullopt)->empty());
    EXPECT_EQ(reader.newestTurn()->value(), all->at(3).id);
}

TEST_F(TraceReaderTest, AnEmptyStoreHasNoNewestTurn) {
    ASSERT_TRUE(test::buildTrace(m_path, "session a\n"));
    EXPECT_FALSE(openReader().newestTurn()->has_value());
}

}  // namespace
}  // namespace turntable::storage
