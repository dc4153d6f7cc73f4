// Screens told against the texts they were read from. TURNTABLE_PROPERTY_ROUNDS for another number of random screens
// (150), TURNTABLE_SEED for those of an earlier run.
#include "storage/screen_over_text.h"

#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "storage/screen_codec.h"
#include "tests/storage/snapshot_text.h"
#include "tests/support/random_prompts.h"

namespace turntable::storage {
namespace {

using model::Element;
using model::Screen;
using test::invoicePage;
using test::Random;
using test::RandomPrompts;

std::optional<std::string> tellOver(std::string_view bytes, std::string_view text) {
    return tellScreen(bytes, std::span(&text, 1));
}

support::Result<std::string> runOver(std::string_view program, std::string_view text, std::size_t maxBytes) {
    return runTelling(program, std::span(&text, 1), maxBytes);
}

std::uint64_t numberFrom(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The program for a screen over a text, once it has given the screen back; empty when there is none.
std::string told(const Screen& screen, std::string_view text) {
    const std::string bytes = encodeScreen(screen);
    const auto program = tellOver(bytes, text);
    if (!program) return {};
    const auto given = runOver(*program, text, bytes.size());
    EXPECT_TRUE(given.ok()) << (given ? "" : given.error().message);
    if (given) {
        EXPECT_EQ(decodeScreen(*given).value(), screen);
    }
    EXPECT_EQ(tellOver(bytes, text), program) << "another program for the same screen";
    return *program;
}

TEST(ScreenOverText, TellsASnapshotByItsRulesAlone) {
    const Screen screen = invoicePage(1000, 100);
    const std::string text = test::snapshotText(screen);
    const std::string program = told(screen, text);
    ASSERT_NE(program, "");
    EXPECT_LT(program.size(), 250U);
    // In a block of a request, where quotes are escaped twice.
    const std::string inBlock = told(screen, test::toolResult(text));
    ASSERT_NE(inBlock, "");
    EXPECT_LT(inBlock.size(), 250U);
    // More of the same page takes no more rules.
    const Screen longer = invoicePage(5000, 300);
    EXPECT_EQ(told(longer, test::snapshotText(longer)).size(), program.size());
}

TEST(ScreenOverText, TellsAFlatListOfLines) {
    Screen screen;
    screen.format = model::ScreenFormat::macosUse;
    screen.carrier = model::ScreenCarrier::fileLink;
    screen.hierarchical = false;
    std::string text = "# Notes — 60 elements (0.31s)\n\n";
    for (int index = 0; index < 60; ++index) {
        Element element;
        element.role = index % 2 == 0 ? "AXButton" : "AXTextField";
        element.roleDescription = index % 2 == 0 ? "Schaltfläche" : "text field";
        if (index % 5 != 0) element.text = "Row " + std::to_string(index * index);
        element.box = model::Box{8, -25.0 + index, 100, 20};
        if (index % 3 == 0) element.states = {"visible"};
        text += " [" + element.role + " (" + element.roleDescription + ")]";
        if (!element.text.empty()) text += " \"" + element.text + "\"";
        text += " x:8 y:" + test::numberText(element.box->y) + " w:100 h:20";
        text += element.states.empty() ? "\r\n" : " visible\r\n";
        screen.elements.push_back(element);
    }
    const std::string program = told(screen, text);
    ASSERT_NE(program, "");
    EXPECT_LT(program.size(), 200U);
}

TEST(ScreenOverText, PutsAChangeIntoThePageBefore) {
    const Screen page = invoicePage(1000, 60);
    std::vector<std::string> kept = {test::toolResult(test::snapshotText(page))};
    Screen screen = page;
    for (const std::size_t first : {std::size_t{30}, std::size_t{60}, std::size_t{2}}) {
        const auto changed = test::changedPage(screen, first, first + 40);
        screen = changed.screen;
        kept.insert(kept.begin(), test::toolResult(changed.text));
        const std::vector<std::string_view> texts(kept.begin(), kept.end());
        const std::string bytes = encodeScreen(screen);
        const auto program = tellScreen(bytes, texts);
        ASSERT_TRUE(program) << first;
        EXPECT_LT(program->size(), 350U) << first;
        EXPECT_EQ(textsOfTelling(*program).value(), texts.size()) << first;
        const auto given = runTelling(*program, texts, bytes.size());
        ASSERT_TRUE(given.ok()) << given.error().message;
        EXPECT_EQ(decodeScreen(*given).value(), screen) << first;
        EXPECT_FALSE(runTelling(*program, std::span(texts).first(texts.size() - 1), bytes.size()).ok());
    }
}

// One jump after the other to the same long line.
TEST(ScreenOverText, ReadsNoMoreThanItMay) {
    const std::string text = std::string(1 << 19, 'x') + "\nend";
    std::string program("\x02\x00\x01\x0a\x02\x00\x00\x01\x00\x00\x00\x00\x00\x00", 14);
    std::string rules;
    for (int jump = 0; jump < 100; ++jump) rules += std::string("\x04\x00\x00\x00", 4);
    program += std::string("\x01\x64", 2) + std::string(100, '\0') + "\x90\x03" + rules;
    const auto given = runOver(program, text, 10'000);
    ASSERT_FALSE(given.ok());
    EXPECT_EQ(given.error().code, support::ErrorCode::limitExceeded);
    // To a text or line that is not there.
    for (const char* jump : {"\x04\x01\x00\x00", "\x04\x00\x09\x00"}) {
        std::string one("\x02\x00\x01\x0a\x02\x00\x00\x01\x00\x00\x00\x00\x00\x00", 14);
        one += std::string("\x01\x01\x00\x04", 4) + std::string(jump, 4);
        EXPECT_EQ(runOver(one, text, 10'000).error().code, support::ErrorCode::corrupt);
    }
}

TEST(ScreenOverText, HoldsItselfWhatTheTextLacks) {
    Screen screen = invoicePage(1, 40);
    const std::string text = test::toolResult(test::snapshotText(screen));
    screen.elements[9].text = "not in the text";
    screen.elements[12].value = "neither";
    screen.elements[20].states.push_back("nor this");
    screen.elements[30].parent = 4;
    screen.elements[30].depth = screen.elements[4].depth + 1;
    screen.elements[40].box->width = 1e300;
    screen.elements[50].parent = -1;
    screen.elements[50].depth = 0;
    Element added;
    added.role = "unknown";
    added.text = "a line that nobody wrote";
    added.value = "";
    added.box = model::Box{-0.0, 0.5, 0, 7};
    added.roleDescription = "odd";
    added.states = {"", "one: two"};
    screen.elements.push_back(added);
    const std::string program = told(screen, text);
    ASSERT_NE(program, "");
    EXPECT_NE(program.find("a line that nobody wrote"), std::string::npos);
    EXPECT_LT(program.size(), 500U);
}

TEST(ScreenOverText, LeavesScreensOfOtherTextsAlone) {
    const Screen screen = invoicePage(1, 40);
    EXPECT_EQ(told(screen, test::toolResult(std::string(20'000, 'x') + "\n- generic\n- row\n- cell: Invoice\n")), "");
    EXPECT_EQ(told(screen, ""), "");
    EXPECT_EQ(told(screen, std::string(5000, '"')), "");
    EXPECT_EQ(told(Screen{}, test::snapshotText(screen)), "");
    EXPECT_FALSE(tellOver("no screen", test::snapshotText(screen)));
    // Bytes of an encoding that no program gives.
    std::string first = encodeScreen(screen);
    first[0] = 1;
    EXPECT_FALSE(tellOver(first, test::snapshotText(screen)));
    Screen odd = screen;
    odd.elements[7].depth = 90;
    EXPECT_EQ(told(odd, test::snapshotText(screen)), "");
}

// Written by hand after docs/trace-format.md: what it says is what is read, whatever writes it.
TEST(ScreenOverText, ReadsAProgramWrittenByHand) {
    const std::string text =
        "heading\n"
        "- list \"A \\\"b\\\"\" [ref=e1] [box=1,2.5,30,4]:\n"
        "  - item [ref=e2]: one two\n"
        "  - item [ref=e3]: three\n"
        "    - /url: \"x y\"\n";
    std::string program("\x02\x00\x01\x0a\x02\x00\x00\x01\x00\x04\x00\x00\x00\x00", 14);
    program += '\x04';                                  // elements
    program += std::string("\x04\x01\x00\x01\x00", 5);  // gaps
    std::string rules;
    // Line 1: role token 1, text token 2, ref token 6 (each one token long), box tokens 11, 13, 15, 17 (two more each).
    rules += std::string("\x65\x09\x11\x31\x0d\x0f\x11\x13", 8);
    // Line 2: role token 1, value from token 8 on, ref token 5.
    rules += std::string("\x51\x09\x40\x29", 4);
    // Line 4, behind line 3 which the rule of line 2 reads: a state of two, tokens 1 and 2, and token 4.
    rules += std::string("\x07\x0a\x21", 3);
    // Behind the last line: an element whose role and text the program holds, with another parent, on a line that
    // stays.
    rules += std::string("\x85\x07\x07\x05", 4);
    program += static_cast<char>(rules.size());
    program += rules + std::string("\x01r\x03two\x02", 7);
    const auto bytes = runOver(program, text, 1000);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const auto screen = decodeScreen(*bytes);
    ASSERT_TRUE(screen.ok());
    ASSERT_EQ(screen->elements.size(), 4U);
    EXPECT_EQ(screen->elements[0], (Element{"list", "", "A \"b\"", {}, model::Box{1, 2.5, 30, 4}, "e1", {}, -1, 0}));
    EXPECT_EQ(screen->elements[1], (Element{"item", "", "", "one two", {}, "e2", {}, 0, 1}));
    EXPECT_EQ(screen->elements[2], (Element{"item", "", "", "three", {}, "e3", {"/url: x y"}, 0, 1}));
    EXPECT_EQ(screen->elements[3], (Element{"r", "", "two", {}, {}, "", {}, 1, 2}));
    EXPECT_EQ(screen->elementsSeen, 4U);
}

TEST(ScreenOverText, RefusesCutProgramsAndOtherVersions) {
    const Screen screen = invoicePage(1, 40);
    const std::string text = test::snapshotText(screen);
    const std::string bytes = encodeScreen(screen);
    std::string program = told(screen, text);
    for (std::size_t size = 0; size < program.size(); ++size) {
        const auto given = runOver(std::string_view(program).substr(0, size), text, bytes.size());
        if (given) {
            EXPECT_NE(*given, bytes) << "cut at " << size;
        }
    }
    EXPECT_EQ(runOver(program, text, bytes.size() - 1).error().code, support::ErrorCode::limitExceeded);
    program[0] = 3;
    EXPECT_EQ(runOver(program, text, bytes.size()).error().code, support::ErrorCode::unsupportedVersion);
    program[0] = 1;
    EXPECT_EQ(runOver(program, text, bytes.size()).error().code, support::ErrorCode::corrupt);
}

TEST(ScreenOverText, SurvivesChangedProgramsAndTexts) {
    const Screen screen = invoicePage(1, 12);
    const std::string text = test::snapshotText(screen);
    const std::string bytes = encodeScreen(screen);
    const std::string program = told(screen, text);
    std::mt19937 random(20260103);
    for (int round = 0; round < 4000; ++round) {
        std::string changed = round % 4 == 3 ? text : program;
        for (int flip = 0; flip < 1 + round % 3; ++flip)
            changed[random() % changed.size()] = static_cast<char>(random());
        const auto given =
            round % 4 == 3 ? runOver(program, changed, bytes.size()) : runOver(changed, text, bytes.size());
        if (!given) continue;
        EXPECT_LE(given->size(), bytes.size());
        EXPECT_TRUE(decodeScreen(*given).ok());
    }
}

// One rule that takes the rest of a long line, on as many lines as it likes.
TEST(ScreenOverText, MakesNoMoreThanItMay) {
    std::string text;
    for (int line = 0; line < 400; ++line) text += "- " + std::string(1000, 'x') + "\n";
    std::string program("\x02\x00\x01\x0a\x02\x00\x00\x01\x00\x00\x00\x00\x00\x00", 14);
    program += std::string("\x90\x03\x01\x00\x03\x05\x08\x08", 8);
    const auto given = runOver(program, text, 10'000);
    ASSERT_FALSE(given.ok());
    EXPECT_EQ(given.error().code, support::ErrorCode::limitExceeded);
    const auto all = runOver(program, text, 1 << 20);
    ASSERT_TRUE(all.ok()) << all.error().message;
    EXPECT_EQ(decodeScreen(*all)->elements.size(), 400U);
}

Screen randomScreen(Random& random) {
    Screen screen = invoicePage(static_cast<int>(random.below(100'000)), static_cast<int>(random.below(40)));
    const bool hasRefs = random.chance(80);
    const bool hasBoxes = random.chance(60);
    for (Element& element : screen.elements) {
        if (!hasRefs) element.ref.clear();
        if (!hasBoxes) element.box.reset();
        if (random.chance(4)) element.text = RandomPrompts::oddText(random, random.below(4));
        if (random.chance(4)) element.value = RandomPrompts::oddText(random, random.below(4));
        if (random.chance(2)) element.role = RandomPrompts::oddText(random, 1);
        if (random.chance(2)) element.states.push_back(RandomPrompts::oddText(random, 1));
        if (random.chance(1)) element.ref = RandomPrompts::oddText(random, 1);
        if (random.chance(1)) element.roleDescription = "odd";
        if (element.box && random.chance(2)) element.box->x = random.chance(50) ? -0.0 : 1e300;
    }
    return screen;
}

// A text that says most of what the screen says, and other things besides.
std::string randomTextOf(const Screen& screen, Random& random) {
    std::string text = RandomPrompts::oddText(random, random.below(20)) + "\n";
    const std::uint64_t noise = random.chance(50) ? 0 : random.below(20);
    for (const Element& element : screen.elements) {
        if (random.chance(noise)) text += RandomPrompts::oddText(random, random.below(6)) + "\n";
        if (random.chance(noise)) text += test::snapshotLine(random.one(screen.elements)) + "\n";
        if (!random.chance(noise / 4)) text += test::snapshotLine(element) + (random.chance(noise) ? " \r\n" : "\n");
    }
    if (random.chance(50)) text = test::toolResult(text);
    if (random.chance(noise)) text.resize(text.size() - random.below(text.size()));
    return text;
}

// A page that was changed some times, read from all of the texts or from what is left of them.
void tellRandomChanges(const Screen& page, Random& random) {
    std::vector<std::string> kept = {randomTextOf(page, random)};
    Screen screen = page;
    for (std::size_t change = random.below(4); change > 0; --change) {
        const std::size_t first = random.below(screen.elements.size());
        auto changed = test::changedPage(screen, first, first + random.below(30));
        screen = std::move(changed.screen);
        kept.insert(kept.begin(), std::move(changed.text));
        if (random.chance(20)) random.one(kept) = RandomPrompts::oddText(random, 9);
    }
    const std::vector<std::string_view> texts(kept.begin(), kept.end());
    const std::string bytes = encodeScreen(screen);
    auto program = tellScreen(bytes, texts);
    if (!program) return;
    const auto given = runTelling(*program, texts, bytes.size());
    ASSERT_TRUE(given.ok()) << given.error().message;
    EXPECT_EQ(*given, bytes);
    for (int flip = 0; flip < 3; ++flip) random.one(*program) = static_cast<char>(random.below(256));
    const auto other = runTelling(*program, texts, bytes.size());
    if (other) {
        EXPECT_LE(other->size(), bytes.size());
    }
}

TEST(ScreenOverText, GivesRandomScreensBackOverRandomTexts) {
    const std::uint64_t seed = numberFrom("TURNTABLE_SEED", std::random_device{}());
    const std::uint64_t rounds = numberFrom("TURNTABLE_PROPERTY_ROUNDS", 150);
    std::cout << "seed " << seed << "\n";
    Random random(seed);
    std::uint64_t tellable = 0;
    for (std::uint64_t round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
        const Screen screen = randomScreen(random);
        const std::string text = randomTextOf(screen, random);
        if (!told(screen, text).empty()) ++tellable;
        tellRandomChanges(screen, random);
        std::string changed = told(screen, test::snapshotText(screen));
        for (int flip = 0; flip < 3 && !changed.empty(); ++flip)
            random.one(changed) = static_cast<char>(random.below(256));
        const auto given = runOver(changed, text, 100'000);
        if (given) {
            EXPECT_TRUE(decodeScreen(*given).ok());
        }
    }
    EXPECT_GT(tellable, rounds / 4) << "seed " << seed << ": hardly any screen was found in its text";
}

}  // namespace
}  // namespace turntable::storage
