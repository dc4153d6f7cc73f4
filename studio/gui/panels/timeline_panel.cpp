#include "studio/gui/panels/timeline_panel.h"

#include <QVBoxLayout>

#include "studio/gui/session_view.h"
#include "studio/gui/widgets/controls.h"
#include "studio/gui/widgets/timeline_widget.h"

namespace turntable::panels {

TimelinePanel::TimelinePanel(gui::SessionView& view, QWidget* parent)
    : QWidget(parent),
      m_view(view),
      m_timeline(new widgets::TimelineWidget(this)),
      m_stack(new widgets::OrEmpty(m_timeline, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);
    connect(&view, &gui::SessionView::sessionChanged, this, &TimelinePanel::showSession);
    connect(&view, &gui::SessionView::turnChanged, this, &TimelinePanel::showTurn);
    connect(m_timeline, &widgets::TimelineWidget::turnActivated, this, [this](int row) { m_view.selectTurn(row); });
    showSession();
}

void TimelinePanel::focusTimeline() { m_timeline->setFocus(); }

void TimelinePanel::showSession() {
    m_timeline->setTurns(m_view.session() ? m_view.session()->turns : nullptr);
    showTurn();
    if (m_view.turnCount() > 0) return m_stack->showContent();
    m_stack->showSentence(m_view.session() ? tr("This session has no turns yet. They appear here as they come.")
                                           : tr("No session is open. Choose one on the left, or record one:\n"
                                                "turntable record --upstream http://127.0.0.1:8080"));
}

void TimelinePanel::showTurn() {
    if (m_timeline->current() != m_view.turnIndex()) m_timeline->setCurrent(m_view.turnIndex());
}

}  // namespace turntable::panels
