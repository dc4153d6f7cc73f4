#include <gtest/gtest.h>

#include "replay/diff/comparison.h"

namespace turntable::diff {
namespace {

model::Action call(std::string tool, std::string arguments, std::optional<int> target = {}) {
    model::Action action;
    action.tool = std::move(tool);
    action.arguments = std::move(arguments);
    action.target = target;
    return action;
}

model::Turn turnWith(std::vector<model::Action> actions) {
    model::Turn turn;
    turn.status = model::TurnStatus::complete;
    turn.actions = std::move(actions);
    return turn;
}

TEST(CompareActions, TakesKeyOrderAndSpacesAsTheSameCall) {
    EXPECT_EQ(compareActions(turnWith({call("click", R"({"ref":"e1","double":false})")}),
                             turnWith({call("click", R"({ "double": false, "ref": "e1" })")})),
              Agreement::sameCall);
}

TEST(CompareActions, SeesTheSameElementBehindOtherArguments) {
    EXPECT_EQ(compareActions(turnWith({call("click", R"({"ref":"e1","element":"Save"})", 4)}),
                             turnWith({call("click", R"({"ref":"e1","element":"the Save button"})", 4)})),
              Agreement::sameElement);
}

TEST(CompareActions, UsesTheHandleWhereNoScreenTellsTheElement) {
    EXPECT_EQ(compareActions(turnWith({call("click", R"({"ref":"e1","element":"Save"})")}),
                             turnWith({call("click", R"({"ref":"e1"})")})),
              Agreement::sameElement);
    EXPECT_EQ(
        compareActions(turnWith({call("click", R"({"ref":"e1"})")}), turnWith({call("click", R"({"ref":"e2"})")})),
        Agreement::sameTool);
}

TEST(CompareActions, TellsToolsApart) {
    EXPECT_EQ(compareActions(turnWith({call("click", "{}", 4)}), turnWith({call("click", R"({"x":1})", 5)})),
              Agreement::sameTool);
    EXPECT_EQ(compareActions(turnWith({call("click", "{}")}), turnWith({call("type", "{}")})), Agreement::different);
}

TEST(CompareActions, KnowsAnswersWithoutACall) {
    EXPECT_EQ(compareActions(turnWith({call("click", "{}")}), turnWith({})), Agreement::none);
    EXPECT_EQ(compareActions(turnWith({}), turnWith({})), Agreement::sameCall);
    EXPECT_EQ(compareActions(turnWith({}), turnWith({call("click", "{}")})), Agreement::different);
}

TEST(CompareActions, CallsABrokenCallInvalid) {
    auto broken = call("click", R"({"ref":)");
    broken.valid = false;
    EXPECT_EQ(compareActions(turnWith({call("click", "{}")}), turnWith({broken})), Agreement::invalid);
}

TEST(CompareActions, CountsTheWorstOfSeveralCalls) {
    const auto recorded = turnWith({call("click", "{}"), call("type", R"({"text":"a"})")});
    EXPECT_EQ(compareActions(recorded, turnWith({call("click", "{}"), call("press", "{}")})), Agreement::different);
    EXPECT_EQ(compareActions(recorded, turnWith({call("click", "{}")})), Agreement::sameTool);
}

TEST(CompareActions, CallsAFailedTurnUnanswered) {
    auto failed = turnWith({call("click", "{}")});
    failed.status = model::TurnStatus::failed;
    EXPECT_EQ(compareActions(turnWith({call("click", "{}")}), failed), Agreement::unanswered);
}

TEST(CompareActions, ComparesArgumentsOfAnyDepthWithoutFalling) {
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    EXPECT_EQ(compareActions(turnWith({call("click", deep)}), turnWith({call("click", deep + " ")})),
              Agreement::sameTool);
}

}  // namespace
}  // namespace turntable::diff
