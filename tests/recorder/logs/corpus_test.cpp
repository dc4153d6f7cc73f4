#include <filesystem>
#include <vector>

#include "tests/fuzz/logs_entry.h"
#include "tests/recorder/logs/logs_fixture.h"

namespace turntable::logs {
namespace {

/// Runs every input of the fuzz program's corpus, whole and cut; a rule that does not hold ends the test program.
TEST(LogsCorpus, HoldsItsRules) {
    const auto folder = std::filesystem::path(TURNTABLE_SOURCE_DIR) / "tests/fuzz/corpus/logs";
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        SCOPED_TRACE(entry.path().string());
        const std::string log = testing::contentOf(entry.path());
        fuzz::checkLog(log);
        for (std::size_t size = 1; size < log.size(); size += 61) fuzz::checkLog(std::string_view(log).substr(0, size));
        ++inputs;
    }
    EXPECT_GT(inputs, 5U);
}

}  // namespace
}  // namespace turntable::logs
