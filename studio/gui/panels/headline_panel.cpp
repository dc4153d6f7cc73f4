#include "studio/gui/panels/headline_panel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QStringList>

#include "studio/gui/format.h"
#include "studio/gui/session_view.h"
#include "studio/gui/theme.h"
#include "studio/gui/widgets/controls.h"

namespace turntable::panels {

using gui::toQString;

HeadlinePanel::HeadlinePanel(gui::SessionView& view, QWidget* parent)
    : QFrame(parent),
      m_view(view),
      m_name(new QLabel(this)),
      m_detail(new QLabel(this)),
      m_mode(new widgets::Badge(this)),
      m_simulated(new widgets::Badge(tr("simulated"), this)),
      m_turns(new widgets::Figure(tr("turns"), this)),
      m_total(new widgets::Figure(tr("model time"), this)),
      m_prefill(new widgets::Figure(tr("prefill"), this)),
      m_decode(new widgets::Figure(tr("decode"), this)),
      m_input(new widgets::Figure(tr("input tokens"), this)),
      m_cached(new widgets::Figure(tr("cached"), this)),
      m_verdicts(new QLabel(this)) {
    QFont large = m_name->font();
    large.setPointSizeF(large.pointSizeF() * 1.35);
    large.setBold(true);
    m_name->setFont(large);
    m_detail->setForegroundRole(QPalette::PlaceholderText);
    // Long names give way to the figures.
    for (QLabel* label : {m_name, m_detail}) label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_simulated->setToolTip(tr("answers or times come from no real model"));

    auto* title = new QHBoxLayout;
    title->setSpacing(8);
    title->addWidget(m_name, 1);
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    words->addLayout(title);
    words->addWidget(m_detail);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(4, 6, 8, 6);
    row->setSpacing(18);
    row->addLayout(words, 1);
    row->addWidget(m_mode);
    row->addWidget(m_simulated);
    for (widgets::Figure* figure : {m_turns, m_total, m_prefill, m_decode, m_input, m_cached}) row->addWidget(figure);
    row->addWidget(m_verdicts);
    m_verdicts->setTextFormat(Qt::RichText);
    connect(&view, &gui::SessionView::sessionChanged, this, &HeadlinePanel::showSession);
    showSession();
}

void HeadlinePanel::showSession() {
    setVisible(m_view.session() != nullptr);
    if (!m_view.session()) return;
    const model::Session& session = m_view.session()->session;
    m_name->setText(toQString(session.name));
    m_name->setToolTip(toQString(session.name));
    QStringList details{session.model.empty() ? tr("model unknown") : toQString(session.model)};
    if (!session.endpoint.empty()) details << toQString(session.endpoint);
    details << gui::formatWhen(session.started);
    if (!session.note.empty()) details << toQString(session.note);
    if (const auto gaps = m_view.session()->gaps.size(); gaps > 0) {
        details << (gaps == 1 ? tr("1 gap in the recording") : tr("%1 gaps in the recording").arg(gaps));
    }
    m_detail->setText(details.join(QStringLiteral(" · ")));
    m_detail->setToolTip(details.join(QLatin1Char('\n')));
    m_mode->setText(gui::describeMode(session));
    m_mode->setVisible(session.mode != model::SessionMode::recording);
    m_simulated->setVisible(session.simulated);
    showTotals();
}

void HeadlinePanel::showTotals() {
    const diff::Totals& totals = m_view.session()->totals;
    const QString unknown = tr("the server did not say");
    const QString over = tr("over the turns that have the figure");
    m_turns->setValue(gui::formatCount(static_cast<std::int64_t>(totals.turns)),
                      tr("%1 of them with a measured total").arg(totals.turnsMeasured));
    m_total->setValue(gui::formatDuration(totals.total), totals.total ? over : unknown);
    m_prefill->setValue(gui::formatDuration(totals.prefill), totals.prefill ? over : unknown);
    m_decode->setValue(gui::formatDuration(totals.decode), totals.decode ? over : unknown);
    const QString sum = gui::formatCount(totals.inputTokens);
    m_input->setValue(totals.inputEstimated ? QStringLiteral("~") + sum : sum, totals.inputTokens ? over : unknown);
    m_cached->setValue(gui::formatShare(totals.cachedShare),
                       totals.cachedShare
                           ? tr("share of the input taken from the prefix cache, over the turns where it is known")
                           : unknown);
    const gui::Theme theme = gui::Theme::of(palette());
    QStringList marks;
    QStringList words;
    for (const auto verdict : {model::Verdict::fine, model::Verdict::workable, model::Verdict::unusable}) {
        const int count = totals.verdicts[static_cast<std::size_t>(verdict)];
        marks << QStringLiteral("<span style='color:%1'>%2 %3</span>")
                     .arg(theme.verdict(verdict).name(), QString(gui::verdictMark(verdict)), QString::number(count));
        words << QStringLiteral("%1 %2").arg(QString::number(count), toQString(model::verdictName(verdict)));
    }
    m_verdicts->setText(marks.join(QStringLiteral("&nbsp;&nbsp;")));
    m_verdicts->setToolTip(
        tr("%1\nfine: under 5 s, workable: up to 15 s, unusable: longer").arg(words.join(QStringLiteral(", "))));
    m_verdicts->setAccessibleName(words.join(QStringLiteral(", ")));
}

void HeadlinePanel::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_view.session()) showTotals();
}

}  // namespace turntable::panels
