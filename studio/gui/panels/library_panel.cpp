#include "studio/gui/panels/library_panel.h"

#include <QHeaderView>
#include <QListView>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>

#include "studio/gui/models/session_list_model.h"
#include "studio/gui/session_view.h"
#include "studio/gui/widgets/controls.h"
#include "studio/gui/widgets/delegates.h"

namespace turntable::panels {

using models::SessionListModel;

LibraryPanel::LibraryPanel(gui::SessionView& view, SessionListModel& model, Form form, QWidget* parent)
    : QWidget(parent), m_view(view), m_model(model), m_items(form == Form::list ? makeList() : makeTable()) {
    m_items->setModel(&model);
    m_items->setSelectionMode(QAbstractItemView::SingleSelection);
    m_items->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_items->setAccessibleName(form == Form::list ? tr("Sessions") : tr("Table of sessions"));
    widgets::copyRowsOf(m_items);
    m_stack = new widgets::OrEmpty(m_items, this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(form == Form::list ? QMargins(8, 8, 0, 8) : QMargins(8, 8, 8, 8));
    column->setSpacing(4);
    column->addWidget(widgets::makeTitle(tr("Sessions"), this));
    column->addWidget(m_stack, 1);

    connect(m_items->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (index.isValid()) m_view.openSession(m_model.sessionAt(index.row()));
    });
    connect(m_items, &QAbstractItemView::activated, this, &LibraryPanel::sessionChosen);
    connect(&view, &gui::SessionView::libraryChanged, this, &LibraryPanel::showLibrary);
    connect(&view, &gui::SessionView::storeChanged, this, &LibraryPanel::showLibrary);
    connect(&view, &gui::SessionView::sessionChanged, this, &LibraryPanel::markOpenSession);
    showLibrary();
}

QAbstractItemView* LibraryPanel::makeList() {
    auto* list = new QListView(this);
    list->setItemDelegate(new widgets::SessionDelegate(list));
    list->setFrameShape(QFrame::NoFrame);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    return list;
}

QAbstractItemView* LibraryPanel::makeTable() {
    auto* table = new QTableView(this);
    table->setFrameShape(QFrame::NoFrame);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setAlternatingRowColors(true);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    return table;
}

void LibraryPanel::showLibrary() {
    // A reset of the model takes the current row with it, which is not a wish of the user.
    const QSignalBlocker blocker(m_items->selectionModel());
    m_model.setSessions(m_view.library().sessions);
    markOpenSession();
    if (m_model.rowCount() > 0) return m_stack->showContent();
    m_stack->showSentence(m_view.libraryKnown()
                              ? tr("No sessions yet.\n\nRecord one:\nturntable record --upstream http://127.0.0.1:8080")
                              : tr("No store yet.\n\nRecord a session, or open a store with Ctrl+O."));
}

void LibraryPanel::markOpenSession() {
    const int row = m_view.session() ? m_model.rowOf(m_view.session()->session.id) : -1;
    const QSignalBlocker blocker(m_items->selectionModel());
    m_items->setCurrentIndex(m_model.index(row, 0));
    m_items->viewport()->update();
}

}  // namespace turntable::panels
