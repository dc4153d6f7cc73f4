#include "studio/cli/child_process.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace turntable::cli {
namespace {

std::string textOf(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

int codeOf(const std::string& script) {
    ChildProcess child;
    const auto started = child.start({"sh", "-c", script}, {});
    EXPECT_TRUE(started) << started.error().message;
    return child.wait();
}

TEST(ChildProcess, PassesTheExitCode) {
    EXPECT_EQ(codeOf("exit 0"), 0);
    EXPECT_EQ(codeOf("exit 7"), 7);
}

TEST(ChildProcess, TellsASignalAsAShellDoes) { EXPECT_EQ(codeOf("kill -9 $$"), 128 + SIGKILL); }

TEST(ChildProcess, SetsVariablesBesideThoseThereAre) {
    const test::TemporaryFolder folder;
    const auto file = folder.path() / "out";
    ASSERT_EQ(setenv("TURNTABLE_TEST_KEPT", "kept", 1), 0);
    ASSERT_EQ(setenv("TURNTABLE_TEST_SET", "old", 1), 0);
    ChildProcess child;
    ASSERT_TRUE(
        child.start({"sh", "-c", "echo \"$TURNTABLE_TEST_KEPT $TURNTABLE_TEST_SET $1\" > \"$0\"", file.string(), "a b"},
                    {{"TURNTABLE_TEST_SET", "new"}}));
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(textOf(file), "kept new a b\n");
}

TEST(ChildProcess, NamesAProgramThatIsNotThere) {
    ChildProcess child;
    const auto started = child.start({"no-such-program-here"}, {});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, support::ErrorCode::notFound);
    EXPECT_NE(started.error().message.find("no-such-program-here"), std::string::npos);
}

TEST(ChildProcess, PassesTermination) {
    ChildProcess child;
    // The child asks for it once it is ready to be told.
    ASSERT_TRUE(child.start({"sh", "-c", "trap 'exit 5' TERM; kill -TERM $PPID; while :; do sleep 0.05; done"}, {}));
    EXPECT_EQ(child.wait(), 5);
}

TEST(ChildProcess, LeavesAnInterruptToTheChild) {
    ChildProcess child;
    // The child has the usual way with signals: it ends by this one, and this program does not.
    ASSERT_TRUE(child.start({"sh", "-c", "kill -INT $PPID; sleep 0.1; kill -INT $$; sleep 5; exit 3"}, {}));
    EXPECT_EQ(child.wait(), 128 + SIGINT);
}

}  // namespace
}  // namespace turntable::cli
