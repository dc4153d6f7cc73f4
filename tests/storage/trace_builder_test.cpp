#include "tests/support/trace_builder.h"

#include "tests/storage/store_fixture.h"

namespace turntable::storage {
namespace {

using TraceBuilder = StoreFixture;

TEST_F(TraceBuilder, WritesWhatTheTextSays) {
    const auto built = test::buildTrace(m_path, R"(
session todo model=qwen
turn system=10 tools=20 screen=30 cached=5 prefill=120ms decode=1.5s elements=8 click e6
turn status=failed http=500 error=overloaded
gap disk full for a while
run again of=todo simulated
turn basis=simulated prefill=1s
turn status=open
)");
    ASSERT_TRUE(built.ok()) << built.error().message;
    const TraceReader reader = openReader();
    const auto session = reader.findSession("todo");
    const auto turns = reader.turns(session->id);
    ASSERT_EQ(turns->size(), 2u);
    const auto& first = turns->at(0);
    EXPECT_EQ(first.tokens.input, (model::TokenFigure{60, model::Basis::exact}));
    EXPECT_EQ(first.latency.total, support::fromMs(1620));
    EXPECT_EQ(first.actions.at(0).targetText, "Button 6");
    EXPECT_EQ(reader.screen(*first.screenId)->elements.size(), 8u);
    EXPECT_EQ(turns->at(1).status, model::TurnStatus::failed);
    EXPECT_EQ(turns->at(1).parent, first.id);
    EXPECT_EQ(reader.gapMarks(session->id)->at(0).reason, "disk full for a while");
    const auto runs = reader.runsOf(session->id);
    ASSERT_EQ(runs->size(), 1u);
    EXPECT_TRUE(runs->at(0).simulated);
    EXPECT_EQ(reader.turns(runs->at(0).id)->at(0).source, first.id);
    EXPECT_EQ(reader.turns(runs->at(0).id)->at(1).status, model::TurnStatus::open);
}

TEST_F(TraceBuilder, NamesTheLineThatIsWrong) {
    const auto built = test::buildTrace(m_path, "session a\nturn sytem=3\n");
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().message, "line 2: no such figure: sytem");
}

}  // namespace
}  // namespace turntable::storage
