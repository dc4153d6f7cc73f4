#include "studio/gui/panels/comparison_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include "studio/gui/format.h"
#include "studio/gui/models/comparison_model.h"
#include "studio/gui/panels/action_text.h"
#include "studio/gui/panels/comparison_card.h"
#include "studio/gui/session_view.h"
#include "studio/gui/widgets/controls.h"
#include "studio/gui/widgets/delegates.h"

namespace turntable::panels {

using gui::toQString;
using models::ComparisonModel;

ComparisonPanel::ComparisonPanel(gui::SessionView& view, QWidget* parent)
    : QWidget(parent),
      m_view(view),
      m_model(new ComparisonModel(this)),
      m_content(new QWidget(this)),
      m_table(new QTableView(m_content)),
      m_answers(new QSplitter(Qt::Horizontal, m_content)),
      m_stack(new widgets::OrEmpty(m_content, this)) {
    setUpTable();
    auto* splitter = new QSplitter(Qt::Vertical, m_content);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(m_answers);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({480, 130});
    m_answers->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(m_content);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    column->addWidget(splitter, 1);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_stack);

    connect(&view, &gui::SessionView::comparisonChanged, this, &ComparisonPanel::showComparison);
    connect(&view, &gui::SessionView::turnChanged, this, &ComparisonPanel::showTurn);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& index) { selectTurnOf(index.row()); });
    showComparison();
}

void ComparisonPanel::setUpTable() {
    m_table->setModel(m_model);
    m_table->setItemDelegate(new widgets::ComparisonDelegate(m_table));
    m_table->setAccessibleName(tr("Turns and runs"));
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->verticalHeader()->hide();
    // Two lines: the figure and its difference.
    m_table->verticalHeader()->setDefaultSectionSize(2 * m_table->fontMetrics().height() + 6);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setMinimumSectionSize(m_table->fontMetrics().averageCharWidth() * 6);
    widgets::copyRowsOf(m_table);
}

void ComparisonPanel::focusTable() { m_table->setFocus(); }

void ComparisonPanel::showComparison() {
    {
        const QSignalBlocker blocker(m_table->selectionModel());
        m_model->setComparison(m_view.comparison());
    }
    const auto& comparison = m_view.comparison();
    if (!comparison || comparison->turns.empty()) {
        return m_stack->showSentence(comparison ? tr("This session has no turns to compare.")
                                                : tr("No session is open."));
    }
    if (comparison->runs.empty()) {
        return m_stack->showSentence(
            tr("No runs of this session yet.\n\nMake one:\nturntable replay %1 --against simulated:m2-base")
                .arg(toQString(comparison->session.name)));
    }
    buildCards();
    buildAnswers();
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(ComparisonModel::kActionColumn, QHeaderView::Stretch);
    m_stack->showContent();
    showTurn();
}

void ComparisonPanel::buildCards() {
    delete m_cards;
    const auto& comparison = *m_view.comparison();
    m_cards = new QWidget(m_content);
    auto* row = new QHBoxLayout(m_cards);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(
        new ComparisonCard(tr("Recorded"), comparison.session, comparison.recorded, CardKind::recording, m_cards), 1);
    for (std::size_t run = 0; run < comparison.runs.size() && run < comparison.totals.size(); ++run) {
        row->addWidget(new ComparisonCard(ComparisonModel::runLetter(static_cast<int>(run)), comparison.runs[run],
                                          comparison.totals[run], CardKind::run, m_cards),
                       1);
    }
    static_cast<QVBoxLayout*>(m_content->layout())->insertWidget(0, m_cards);
}

void ComparisonPanel::buildAnswers() {
    const auto& comparison = *m_view.comparison();
    while (m_answers->count() > 0) delete m_answers->widget(0);
    m_documents.clear();
    const auto add = [this](const QString& title) {
        auto* box = new QWidget(m_answers);
        auto* column = new QVBoxLayout(box);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        column->addWidget(widgets::makeTitle(title, box));
        auto* document = new widgets::DocumentView(tr("Answer of %1").arg(title), box);
        column->addWidget(document, 1);
        m_answers->addWidget(box);
        m_documents.push_back(document);
    };
    add(tr("Recorded"));
    for (std::size_t run = 0; run < comparison.runs.size(); ++run)
        add(ComparisonModel::runLetter(static_cast<int>(run)));
}

void ComparisonPanel::selectTurnOf(int row) {
    const diff::ComparedTurn* compared = m_model->turnAt(row);
    if (compared) {
        // The open session is the recording or one of the runs: whichever of the row's turns it has.
        m_view.selectTurnById(compared->recorded.id);
        for (const diff::Cell& cell : compared->cells) {
            if (cell.turn) m_view.selectTurnById(cell.turn->id);
        }
    }
    showAnswers();
}

void ComparisonPanel::showTurn() {
    if (m_stack->empty() || !m_view.turn()) return;
    const int row = m_model->rowOf(m_view.turn()->id);
    if (row < 0 || row == m_table->currentIndex().row()) return showAnswers();
    {
        const QSignalBlocker blocker(m_table->selectionModel());
        m_table->setCurrentIndex(m_model->index(row, 0));
        m_table->selectRow(row);
    }
    m_table->viewport()->update();
    showAnswers();
}

void ComparisonPanel::showAnswers() {
    const diff::ComparedTurn* compared = m_model->turnAt(m_table->currentIndex().row());
    for (std::size_t at = 0; at < m_documents.size(); ++at) {
        widgets::DocumentView& document = *m_documents[at];
        document.clear();
        if (!compared) continue;
        const bool recorded = at == 0;
        const model::Turn* turn = recorded ? &compared->recorded : nullptr;
        if (!recorded && at - 1 < compared->cells.size() && compared->cells[at - 1].turn)
            turn = &*compared->cells[at - 1].turn;
        if (!turn) {
            document.addText(tr("This run has no such turn."));
            continue;
        }
        if (!turn->error.empty()) document.addText(toQString(turn->error));
        if (!turn->text.empty()) document.addText(toQString(turn->text));
        writeActions(document, *turn, {});
        if (document.document()->isEmpty()) document.addText(gui::describeTurn(*turn));
        document.moveCursor(QTextCursor::Start);
    }
}

}  // namespace turntable::panels
