#include "recorder/logs/log_lines.h"

#include "tests/recorder/logs/logs_fixture.h"

namespace turntable::logs {
namespace {

using LogLinesTest = testing::Imports;

TEST_F(LogLinesTest, GivesLinesWithTheirPlaces) {
    auto file = LogFile::open(write("a",
                                    "\xef\xbb\xbf"
                                    "one\r\n\ntwo\nlast"));
    ASSERT_TRUE(file);
    LogLines lines(*file, 100);
    std::string seen;
    for (auto line = lines.next().value(); line; line = lines.next().value()) {
        seen += std::to_string(line->number) + "@" + std::to_string(line->offset) + ":" + std::string(line->text) +
                (line->ended ? ";" : " (cut)");
        EXPECT_EQ(file->read({static_cast<std::size_t>(line->offset), line->text.size()}).value(), line->text);
    }
    EXPECT_EQ(seen, "1@3:one;2@8:;3@9:two;4@13:last (cut)");
    EXPECT_EQ(lines.bytesRead(), file->size());
}

TEST_F(LogLinesTest, PassesOverALineThatIsTooLong) {
    const std::string longLine(3U << 20U, 'x');
    auto file = LogFile::open(write("a", "one\n" + longLine + "\ntwo\n"));
    ASSERT_TRUE(file);
    LogLines lines(*file, 1U << 20U);
    EXPECT_EQ(lines.next().value()->text, "one");
    const auto tooLong = lines.next().value();
    EXPECT_TRUE(tooLong->tooLong);
    EXPECT_EQ(tooLong->text, "");
    const auto after = lines.next().value();
    EXPECT_EQ(after->text, "two");
    EXPECT_EQ(after->number, 3U);
    EXPECT_FALSE(lines.next().value());
}

TEST_F(LogLinesTest, JoinsALineThatIsReadInPieces) {
    std::string text;
    for (int i = 0; i < 3; ++i) text += std::string((1U << 20U) - 5, static_cast<char>('a' + i)) + "\n";
    auto file = LogFile::open(write("a", text));
    ASSERT_TRUE(file);
    LogLines lines(*file, kMaxEntryBytes);
    std::string joined;
    for (auto line = lines.next().value(); line; line = lines.next().value()) joined += std::string(line->text) + "\n";
    EXPECT_TRUE(joined == text);
}

TEST_F(LogLinesTest, SaysWhyAFileCannotBeRead) {
    EXPECT_EQ(LogFile::open(m_folder / "none").error().code, support::ErrorCode::notFound);
    EXPECT_NE(LogFile::open(m_folder.path()).error().message.find("no file that can be read twice"), std::string::npos);
    auto file = LogFile::open(write("a", "short"));
    EXPECT_NE(file->read({3, 10}).error().message.find("became shorter"), std::string::npos);
}

}  // namespace
}  // namespace turntable::logs
