// The recorded screens of fixtures/sessions, told against the texts that they were read from as the store does it.

#include <algorithm>

#include "storage/screen_codec.h"
#include "storage/screen_over_text.h"
#include "tests/recorder/screen/screen_text.h"

namespace turntable::screen {
namespace {

using testing::fixture;
using testing::resultsPrompt;

/// Bytes of the program that gives the screen back, 0 when there is none.
std::size_t programBytes(const model::Screen& screen, std::string_view text) {
    const std::string bytes = storage::encodeScreen(screen);
    const auto program = storage::tellScreen(bytes, std::span(&text, 1));
    if (!program) return 0;
    const auto given = storage::runTelling(*program, std::span(&text, 1), bytes.size());
    EXPECT_TRUE(given.ok()) << (given ? "" : given.error().message);
    if (given) {
        EXPECT_EQ(*given, bytes);
    }
    return program->size();
}

struct Recorded {
    const char* file;
    std::size_t most;  ///< bytes of its program
};

TEST(ToldFixtures, SnapshotsInAResultTakeSomeHundredBytes) {
    constexpr Recorded kResults[] = {
        {"todo-0.0.41/01_browser_navigate.txt", 300},         {"todo-0.0.41/10_browser_snapshot.txt", 300},
        {"todo-0.0.55/10_browser_snapshot.txt", 300},         {"todo-0.0.83/02_browser_snapshot.txt", 300},
        {"tiddly-0.0.55/01_browser_navigate.txt", 400},       {"tiddly-boxes-0.0.83/03_browser_snapshot.txt", 400},
        {"tiddly-boxes-0.0.83/11_browser_snapshot.txt", 400},
    };
    for (const auto& [file, most] : kResults) {
        const auto prompt = resultsPrompt({fixture(file)});
        const auto seen = prompt.observe();
        ASSERT_TRUE(seen && !seen->screen.elements.empty()) << file;
        const auto& part = prompt.parts[seen->part];
        const auto text = support::slice(prompt.body, part.bytes);
        const std::size_t bytes = programBytes(seen->screen, text);
        EXPECT_GT(bytes, 0U) << file;
        EXPECT_LT(bytes, most) << file;
    }
}

TEST(ToldFixtures, LinkedFilesTakeSomeHundredBytes) {
    constexpr Recorded kFiles[] = {
        {"grid-boxes-0.0.83/01_browser_navigate.txt", 300},
        {"todo-0.0.83/01_browser_navigate.txt", 300},
        {"tiddly-boxes-0.0.83/16_browser_click.txt", 400},
    };
    for (const auto& [file, most] : kFiles) {
        const std::string snapshot = std::string(file).substr(0, std::string(file).find("_browser")) + "_snapshot.yml";
        const auto prompt = resultsPrompt({fixture(file)});
        const auto seen =
            prompt.observe([&](std::string_view) -> support::Result<std::string> { return fixture(snapshot); });
        ASSERT_TRUE(seen && !seen->screen.elements.empty()) << file;
        const std::size_t bytes = programBytes(seen->screen, seen->files.at(0).content);
        EXPECT_GT(bytes, 0U) << file;
        EXPECT_LT(bytes, most) << file;
    }
}

TEST(ToldFixtures, FlatListsOfMacosUseTakeSomeHundredBytes) {
    for (const char* name : {"grid_capped2000", "tiddly"}) {
        const std::string folder = "macos-use/" + std::string(name);
        const auto prompt = resultsPrompt({fixture(folder + (name[0] == 'g' ? "_04" : "_01") + ".summary.txt")});
        const std::string list = fixture(folder + (name[0] == 'g' ? "_04" : "_01") + ".flat.txt");
        const auto seen = prompt.observe([&](std::string_view) -> support::Result<std::string> { return list; });
        ASSERT_TRUE(seen && !seen->screen.elements.empty()) << name;
        const std::size_t bytes = programBytes(seen->screen, list);
        EXPECT_GT(bytes, 0U) << name;
        EXPECT_LT(bytes, 800U) << name;
        // The summary in the prompt, where there is no file.
        const auto summary = prompt.observe();
        ASSERT_TRUE(summary && !summary->screen.elements.empty()) << name;
        const auto& part = prompt.parts[summary->part];
        const auto text = support::slice(prompt.body, part.bytes);
        EXPECT_GT(programBytes(summary->screen, text), 0U) << name;
    }
}

}  // namespace
}  // namespace turntable::screen
