#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "recorder/screen/observe.h"

namespace turntable::screen {
namespace {

namespace fs = std::filesystem;
using support::ErrorCode;

/// A folder of its own, removed afterwards: `root/` may be read, what lies beside it may not.
class LinkedFiles : public ::testing::Test {
protected:
    void SetUp() override {
        m_folder = fs::temp_directory_path() / ("linked-files-" + std::to_string(std::random_device{}()));
        fs::create_directories(m_folder / "root/.playwright-mcp");
        write("root/.playwright-mcp/page.yml", "- main [ref=e1]\n");
        write("root/notes.txt", "private");
        write("secret.yml", "secret");
    }
    void TearDown() override { fs::remove_all(m_folder); }

    void write(const std::string& name, const std::string& content) { std::ofstream(m_folder / name) << content; }
    [[nodiscard]] LinkedFileSource source() const { return linkedFilesBelow({(m_folder / "root").string()}); }
    [[nodiscard]] ErrorCode failure(const std::string& path) const {
        const auto content = source()(path);
        EXPECT_FALSE(content.ok()) << path;
        return content.ok() ? ErrorCode::internal : content.error().code;
    }

    fs::path m_folder;
};

TEST_F(LinkedFiles, ReadsRelativeAndAbsoluteLinksBelowARoot) {
    const auto relative = source()(".playwright-mcp/page.yml");
    ASSERT_TRUE(relative) << relative.error().message;
    EXPECT_EQ(*relative, "- main [ref=e1]\n");
    EXPECT_TRUE(source()((m_folder / "root/.playwright-mcp/page.yml").string()).ok());
}

TEST_F(LinkedFiles, RefusesWhatLiesOutside) {
    EXPECT_EQ(failure("../secret.yml"), ErrorCode::invalidArgument);
    EXPECT_EQ(failure(".playwright-mcp/../../secret.yml"), ErrorCode::invalidArgument);
    EXPECT_EQ(failure((m_folder / "secret.yml").string()), ErrorCode::invalidArgument);
    EXPECT_EQ(failure("notes.txt"), ErrorCode::invalidArgument);
    EXPECT_EQ(failure("/tmp/macos-use/../../etc/passwd.txt"), ErrorCode::invalidArgument);
    EXPECT_EQ(failure("/tmp/macos-use/picture.png"), ErrorCode::invalidArgument);
    EXPECT_EQ(failure(""), ErrorCode::invalidArgument);
    EXPECT_EQ(failure(std::string("a\0b.yml", 7)), ErrorCode::invalidArgument);
}

TEST_F(LinkedFiles, RefusesSymbolicLinksThatLeadOutside) {
    fs::create_symlink(m_folder / "secret.yml", m_folder / "root/inside.yml");
    EXPECT_EQ(failure("inside.yml"), ErrorCode::invalidArgument);
}

TEST_F(LinkedFiles, RefusesFoldersAndHugeFiles) {
    fs::create_directory(m_folder / "root/folder.yml");
    EXPECT_EQ(failure("folder.yml"), ErrorCode::invalidArgument);
    write("root/huge.yml", "");
    fs::resize_file(m_folder / "root/huge.yml", 32U * 1024U * 1024U + 1U);
    EXPECT_EQ(failure("huge.yml"), ErrorCode::limitExceeded);
}

TEST_F(LinkedFiles, SaysWhatIsMissing) {
    const auto content = source()("gone.yml");
    ASSERT_FALSE(content.ok());
    EXPECT_EQ(content.error().code, ErrorCode::notFound);
    EXPECT_EQ(content.error().message, "linked file gone.yml not found");
    EXPECT_EQ(failure("/tmp/macos-use/0_no_such_file_of_a_test.txt"), ErrorCode::notFound);
}

}  // namespace
}  // namespace turntable::screen
