#include "studio/gui/panels/screen_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTreeView>
#include <QVBoxLayout>

#include "studio/gui/format.h"
#include "studio/gui/models/screen_tree_model.h"
#include "studio/gui/session_view.h"
#include "studio/gui/widgets/controls.h"
#include "studio/gui/widgets/wireframe_widget.h"

namespace turntable::panels {

using gui::toQString;
using models::ScreenTreeModel;

ScreenPanel::ScreenPanel(gui::SessionView& view, QWidget* parent)
    : QWidget(parent),
      m_view(view),
      m_model(new ScreenTreeModel(this)),
      m_title(widgets::makeTitle(tr("Screen"), this)),
      m_detail(new widgets::ElidedLabel(this)),
      m_splitter(new QSplitter(this)),
      m_tree(new QTreeView(this)),
      m_wireframe(new widgets::WireframeWidget(this)),
      m_stack(new widgets::OrEmpty(m_splitter, this)) {
    m_tree->setModel(m_model);
    m_tree->setUniformRowHeights(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setIndentation(m_tree->fontMetrics().averageCharWidth() * 2);
    m_tree->setMouseTracking(true);
    m_tree->setAccessibleName(tr("Elements of the screen"));
    m_tree->setHeaderHidden(true);
    // Deep elements scroll into sight sideways instead of being cut.
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    widgets::copyRowsOf(m_tree);
    widgets::keepArrowKeys(m_tree);
    widgets::keepArrowKeys(m_wireframe);
    m_splitter->addWidget(m_tree);
    m_splitter->addWidget(m_wireframe);
    m_splitter->setChildrenCollapsible(false);
    m_detail->setForegroundRole(QPalette::PlaceholderText);

    auto* top = new QHBoxLayout;
    top->addWidget(m_title);
    top->addWidget(m_detail, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(top);
    column->addWidget(m_stack, 1);

    connect(&view, &gui::SessionView::inspectedChanged, this, &ScreenPanel::showTurn);
    connect(&view, &gui::SessionView::elementChanged, this, &ScreenPanel::showElement);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (index.isValid()) m_view.selectElement(ScreenTreeModel::elementOf(index));
    });
    connect(m_tree, &QTreeView::entered, this, &ScreenPanel::hoverIndex);
    connect(m_wireframe, &widgets::WireframeWidget::elementSelected, this,
            [this](int element) { m_view.selectElement(element); });
    connect(m_wireframe, &widgets::WireframeWidget::elementHovered, this,
            [this](int element) { m_view.hoverElement(element < 0 ? std::nullopt : std::optional(element)); });
    showTurn();
}

void ScreenPanel::hoverIndex(const QModelIndex& index) {
    m_view.hoverElement(index.isValid() ? std::optional(ScreenTreeModel::elementOf(index)) : std::nullopt);
}

void ScreenPanel::showTurn() {
    const auto detail = m_view.inspected();
    const bool known = detail && detail->screenBefore;
    // The screen lives as long as the turn that it is a part of.
    const auto screen = known ? std::shared_ptr<const model::Screen>(detail, &*detail->screenBefore) : nullptr;
    {
        const QSignalBlocker blocker(m_tree->selectionModel());
        m_model->setScreen(screen);
        m_wireframe->setScreen(screen);
    }
    m_title->setText(detail ? tr("Screen before turn %1").arg(detail->turn.number) : tr("Screen"));
    describeScreen(known ? detail->screenBefore : std::nullopt);
    if (known && !screen->elements.empty()) {
        m_tree->expandAll();
        const auto& actions = detail->turn.actions;
        const auto target = actions.empty() ? std::nullopt : actions.front().target;
        m_model->setTarget(target);
        m_wireframe->setTarget(target);
        return m_stack->showContent();
    }
    const QString note = detail && detail->turn.screen ? toQString(detail->turn.screen->note) : QString();
    m_stack->showSentence(!note.isEmpty() ? note
                          : !detail       ? tr("No turn is selected.")
                          : detail->turn.status == model::TurnStatus::open
                              ? tr("The answer is still coming. The screen is stored with it.")
                              : tr("This turn's prompt held no screen."));
}

void ScreenPanel::describeScreen(const std::optional<model::Screen>& screen) {
    if (!screen) return m_detail->setWhole({});
    QStringList pieces{tr("%1 elements").arg(gui::formatCount(static_cast<std::int64_t>(screen->elements.size())))};
    if (screen->truncation != model::Truncation::none) {
        pieces << tr("truncated: %1")
                      .arg(screen->truncationReason.empty() ? toQString(model::truncationName(screen->truncation))
                                                            : toQString(screen->truncationReason));
    }
    if (!screen->application.empty()) pieces << toQString(screen->application);
    if (!screen->location.empty()) pieces << toQString(screen->location);
    m_detail->setWhole(pieces.join(QStringLiteral(" · ")));
}

void ScreenPanel::showElement() {
    m_wireframe->setHovered(m_view.hovered());
    m_wireframe->setSelected(m_view.element());
    const QModelIndex index = m_model->indexOf(m_view.element().value_or(-1));
    if (index.row() == m_tree->currentIndex().row() && index.internalId() == m_tree->currentIndex().internalId() &&
        index.isValid() == m_tree->currentIndex().isValid()) {
        return;
    }
    const QSignalBlocker blocker(m_tree->selectionModel());
    m_tree->setCurrentIndex(index);
    revealInTree(index);
    m_tree->viewport()->update();
}

void ScreenPanel::revealInTree(const QModelIndex& index) {
    if (!index.isValid()) return;
    m_tree->scrollTo(index, QAbstractItemView::PositionAtCenter);
    // Sideways only as far as the line's beginning needs.
    QScrollBar* bar = m_tree->horizontalScrollBar();
    const int left = m_tree->visualRect(index).left() + bar->value();
    const int width = m_tree->viewport()->width();
    bar->setValue(left < width / 2 ? 0 : left - width / 4);
}

void ScreenPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const auto wanted = width() > height() * 3 / 2 ? Qt::Horizontal : Qt::Vertical;
    if (m_splitter->orientation() != wanted) m_splitter->setOrientation(wanted);
    revealInTree(m_tree->currentIndex());
}

}  // namespace turntable::panels
