#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tests/fuzz/wire_entry.h"

namespace turntable::wire {
namespace {

/// Runs every input of a fuzz program's corpus; a rule that does not hold ends the test program with its name.
void runCorpus(const std::string& name, void (*check)(std::string_view)) {
    const std::filesystem::path folder = std::filesystem::path(TURNTABLE_SOURCE_DIR) / "tests/fuzz/corpus" / name;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    ASSERT_FALSE(files.empty()) << folder;
    for (const auto& file : files) {
        SCOPED_TRACE(file.string());
        check(test::readFile(file.string()));
    }
}

TEST(WireCorpus, RequestsHoldTheirRules) { runCorpus("wire_request", fuzz::checkRequest); }
TEST(WireCorpus, RepliesHoldTheirRules) { runCorpus("wire_reply", fuzz::checkReply); }
TEST(WireCorpus, TranslationsHoldTheirRules) { runCorpus("wire_translate", fuzz::checkTranslation); }
TEST(WireCorpus, ShimmedRepliesHoldTheirRules) { runCorpus("wire_shim", fuzz::checkShim); }

}  // namespace
}  // namespace turntable::wire
