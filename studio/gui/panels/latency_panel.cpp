#include "studio/gui/panels/latency_panel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

#include "studio/gui/format.h"
#include "studio/gui/models/latency_model.h"
#include "studio/gui/session_view.h"
#include "studio/gui/theme.h"
#include "studio/gui/widgets/controls.h"

namespace turntable::panels {

using gui::toQString;
using models::LatencyModel;

LatencyPanel::LatencyPanel(gui::SessionView& view, QWidget* parent)
    : QWidget(parent),
      m_view(view),
      m_model(new LatencyModel(this)),
      m_verdict(new QLabel(this)),
      m_table(new QTableView(this)),
      m_tokens(new QLabel(this)) {
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Latency of the turn"));
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 5);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_table->setSizeAdjustPolicy(QAbstractScrollArea::AdjustToContents);
    m_table->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    widgets::copyRowsOf(m_table);
    m_tokens->setForegroundRole(QPalette::PlaceholderText);
    m_tokens->setWordWrap(true);
    // A splitter does not ask how high wrapped text is: two lines always have room.
    m_tokens->setMinimumHeight(2 * m_tokens->fontMetrics().lineSpacing());
    m_tokens->setAlignment(Qt::AlignLeft | Qt::AlignTop);

    auto* top = new QHBoxLayout;
    top->addWidget(widgets::makeTitle(tr("Latency"), this));
    top->addStretch(1);
    top->addWidget(m_verdict);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(top);
    column->addWidget(m_table);
    column->addWidget(m_tokens);
    connect(&view, &gui::SessionView::turnChanged, this, &LatencyPanel::showTurn);
    connect(&view, &gui::SessionView::inspectedChanged, this, &LatencyPanel::showTurn);
    showTurn();
}

void LatencyPanel::showTurn() {
    const model::Turn* turn = m_view.turn();
    const auto& detail = m_view.inspected();
    const bool isRead = turn && detail && detail->turn.id == turn->id;
    m_model->setTurn(turn, isRead ? turns::decodeShares(detail->reply) : turns::DecodeShares{});
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() +
                            m_model->rowCount() * m_table->verticalHeader()->defaultSectionSize() +
                            2 * m_table->frameWidth());
    m_verdict->clear();
    m_tokens->clear();
    if (!turn) return;
    if (turn->latency.total) {
        const model::Verdict verdict = model::verdictOf(*turn->latency.total);
        m_verdict->setText(gui::verdictMark(verdict) + QLatin1Char(' ') + toQString(model::verdictName(verdict)));
        QPalette colours = palette();
        colours.setColor(QPalette::WindowText, gui::Theme::of(palette()).verdict(verdict));
        m_verdict->setPalette(colours);
    }
    QString tokens = tr("%1 tokens in, %2 cached, %3 out")
                         .arg(gui::formatTokens(turn->tokens.input), gui::formatTokens(turn->tokens.cached),
                              gui::formatTokens(turn->tokens.output));
    if (turn->latency.source == model::TimeSource::simulated) tokens += tr(" · simulated");
    m_tokens->setText(tokens);
    m_tokens->setToolTip(tr("in: %1\ncached: %2\nout: %3")
                             .arg(gui::basisSentence(turn->tokens.input), gui::basisSentence(turn->tokens.cached),
                                  gui::basisSentence(turn->tokens.output)));
}

void LatencyPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) showTurn();
}

}  // namespace turntable::panels
