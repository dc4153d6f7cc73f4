#include "studio/gui/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QFileDialog>
#include <QMenu>
#include <QMenuBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolBar>
#include <QVBoxLayout>
#include <algorithm>

#include "studio/gui/format.h"
#include "studio/gui/models/session_list_model.h"
#include "studio/gui/panels/action_panel.h"
#include "studio/gui/panels/comparison_panel.h"
#include "studio/gui/panels/headline_panel.h"
#include "studio/gui/panels/latency_panel.h"
#include "studio/gui/panels/library_panel.h"
#include "studio/gui/panels/prompt_panel.h"
#include "studio/gui/panels/screen_panel.h"
#include "studio/gui/panels/timeline_panel.h"
#include "studio/gui/widgets/controls.h"

namespace turntable::gui {

MainWindow::MainWindow(SessionView& view, ThemeChoice theme, QWidget* parent)
    : QMainWindow(parent),
      m_view(view),
      m_theme(theme),
      m_sessions(new models::SessionListModel(this)),
      m_banner(new widgets::Banner(this)),
      m_pages(new QStackedWidget(this)),
      m_viewActions(new QActionGroup(this)) {
    auto* library = new panels::LibraryPanel(view, *m_sessions, panels::LibraryPanel::Form::table, this);
    m_comparison = new panels::ComparisonPanel(view, this);
    // In the order of WindowView.
    m_pages->addWidget(makeSessionPage());
    m_pages->addWidget(m_comparison);
    m_pages->addWidget(library);
    auto* content = new QWidget(this);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addWidget(m_pages, 1);
    setCentralWidget(content);
    makeMenus();
    resize(1280, 800);
    showTitle();

    connect(library, &panels::LibraryPanel::sessionChosen, this, [this] { showView(WindowView::session); });
    connect(m_list, &panels::LibraryPanel::sessionChosen, this, [this] { m_timeline->focusTimeline(); });
    connect(&view, &SessionView::failed, m_banner, &widgets::Banner::showSentence);
    connect(&view, &SessionView::recovered, m_banner, &QWidget::hide);
    connect(&view, &SessionView::sessionChanged, this, &MainWindow::showTitle);
    connect(&view, &SessionView::sessionChanged, this, &MainWindow::fitTimeline);
    showView(WindowView::session);
}

QWidget* MainWindow::makeSessionPage() {
    m_list = new panels::LibraryPanel(m_view, *m_sessions, panels::LibraryPanel::Form::list, this);
    m_timeline = new panels::TimelinePanel(m_view, this);
    auto* actionColumn = new QSplitter(Qt::Vertical, this);
    actionColumn->setChildrenCollapsible(false);
    actionColumn->addWidget(new panels::ActionPanel(m_view, this));
    actionColumn->addWidget(new panels::LatencyPanel(m_view, this));
    actionColumn->setStretchFactor(0, 1);
    actionColumn->setStretchFactor(1, 0);

    auto* details = new QSplitter(Qt::Horizontal, this);
    details->setChildrenCollapsible(false);
    details->setHandleWidth(10);
    details->addWidget(new panels::ScreenPanel(m_view, this));
    details->addWidget(new panels::PromptPanel(m_view, this));
    details->addWidget(actionColumn);
    details->setSizes({370, 370, 310});

    m_rows = new QSplitter(Qt::Vertical, this);
    m_rows->setChildrenCollapsible(false);
    m_rows->setHandleWidth(8);
    m_rows->addWidget(m_timeline);
    m_rows->addWidget(details);
    m_rows->setStretchFactor(0, 2);
    m_rows->setStretchFactor(1, 3);

    auto* session = new QWidget(this);
    auto* column = new QVBoxLayout(session);
    column->setContentsMargins(4, 0, 8, 8);
    column->setSpacing(4);
    column->addWidget(new panels::HeadlinePanel(m_view, session));
    column->addWidget(m_rows, 1);

    auto* page = new QSplitter(Qt::Horizontal, this);
    page->setHandleWidth(6);
    page->addWidget(m_list);
    page->addWidget(session);
    page->setStretchFactor(1, 1);
    page->setSizes({210, 1070});
    return page;
}

void MainWindow::makeMenus() {
    makeFileMenu();
    makeTurnMenu();
    makeViewMenu();
}

void MainWindow::makeFileMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    QAction* open = menu->addAction(tr("&Open store…"), this, &MainWindow::chooseStore);
    open->setShortcut(QKeySequence::Open);
    QAction* refresh = menu->addAction(tr("&Refresh"), &m_view, &SessionView::refresh);
    refresh->setShortcut(QKeySequence(Qt::Key_F5));
    menu->addSeparator();
    QAction* quit = menu->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);
}

QAction* MainWindow::addStep(QMenu& menu, const QString& text, const QList<QKeySequence>& keys,
                             void (SessionView::*step)()) {
    QAction* action = menu.addAction(text, &m_view, step);
    action->setShortcuts(keys);
    return action;
}

void MainWindow::makeTurnMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&Turn"));
    addStep(*menu, tr("&Next turn"), {QKeySequence(Qt::Key_Right), QKeySequence(Qt::ALT | Qt::Key_Right)},
            &SessionView::selectNextTurn);
    addStep(*menu, tr("&Previous turn"), {QKeySequence(Qt::Key_Left), QKeySequence(Qt::ALT | Qt::Key_Left)},
            &SessionView::selectPreviousTurn);
    addStep(*menu, tr("&First turn"), {QKeySequence(Qt::Key_Home), QKeySequence(Qt::ALT | Qt::Key_Home)},
            &SessionView::selectFirstTurn);
    addStep(*menu, tr("&Last turn"), {QKeySequence(Qt::Key_End), QKeySequence(Qt::ALT | Qt::Key_End)},
            &SessionView::selectLastTurn);
}

void MainWindow::makeViewMenu() {
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    auto* bar = addToolBar(tr("Views"));
    bar->setMovable(false);
    // Fusion frames a tool bar in a tone that glares in the dark.
    bar->setStyleSheet(QStringLiteral("QToolBar { border: 0; padding: 2px; spacing: 2px; }"));
    bar->setToolButtonStyle(Qt::ToolButtonTextOnly);
    bar->toggleViewAction()->setVisible(false);
    const QStringList names{tr("&Session"), tr("&Compare"), tr("&Library")};
    for (int at = 0; at < names.size(); ++at) {
        QAction* action = menu->addAction(names[at], this, [this, at] { showView(static_cast<WindowView>(at)); });
        action->setCheckable(true);
        action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + at)));
        action->setToolTip(QStringLiteral("%1 (%2)").arg(QString(names[at]).remove(QLatin1Char('&')),
                                                         action->shortcut().toString(QKeySequence::NativeText)));
        m_viewActions->addAction(action);
        bar->addAction(action);
    }
    menu->addSeparator();
    QAction* list = menu->addAction(tr("Session &list"), m_list, &QWidget::setVisible);
    list->setCheckable(true);
    list->setChecked(true);
    list->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_L));
    makeThemeMenu(*menu->addMenu(tr("&Theme")));
}

void MainWindow::makeThemeMenu(QMenu& menu) {
    auto* group = new QActionGroup(this);
    const QStringList names{tr("As the &system"), tr("&Light"), tr("&Dark")};
    for (int at = 0; at < names.size(); ++at) {
        const auto choice = static_cast<ThemeChoice>(at);
        QAction* action = menu.addAction(names[at], this, [choice] { applyTheme(*qApp, choice); });
        action->setCheckable(true);
        action->setChecked(choice == m_theme);
        group->addAction(action);
    }
}

void MainWindow::showView(WindowView view) {
    m_pages->setCurrentIndex(static_cast<int>(view));
    m_viewActions->actions()[static_cast<int>(view)]->setChecked(true);
    if (view == WindowView::session) m_timeline->focusTimeline();
    if (view == WindowView::compare) m_comparison->focusTable();
}

WindowView MainWindow::currentView() const { return static_cast<WindowView>(m_pages->currentIndex()); }

void MainWindow::chooseStore() {
    auto* dialog =
        new QFileDialog(this, tr("Open store"), QString::fromStdString(m_view.storePath().parent_path().string()),
                        tr("Turntable stores (*.db);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, &m_view,
            [this](const QString& file) { m_view.openStore(std::filesystem::path(file.toStdString())); });
    dialog->open();
}

void MainWindow::fitTimeline() {
    if (!m_view.session() || m_view.session()->session.id == m_fitted) return;
    m_fitted = m_view.session()->session.id;
    constexpr int kLargestPercent = 42;
    const int height = std::max(m_rows->height(), 1);
    const int timeline = std::min(m_timeline->sizeHint().height(), height * kLargestPercent / 100);
    m_rows->setSizes({timeline, height - timeline});
}

void MainWindow::showTitle() {
    const QString store = QString::fromStdString(m_view.storePath().filename().string());
    const QString session = m_view.session() ? toQString(m_view.session()->session.name) : QString();
    setWindowTitle(session.isEmpty() ? tr("Turntable") : tr("%1 – %2 – Turntable").arg(session, store));
}

}  // namespace turntable::gui
