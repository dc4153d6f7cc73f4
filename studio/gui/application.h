#pragma once

#include <QTimer>
#include <memory>

#include "studio/gui/background.h"
#include "studio/gui/main_window.h"
#include "studio/gui/options.h"
#include "studio/gui/session_view.h"

class QApplication;

namespace turntable::gui {

/// Puts the studio together from its parts and runs it. GUI thread.
class Application : public QObject {
    Q_OBJECT

public:
    /// `application` must outlive it.
    Application(QApplication& application, Options options);

    /// Shows the window until it is closed, or paints it into a file. Returns the exit code: 0, or 1 when the store,
    /// the session or the picture failed; the reason is then on standard error.
    int run();

private:
    [[nodiscard]] int takePicture();
    int runWindow();
    static int complain(const QString& sentence);

    QApplication& m_application;
    Options m_options;
    std::unique_ptr<Background> m_background;
    std::unique_ptr<SessionView> m_view;
    std::unique_ptr<MainWindow> m_window;
    QTimer m_poll;
};

/// Why a window cannot be shown here, in a sentence; empty when it can. Reads the environment.
[[nodiscard]] QString whyNoDisplay();

}  // namespace turntable::gui
