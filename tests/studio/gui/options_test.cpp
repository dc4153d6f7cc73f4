#include "studio/gui/options.h"

#include <gtest/gtest.h>

namespace turntable::gui {
namespace {

support::Result<Options> parse(const char* line) {
    return parseOptions(
        QStringLiteral("turntable-studio %1").arg(QLatin1String(line)).split(QLatin1Char(' '), Qt::SkipEmptyParts));
}

TEST(Options, ReadsEverythingAtOnce) {
    const auto options =
        parse("--store a.db --picture p.png --view compare --size 1920x1080 --theme dark --turn 4 todo fast slow");
    ASSERT_TRUE(options.ok());
    EXPECT_EQ(options->store, std::filesystem::path("a.db"));
    EXPECT_EQ(options->picture, QStringLiteral("p.png"));
    EXPECT_EQ(options->view, WindowView::compare);
    EXPECT_EQ(options->size, QSize(1920, 1080));
    EXPECT_EQ(options->theme, ThemeChoice::dark);
    EXPECT_EQ(options->turn, 4);
    EXPECT_EQ(options->session, QStringLiteral("todo"));
    EXPECT_EQ(options->runs, QStringList({QStringLiteral("fast"), QStringLiteral("slow")}));
}

TEST(Options, NeedsNone) {
    const auto options = parse("");
    ASSERT_TRUE(options.ok());
    EXPECT_FALSE(options->store.has_value());
    EXPECT_TRUE(options->picture.isEmpty());
    EXPECT_EQ(options->size, QSize(1280, 800));
    EXPECT_EQ(options->view, WindowView::session);
}

TEST(Options, NamedRunsAreCompared) {
    EXPECT_EQ(parse("todo run")->view, WindowView::compare);
    EXPECT_EQ(parse("todo run --view session")->view, WindowView::session);
    EXPECT_EQ(parse("todo")->view, WindowView::session);
}

TEST(Options, SaysWhatIsWrong) {
    for (const char* line : {"--size 12", "--size 10x10", "--size 1280x99999", "--view nothing", "--theme pink",
                             "--turn 0", "--turn x", "--no-such-option", "--store"}) {
        const auto options = parse(line);
        ASSERT_FALSE(options.ok()) << line;
        EXPECT_EQ(options.error().code, support::ErrorCode::invalidArgument) << line;
        EXPECT_FALSE(options.error().message.empty()) << line;
    }
}

}  // namespace
}  // namespace turntable::gui
