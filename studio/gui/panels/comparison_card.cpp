#include "studio/gui/panels/comparison_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QStringList>
#include <QVBoxLayout>

#include "studio/gui/format.h"
#include "studio/gui/theme.h"
#include "studio/gui/widgets/controls.h"

namespace turntable::panels {

using gui::Theme;
using gui::toQString;

ComparisonCard::ComparisonCard(const QString& title, const model::Session& session, const diff::Totals& totals,
                               CardKind kind, QWidget* parent)
    : QFrame(parent), m_totals(totals), m_agreement(new QLabel(this)) {
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(widgets::makeTitle(title, this));
    auto* name = new QLabel(toQString(session.name), this);
    name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    name->setToolTip(toQString(session.name));
    head->addWidget(name, 1);
    // Cards with and without a badge stand in line.
    name->setMinimumHeight(fontMetrics().height() + 4);
    if (session.simulated) head->addWidget(new widgets::Badge(tr("simulated"), this));

    auto* detail = new QLabel(this);
    detail->setText(session.model.empty()
                        ? toQString(session.endpoint)
                        : toQString(session.model) + QStringLiteral(" · ") + toQString(session.endpoint));
    detail->setToolTip(detail->text() + QLatin1Char('\n') + toQString(session.note));
    detail->setForegroundRole(QPalette::PlaceholderText);
    detail->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    auto* figures = new QHBoxLayout;
    figures->setSpacing(16);
    const auto add = [&](const QString& caption, const QString& value) {
        auto* figure = new widgets::Figure(caption, this);
        figure->setValue(
            value, value == gui::kUnknown ? tr("the server did not say") : tr("over the turns that have the figure"));
        figures->addWidget(figure);
    };
    add(tr("total"), gui::formatDuration(totals.total));
    add(tr("prefill"), gui::formatDuration(totals.prefill));
    add(tr("decode"), gui::formatDuration(totals.decode));
    add(tr("cached"), gui::formatShare(totals.cachedShare));
    figures->addStretch(1);

    m_agreement->setTextFormat(Qt::RichText);
    m_agreement->setText(kind == CardKind::run ? agreementText() : tr("what the runs are measured against"));
    if (kind == CardKind::recording) m_agreement->setForegroundRole(QPalette::PlaceholderText);
    m_agreement->setObjectName(kind == CardKind::run ? QStringLiteral("agreement") : QString());
    m_agreement->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(detail);
    column->addLayout(figures);
    column->addWidget(m_agreement);
    setAccessibleName(tr("%1: %2").arg(title, toQString(session.name)));
}

QString ComparisonCard::agreementText() const {
    const Theme theme = Theme::of(palette());
    QStringList pieces;
    for (std::size_t at = 0; at < diff::kAgreementCount; ++at) {
        if (m_totals.agreement[at] == 0) continue;
        const auto agreement = static_cast<diff::Agreement>(at);
        pieces << QStringLiteral("<span style='color:%1'>%2&nbsp;%3&nbsp;%4</span>")
                      .arg(theme.agreement(agreement).name(), QString(gui::agreementMark(agreement)),
                           QString::number(m_totals.agreement[at]), gui::agreementWords(agreement));
    }
    return pieces.join(QStringLiteral("&nbsp;&nbsp; "));
}

void ComparisonCard::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_agreement->objectName().isEmpty())
        m_agreement->setText(agreementText());
}

void ComparisonCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme theme = Theme::of(palette());
    painter.setPen(theme.line());
    painter.setBrush(theme.card());
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

}  // namespace turntable::panels
