#pragma once

#include <QSize>
#include <QString>
#include <QStringList>
#include <filesystem>
#include <optional>

#include "storage/support/result.h"
#include "studio/gui/theme.h"

namespace turntable::gui {

enum class WindowView { session, compare, library };

/// What the command line of the studio asks for.
struct Options {
    std::optional<std::filesystem::path> store;  ///< empty: the user's own store
    QString picture;                             ///< file to paint the window into; empty: show it
    WindowView view = WindowView::session;
    QSize size{1280, 800};
    ThemeChoice theme = ThemeChoice::system;
    int turn = 0;     ///< number of the turn to select; 0: the first
    QString session;  ///< id, name or "latest"; empty: the newest recording
    QStringList runs;
    bool help = false;
    bool version = false;
};

/// Reads a command line; the first argument is the program. Errors: invalidArgument with a sentence for the user.
[[nodiscard]] support::Result<Options> parseOptions(const QStringList& arguments);
/// The text of `--help`. Needs an application object.
[[nodiscard]] QString helpText();

}  // namespace turntable::gui
