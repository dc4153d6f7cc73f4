#pragma once

#include <QWidget>

class QAbstractItemView;
class QListView;
class QTableView;

namespace turntable::gui {
class SessionView;
}
namespace turntable::models {
class SessionListModel;
}
namespace turntable::widgets {
class OrEmpty;
}

namespace turntable::panels {

/// The sessions of the store: a narrow list beside a session, or a table of its own. GUI thread.
class LibraryPanel : public QWidget {
    Q_OBJECT

public:
    enum class Form { list, table };
    LibraryPanel(gui::SessionView& view, models::SessionListModel& model, Form form, QWidget* parent = nullptr);

Q_SIGNALS:
    /// The user wants to look at the session that has just been opened.
    void sessionChosen();

private:
    QAbstractItemView* makeList();
    QAbstractItemView* makeTable();
    void showLibrary();
    void markOpenSession();

    gui::SessionView& m_view;
    models::SessionListModel& m_model;
    QAbstractItemView* m_items;
    widgets::OrEmpty* m_stack;
};

}  // namespace turntable::panels
