#include <gtest/gtest.h>

#include "recorder/screen/playwright_snapshot.h"
#include "tests/recorder/screen/screen_text.h"

namespace turntable::screen {
namespace {

class ResolveTarget : public ::testing::Test {
protected:
    void SetUp() override {
        std::deque<std::string> owned;
        const std::string yaml = testing::fixture("todo-0.0.83/05_snapshot.yml");
        fillScreen(parseSnapshot(yaml, owned), m_screen);
    }
    /// Role and text of the element meant; empty when there is none.
    [[nodiscard]] std::string meant(const std::string& arguments) const {
        const auto index = resolveTarget(m_screen, arguments);
        if (!index) return {};
        const model::Element& element = m_screen.elements.at(static_cast<std::size_t>(*index));
        return element.role + " " + element.text;
    }
    model::Screen m_screen;
};

TEST_F(ResolveTarget, FollowsRefsOfEverySpelling) {
    EXPECT_EQ(meant(R"({"target":"e28","element":"checkbox \"Write report\""})"), "checkbox Write report");
    EXPECT_EQ(meant(R"({"ref":"e10"})"), "button Active");
    EXPECT_EQ(meant(R"({"uid":"e6"})"), "textbox What needs to be done?");
    EXPECT_EQ(meant(R"({"target":"aria-ref=e7"})"), "button Add");
    EXPECT_EQ(meant(R"({"startRef":"e25","endRef":"e28"})"), "checkbox Buy milk");
    EXPECT_EQ(meant(R"({"fields":[{"name":"a","ref":"e6","value":"x"}]})"), "textbox What needs to be done?");
}

TEST_F(ResolveTarget, FallsBackToTheDescription) {
    EXPECT_EQ(meant(R"({"target":"e999","element":"checkbox \"Write report\""})"), "checkbox Write report");
    EXPECT_EQ(meant(R"({"element":"Clear completed"})"), "button Clear completed");
    EXPECT_EQ(meant(R"({"element":"add button"})"), "button Add");
    EXPECT_EQ(meant(R"({"element":"checkbox \"Call \"Bob\": 5 pm\""})"), "checkbox Call \"Bob\": 5 pm");
    EXPECT_EQ(meant(R"({"element":"report","role":"checkbox"})"), "checkbox Write report");
}

TEST_F(ResolveTarget, ChoosesTheSmallestBoxAroundAPoint) {
    EXPECT_EQ(meant(R"({"x":58,"y":160})"), "checkbox Write report");
    EXPECT_EQ(meant(R"({"x":600,"y":160})"), "listitem ");
    EXPECT_EQ(meant(R"({"coordinate":[20,220]})"), "button All");
    EXPECT_EQ(meant(R"({"x":5000,"y":160})"), "");
}

TEST_F(ResolveTarget, TakesTheCentreOfACallWithExtents) {
    EXPECT_EQ(meant(R"({"pid":1,"x":404,"y":86,"width":41,"height":24})"), "button Add");
    EXPECT_EQ(meant(R"({"pid":1,"x":44,"y":152,"width":30,"height":16})"), "checkbox Write report");
}

TEST_F(ResolveTarget, NamesNoneWhenInDoubt) {
    EXPECT_EQ(meant("{}"), "");
    EXPECT_EQ(meant(R"({"url":"http://a/"})"), "");
    EXPECT_EQ(meant(R"({"element":"listitem"})"), "");
    EXPECT_EQ(meant(R"({"ref":"e28)"), "");
    EXPECT_EQ(meant("[1]"), "");
    EXPECT_EQ(meant(""), "");
    EXPECT_EQ(meant(R"({"ref":7,"x":"1","y":null})"), "");
    EXPECT_EQ(resolveTarget(model::Screen(), R"({"ref":"e1"})"), std::nullopt);
}

TEST_F(ResolveTarget, FindsElementsOfFlatListsByTextAndRole) {
    m_screen.elements = {
        {.role = "AXButton", .roleDescription = "button", .text = "Open", .box = model::Box{10, 10, 50, 20}},
        {.role = "AXButton", .roleDescription = "button", .text = "Open", .box = model::Box{10, 40, 50, 20}},
        {.role = "AXLink", .roleDescription = "link", .text = "Open", .box = model::Box{10, 70, 50, 20}}};
    EXPECT_EQ(resolveTarget(m_screen, R"({"pid":1,"element":"Open"})"), std::nullopt);
    EXPECT_EQ(resolveTarget(m_screen, R"({"pid":1,"element":"Open","role":"AXLink"})"), 2);
    EXPECT_EQ(resolveTarget(m_screen, R"({"pid":1,"x":10,"y":40,"width":50,"height":20})"), 1);
}

}  // namespace
}  // namespace turntable::screen
