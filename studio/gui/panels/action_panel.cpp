#include "studio/gui/panels/action_panel.h"

#include <QVBoxLayout>

#include "studio/gui/panels/action_text.h"
#include "studio/gui/session_view.h"
#include "studio/gui/widgets/controls.h"

namespace turntable::panels {

ActionPanel::ActionPanel(gui::SessionView& view, QWidget* parent)
    : QWidget(parent), m_view(view), m_document(new widgets::DocumentView(tr("Action and result"), this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(widgets::makeTitle(tr("Action and result"), this));
    column->addWidget(m_document, 1);
    connect(&view, &gui::SessionView::inspectedChanged, this, &ActionPanel::showTurn);
    showTurn();
}

void ActionPanel::showTurn() {
    m_document->clear();
    if (m_view.inspected()) writeTurn(*m_document, *m_view.inspected());
    m_document->moveCursor(QTextCursor::Start);
}

}  // namespace turntable::panels
