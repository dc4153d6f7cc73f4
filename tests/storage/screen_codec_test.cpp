#include "storage/screen_codec.h"

#include <algorithm>
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

TEST(ScreenCodec, ReadsTheFirstEncoding) {
    // Flags box and ref, role "b", no text, the box 7, 8, 2, 1, the ref "e5"; then a child two to the right of it.
    const std::string bytes(
        "\x01\x00\x00\x01\x00\x02\x00\x00\x00\x02"
        "\x0c\x01"
        "b\x00\x00\x0e\x10\x04\x02\x02"
        "e5"
        "\x2c\x01\x01"
        "b\x00\x00\x12\x10\x04\x02\x02"
        "e6",
        35);
    const auto decoded = decodeScreen(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    ASSERT_EQ(decoded->elements.size(), 2U);
    EXPECT_EQ(decoded->elements[0].box, (model::Box{7, 8, 2, 1}));
    EXPECT_EQ(decoded->elements[1].box, (model::Box{9, 8, 2, 1}));
    EXPECT_EQ(decoded->elements[1].ref, "e6");
    EXPECT_EQ(decodeScreen(encodeScreen(*decoded)).value(), *decoded);
    // A step is none of its flags.
    std::string step = bytes;
    step[10] = '\x84';
    EXPECT_FALSE(decodeScreen(step).ok());
}

// A list of rows, each with a button in it.
Screen rows(int top, int firstRef) {
    Screen screen;
    for (int row = 0; row < 20; ++row) {
        for (const int part : {0, 1}) {
            Element element;
            element.role = part == 0 ? "row" : "button";
            element.ref = "e" + std::to_string(firstRef + row * 2 + part);
            element.box = model::Box{10.0 + part, static_cast<double>(top + row * 30 + part), 100, 25};
            element.parent = part == 0 ? -1 : static_cast<int>(screen.elements.size()) - 1;
            element.depth = part;
            screen.elements.push_back(element);
        }
    }
    return screen;
}

TEST(ScreenCodec, KeepsTheBytesOfElementsThatMoveTogether) {
    const Screen before = rows(100, 10);
    const Screen after = rows(2000, 5000);
    const std::string from = encodeScreen(before);
    const std::string to = encodeScreen(after);
    EXPECT_EQ(decodeScreen(from).value(), before);
    EXPECT_EQ(decodeScreen(to).value(), after);
    const auto common = std::mismatch(from.rbegin(), from.rend(), to.rbegin(), to.rend()).first - from.rbegin();
    EXPECT_GT(static_cast<std::size_t>(common), from.size() * 9 / 10);
}

TEST(ScreenCodec, KeepsRefsThatOnlyLookNumbered) {
    Screen screen;
    for (const char* ref : {"e7", "e07", "7", "e0", "e00", "f2e3", "f2e1", "e", "e999999999999999", "e1000000000000000",
                            "e8", "-5", "e18446744073709551617"}) {
        screen.elements.emplace_back().ref = ref;
    }
    EXPECT_EQ(decodeScreen(encodeScreen(screen)).value(), screen);
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
