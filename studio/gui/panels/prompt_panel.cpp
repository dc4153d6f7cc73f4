#include "studio/gui/panels/prompt_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "studio/gui/format.h"
#include "studio/gui/models/prompt_parts_model.h"
#include "studio/gui/readable.h"
#include "studio/gui/session_view.h"
#include "studio/gui/widgets/controls.h"
#include "studio/gui/widgets/delegates.h"

namespace turntable::panels {

using gui::toQString;
using models::PromptPartsModel;

PromptPanel::PromptPanel(gui::SessionView& view, QWidget* parent)
    : QWidget(parent),
      m_view(view),
      m_model(new PromptPartsModel(this)),
      m_origin(new QLabel(this)),
      m_tabs(new QTabWidget(this)),
      m_parts(new QTableView(this)),
      m_text(new widgets::CodeView(tr("Text of the selected part"), this)),
      m_stack(nullptr),
      m_request(new widgets::CodeView(tr("Request body"), this)),
      m_response(new widgets::CodeView(tr("Reply body"), this)) {
    m_stack = new widgets::OrEmpty(makeParts(), this);
    m_tabs->setDocumentMode(true);
    m_tabs->tabBar()->setAccessibleName(tr("Prompt, request and reply"));
    m_tabs->addTab(m_stack, tr("Prompt parts"));
    m_tabs->addTab(m_request, tr("Request"));
    m_tabs->addTab(m_response, tr("Reply"));
    const QString exact = tr("laid out for reading; `turntable raw` gives the bytes as they are");
    m_tabs->setTabToolTip(1, exact);
    m_tabs->setTabToolTip(2, exact);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_origin);
    column->addWidget(m_tabs);
    m_origin->setAccessibleName(tr("What the bytes are"));
    m_origin->setWordWrap(true);
    m_origin->setForegroundRole(QPalette::PlaceholderText);
    m_origin->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_origin->setContentsMargins(6, 2, 6, 2);

    connect(m_tabs, &QTabWidget::currentChanged, this, &PromptPanel::fillTab);
    connect(&view, &gui::SessionView::inspectedChanged, this, &PromptPanel::showTurn);
    connect(m_parts->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& index) { showPart(index.row()); });
    showTurn();
}

namespace {

// What the bytes of a turn are, where they are not those of the wire.
QString originOf(const gui::TurnDetail& detail) {
    QStringList lines;
    if (!detail.provenance.empty()) lines << PromptPanel::tr("Bytes: %1.").arg(toQString(detail.provenance));
    if (detail.redactedInRequest + detail.redactedInReply > 0) {
        lines << PromptPanel::tr("Secrets replaced before they were stored: %1 in the request, %2 in the reply.")
                     .arg(detail.redactedInRequest)
                     .arg(detail.redactedInReply);
    }
    return lines.join(QLatin1Char(' '));
}

}  // namespace

QWidget* PromptPanel::makeParts() {
    m_parts->setModel(m_model);
    m_parts->setItemDelegateForColumn(PromptPartsModel::sectionColumn, new widgets::SectionDelegate(m_parts));
    m_parts->setAccessibleName(tr("Parts of the prompt"));
    m_parts->setFrameShape(QFrame::NoFrame);
    m_parts->setShowGrid(false);
    m_parts->setTabKeyNavigation(false);
    m_parts->setWordWrap(false);
    m_parts->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_parts->setSelectionMode(QAbstractItemView::SingleSelection);
    m_parts->verticalHeader()->hide();
    m_parts->verticalHeader()->setDefaultSectionSize(m_parts->fontMetrics().height() + 6);
    QHeaderView* header = m_parts->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setMinimumSectionSize(m_parts->fontMetrics().averageCharWidth() * 5);
    header->setSectionResizeMode(PromptPartsModel::partColumn, QHeaderView::Stretch);
    const int character = m_parts->fontMetrics().averageCharWidth();
    m_parts->setColumnWidth(PromptPartsModel::sectionColumn, character * 13);
    m_parts->setColumnWidth(PromptPartsModel::tokensColumn, character * 10);
    m_parts->setColumnWidth(PromptPartsModel::newColumn, character * 7);
    widgets::copyRowsOf(m_parts);

    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_parts);
    splitter->addWidget(m_text);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    return splitter;
}

int PromptPanel::startingPart() const {
    const auto& parts = m_view.inspected()->parts;
    int best = parts.empty() ? -1 : 0;
    std::int64_t most = -1;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const std::int64_t tokens = parts[part].part.tokens.tokens.value_or(0);
        if (!parts[part].isNew || tokens <= most) continue;
        most = tokens;
        best = static_cast<int>(part);
    }
    return best;
}

void PromptPanel::showTurn() {
    m_model->setTurn(m_view.inspected());
    m_text->clear();
    if (m_model->rowCount() > 0) {
        m_stack->showContent();
        m_parts->selectRow(startingPart());
        m_parts->scrollTo(m_parts->currentIndex(), QAbstractItemView::PositionAtCenter);
    } else {
        m_stack->showSentence(emptySentence());
    }
    const QString origin = m_view.inspected() ? originOf(*m_view.inspected()) : QString();
    m_origin->setText(origin);
    m_origin->setVisible(!origin.isEmpty());
    fillTab();
}

QString PromptPanel::emptySentence() const {
    if (!m_view.inspected()) return tr("No turn is selected.");
    const bool isEmpty = m_view.inspected()->request.empty();
    return isEmpty ? tr("Nothing of the request is stored.")
                   : tr("The request could not be read as a prompt. Its bytes are in the next tab.");
}

void PromptPanel::showPart(int row) {
    m_text->setPlainText(toQString(gui::readableLines(m_model->partText(row).toStdString())));
}

void PromptPanel::fillTab() {
    const auto& detail = m_view.inspected();
    const bool request = m_tabs->currentWidget() == m_request;
    const bool response = m_tabs->currentWidget() == m_response;
    m_request->setPlainText(request && detail ? toQString(detail->readableRequest) : QString());
    m_response->setPlainText(response && detail ? toQString(detail->readableResponse) : QString());
}

}  // namespace turntable::panels
