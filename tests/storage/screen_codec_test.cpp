#include "storage/screen_codec.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace turntable::storage {
namespace {

using model::Element;
using model::Screen;

Screen everyFieldScreen() {
    Screen screen;
    screen.format = model::ScreenFormat::macosUse;
    screen.carrier = model::ScreenCarrier::fileLink;
    screen.hierarchical = false;
    screen.application = "Café";
    screen.location = "https://example.org/?q=1";
    screen.elementsSeen = 3841;
    screen.truncation = model::Truncation::suspected;
    screen.truncationReason = "element cap 2000";
    Element root;
    root.role = "AXWindow";
    root.roleDescription = "fenêtre";
    root.text = std::string("zero\0byte", 9);
    root.value = "";
    root.box = model::Box{-0.0, 12.25, 1e300, -7};
    root.ref = "e1";
    root.states = {"active", "", "level=1"};
    Element child;
    child.role = "AXButton";
    child.parent = 0;
    child.depth = 1;
    child.box = model::Box{1, 2, std::numeric_limits<double>::infinity(), 9007199254740993.0};
    Element odd;
    odd.parent = 17;
    odd.depth = std::numeric_limits<int>::max();
    screen.elements = {root, child, odd, Element{}};
    return screen;
}

TEST(ScreenCodec, KeepsEveryField) {
    const Screen screen = everyFieldScreen();
    const auto decoded = decodeScreen(encodeScreen(screen));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(*decoded, screen);
    EXPECT_TRUE(std::signbit(decoded->elements[0].box->x));
    EXPECT_EQ(decodeScreen(encodeScreen(Screen{})).value(), Screen{});
}

TEST(ScreenCodec, IsDeterministic) { EXPECT_EQ(encodeScreen(everyFieldScreen()), encodeScreen(everyFieldScreen())); }

TEST(ScreenCodec, RefusesEveryCut) {
    const std::string bytes = encodeScreen(everyFieldScreen());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decodeScreen(std::string_view(bytes).substr(0, size)).ok()) << "cut at " << size;
    }
}

TEST(ScreenCodec, RefusesBytesBehindTheEnd) { EXPECT_FALSE(decodeScreen(encodeScreen({}) + "x").ok()); }

TEST(ScreenCodec, SurvivesChangedBytes) {
    const std::string bytes = encodeScreen(everyFieldScreen());
    std::mt19937 random(20260101);
    for (int round = 0; round < 20'000; ++round) {
        std::string changed = bytes;
        for (int flip = 0; flip < 1 + round % 3; ++flip)
            changed[random() % changed.size()] = static_cast<char>(random());
        // What still decodes must be a screen that encodes and decodes to itself.
        const auto decoded = decodeScreen(changed);
        if (!decoded) continue;
        EXPECT_TRUE(decodeScreen(encodeScreen(*decoded)).ok());
    }
}

TEST(ScreenCodec, NamesAFormatFromTheFuture) {
    std::string bytes = encodeScreen({});
    bytes[0] = 9;
    const auto decoded = decodeScreen(bytes);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error().code, support::ErrorCode::unsupportedVersion);
}

}  // namespace
}  // namespace turntable::storage
