#pragma once

#include <QMainWindow>

#include "studio/gui/options.h"
#include "studio/gui/session_view.h"

class QActionGroup;
class QSplitter;
class QStackedWidget;

namespace turntable::models {
class SessionListModel;
}
namespace turntable::panels {
class ComparisonPanel;
class LibraryPanel;
class TimelinePanel;
}  // namespace turntable::panels
namespace turntable::widgets {
class Banner;
}

namespace turntable::gui {

/// Arranges the panels and their menus; knows what is where, and nothing of what they show. GUI thread. `view` must
/// outlive it.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    MainWindow(SessionView& view, ThemeChoice theme, QWidget* parent = nullptr);

    void showView(WindowView view);
    [[nodiscard]] WindowView currentView() const;
    [[nodiscard]] const widgets::Banner& banner() const { return *m_banner; }

private:
    QWidget* makeSessionPage();
    void makeMenus();
    void makeFileMenu();
    void makeTurnMenu();
    void makeViewMenu();
    void makeThemeMenu(QMenu& menu);
    QAction* addStep(QMenu& menu, const QString& text, const QList<QKeySequence>& keys, void (SessionView::*step)());
    void chooseStore();
    void showTitle();
    /// Gives the timeline of a session that has just been opened as much height as its turns need, within reason.
    void fitTimeline();

    SessionView& m_view;
    ThemeChoice m_theme;
    models::SessionListModel* m_sessions;
    widgets::Banner* m_banner;
    QStackedWidget* m_pages;
    panels::LibraryPanel* m_list = nullptr;
    panels::TimelinePanel* m_timeline = nullptr;
    panels::ComparisonPanel* m_comparison = nullptr;
    QActionGroup* m_viewActions;
    QSplitter* m_rows = nullptr;  ///< timeline above, details below
    support::SessionId m_fitted;  ///< the session that the timeline was last fitted to
};

}  // namespace turntable::gui
