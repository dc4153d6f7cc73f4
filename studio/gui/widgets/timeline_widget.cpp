#include "studio/gui/widgets/timeline_widget.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStringList>
#include <QToolTip>
#include <algorithm>
#include <array>

#include "studio/gui/format.h"
#include "studio/gui/widgets/painting.h"

namespace turntable::widgets {

using gui::Theme;
using gui::toQString;

namespace {

constexpr int kRowsAtLeast = 4;
constexpr int kRowsHinted = 12;

QString timePartName(gui::TimePart part) {
    switch (part) {
        case gui::TimePart::queue: return TimelineWidget::tr("queue");
        case gui::TimePart::prefill: return TimelineWidget::tr("prefill");
        case gui::TimePart::decode: return TimelineWidget::tr("decode");
        case gui::TimePart::gap: return TimelineWidget::tr("gap");
        case gui::TimePart::unsplit: return TimelineWidget::tr("not split");
    }
    return {};
}

}  // namespace

TimelineWidget::TimelineWidget(QWidget* parent) : QAbstractScrollArea(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Turn timeline"));
    viewport()->setMouseTracking(true);
}

void TimelineWidget::setTurns(std::shared_ptr<const std::vector<model::Turn>> turns) {
    m_turns = std::move(turns);
    m_scale = m_turns ? scaleOf(*m_turns) : TimelineScale();
    m_hovered = -1;
    if (m_current >= count()) m_current = -1;
    updateScrollBar();
    updateGeometry();
    viewport()->update();
}

void TimelineWidget::setCurrent(int row) {
    m_current = row < count() ? row : -1;
    setAccessibleDescription(m_current < 0 ? QString() : describe(m_current));
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
    reveal(m_current);
    viewport()->update();
}

void TimelineWidget::reveal(int row) {
    if (row < 0) return;
    const int top = row * rowHeight();
    const int seen = viewport()->height() - headerHeight();
    QScrollBar* bar = verticalScrollBar();
    if (top + rowHeight() > bar->value() + seen) bar->setValue(top + rowHeight() - seen);
    if (top < bar->value()) bar->setValue(top);
}

int TimelineWidget::rowHeight() const { return fontMetrics().height() + fontMetrics().height() / 3 + 2; }
int TimelineWidget::headerHeight() const { return fontMetrics().height() + 8; }

QSize TimelineWidget::sizeHint() const {
    const int rows = std::clamp(count(), kRowsAtLeast, kRowsHinted);
    return {fontMetrics().averageCharWidth() * 110, headerHeight() + rows * rowHeight() + 2};
}

QSize TimelineWidget::minimumSizeHint() const {
    return {fontMetrics().averageCharWidth() * 70, headerHeight() + kRowsAtLeast * rowHeight()};
}

TimelineWidget::Lanes TimelineWidget::lanes() const {
    const QFontMetrics metrics = fontMetrics();
    const int space = metrics.averageCharWidth();
    const int markWidth = metrics.height() + space;
    const int numberWidth = metrics.horizontalAdvance(QString::number(std::max(count(), 100))) + 2 * space;
    const int timeTextWidth = metrics.horizontalAdvance(QStringLiteral("00 min 00 s")) + space;
    const int tokenTextWidth = metrics.horizontalAdvance(QStringLiteral("~000,000")) + 2 * space;
    const int free = std::max(0, viewport()->width() - markWidth - numberWidth - timeTextWidth - tokenTextWidth);
    const int timeWidth = free * 29 / 100;
    const int tokenWidth = free * 39 / 100;

    Lanes lanes;
    int left = 0;
    const auto take = [&left](int width) {
        const QRect rect(left, 0, width, 0);
        left += width;
        return rect;
    };
    lanes.number = take(numberWidth);
    lanes.mark = take(markWidth);
    lanes.time = take(timeWidth);
    lanes.timeText = take(timeTextWidth);
    lanes.tokens = take(tokenWidth);
    lanes.tokenText = take(tokenTextWidth);
    lanes.action = take(std::max(0, viewport()->width() - left));
    return lanes;
}

QRect TimelineWidget::rowRect(int row) const {
    return {0, headerHeight() + row * rowHeight() - verticalScrollBar()->value(), viewport()->width(), rowHeight()};
}

int TimelineWidget::rowAt(const QPoint& position) const {
    if (position.y() < headerHeight()) return -1;
    const int row = (position.y() - headerHeight() + verticalScrollBar()->value()) / rowHeight();
    return row < count() ? row : -1;
}

void TimelineWidget::updateScrollBar() {
    const int seen = std::max(0, viewport()->height() - headerHeight());
    verticalScrollBar()->setRange(0, std::max(0, count() * rowHeight() - seen));
    verticalScrollBar()->setPageStep(seen);
    verticalScrollBar()->setSingleStep(rowHeight());
}

void TimelineWidget::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(viewport()->rect(), Theme::of(palette()).canvas());
    const Lanes columns = lanes();
    const int first = verticalScrollBar()->value() / rowHeight();
    for (int row = first; row < count() && rowRect(row).top() < viewport()->height(); ++row)
        paintRow(painter, columns, row);
    paintHeader(painter, columns);
}

void TimelineWidget::paintHeader(QPainter& painter, const Lanes& lanes) const {
    const Theme theme = Theme::of(palette());
    const QRect header(0, 0, viewport()->width(), headerHeight());
    painter.fillRect(header, palette().color(QPalette::Window));
    painter.setPen(theme.line());
    painter.drawLine(header.bottomLeft(), header.bottomRight());

    const auto column = [&header](const QRect& lane) { return QRect(lane.left(), 0, lane.width(), header.height()); };
    Legend time(painter, column(lanes.time.united(lanes.timeText)), theme);
    for (const auto part : {gui::TimePart::queue, gui::TimePart::prefill, gui::TimePart::decode, gui::TimePart::gap}) {
        time.add(theme.time(part), timePartName(part));
    }
    // A space keeps the last name apart from the heading beside it.
    const int space = 2 * fontMetrics().averageCharWidth();
    Legend tokens(painter, column(lanes.tokens.united(lanes.tokenText)).adjusted(0, 0, -space, 0), theme);
    for (const model::Section section : model::kSections) {
        tokens.add(theme.section(section), toQString(model::sectionName(section)));
    }
    tokens.addHatched(theme.section(model::Section::history), tr("cached"));
    painter.setPen(theme.muted());
    painter.drawText(column(lanes.action), Qt::AlignVCenter | Qt::AlignLeft, tr("action"));
}

void TimelineWidget::paintRow(QPainter& painter, const Lanes& lanes, int row) const {
    const Theme theme = Theme::of(palette());
    const QRect line = rowRect(row);
    const model::Turn& turn = turnAt(row);
    QColor back = theme.accent();
    back.setAlphaF(row == m_current ? 0.20F : 0.08F);
    if (row == m_current || row == m_hovered) painter.fillRect(line, back);
    if (row == m_current) {
        painter.fillRect(QRect(line.left(), line.top(), 3, line.height()), theme.accent());
        if (hasFocus()) {
            painter.setPen(QPen(theme.accent(), 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(QRectF(line).adjusted(0.5, 0.5, -0.5, -0.5));
        }
    }
    const auto cell = [&line](const QRect& lane) {
        return QRect(lane.left(), line.top(), lane.width(), line.height());
    };
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(cell(lanes.number).adjusted(0, 0, -fontMetrics().averageCharWidth(), 0),
                     Qt::AlignVCenter | Qt::AlignRight, QString::number(turn.number));
    paintMark(painter, lanes, line, turn);
    paintTime(painter, lanes, line, turn);
    paintTokens(painter, lanes, line, turn);
    painter.setPen(turn.status == model::TurnStatus::complete ? palette().color(QPalette::Text)
                                                              : theme.status(turn.status));
    const QRect action = cell(lanes.action).adjusted(0, 0, -fontMetrics().averageCharWidth(), 0);
    painter.drawText(action, Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(gui::describeTurn(turn), Qt::ElideRight, action.width()));
}

void TimelineWidget::paintMark(QPainter& painter, const Lanes& lanes, const QRect& line,
                               const model::Turn& turn) const {
    const Theme theme = Theme::of(palette());
    const QRect cell(lanes.mark.left(), line.top(), lanes.mark.width(), line.height());
    QChar mark = gui::kUnknown;
    QColor colour = theme.muted();
    if (turn.status == model::TurnStatus::open) {
        mark = QChar(0x2026);
        colour = theme.accent();
    } else if (turn.status != model::TurnStatus::complete) {
        mark = QLatin1Char('!');
        colour = theme.status(turn.status);
    } else if (turn.latency.total) {
        const model::Verdict verdict = model::verdictOf(*turn.latency.total);
        mark = gui::verdictMark(verdict);
        colour = theme.verdict(verdict);
    }
    painter.setPen(colour);
    painter.drawText(cell, Qt::AlignCenter, mark);
}

void TimelineWidget::paintTime(QPainter& painter, const Lanes& lanes, const QRect& line,
                               const model::Turn& turn) const {
    const Theme theme = Theme::of(palette());
    const double height = line.height() * 0.56;
    const double top = line.top() + (line.height() - height) / 2;
    for (const TimeSegment& segment : timeSegments(turn, m_scale, lanes.time.width())) {
        QRectF bar(lanes.time.left() + segment.left, top, segment.width, height);
        // The gap is the agent's time, not the model's: a thinner bar.
        if (segment.part == gui::TimePart::gap) bar.adjust(0, height * 0.3, 0, -height * 0.3);
        fillBar(painter, bar, theme.time(segment.part));
        if (segment.cut) paintCut(painter, bar, theme.canvas());
    }
    const QRect text(lanes.timeText.left(), line.top(), lanes.timeText.width() - fontMetrics().averageCharWidth(),
                     line.height());
    painter.setPen(turn.latency.total ? palette().color(QPalette::Text) : theme.muted());
    painter.drawText(text, Qt::AlignVCenter | Qt::AlignRight, gui::formatDuration(turn.latency.total));
}

void TimelineWidget::paintTokens(QPainter& painter, const Lanes& lanes, const QRect& line,
                                 const model::Turn& turn) const {
    const Theme theme = Theme::of(palette());
    const double height = line.height() * 0.56;
    const double top = line.top() + (line.height() - height) / 2;
    for (const TokenSegment& segment : tokenSegments(turn, m_scale, lanes.tokens.width())) {
        fillBar(painter, QRectF(lanes.tokens.left() + segment.left, top, segment.width, height),
                theme.section(segment.section));
    }
    const double cached = cachedWidth(turn, m_scale, lanes.tokens.width());
    if (cached > 0) hatch(painter, QRectF(lanes.tokens.left(), top, cached, height), theme);
    const QRect text(lanes.tokenText.left(), line.top(), lanes.tokenText.width() - 2 * fontMetrics().averageCharWidth(),
                     line.height());
    painter.setPen(turn.tokens.input.tokens ? palette().color(QPalette::Text) : theme.muted());
    painter.drawText(text, Qt::AlignVCenter | Qt::AlignRight, gui::formatTokens(turn.tokens.input));
}

QString TimelineWidget::describe(int row) const {
    const model::Turn& turn = turnAt(row);
    QStringList pieces{tr("Turn %1 of %2").arg(turn.number).arg(count()),
                       toQString(model::turnStatusName(turn.status))};
    if (turn.latency.total) pieces << toQString(model::verdictName(model::verdictOf(*turn.latency.total)));
    pieces << tr("total %1").arg(gui::formatDuration(turn.latency.total));
    pieces << tr("%1 input tokens").arg(gui::formatTokens(turn.tokens.input)) << gui::describeTurn(turn);
    return pieces.join(QStringLiteral(", "));
}

QString TimelineWidget::toolTip(int row, const QPoint& position) const {
    const model::Turn& turn = turnAt(row);
    const Lanes columns = lanes();
    QStringList lines{describe(row)};
    if (position.x() >= columns.tokens.left() && position.x() < columns.action.left()) {
        for (const model::Section section : model::kSections) {
            lines << QStringLiteral("%1: %2").arg(toQString(model::sectionName(section)),
                                                  gui::formatTokens(turn.tokens.of(section)));
        }
        lines
            << tr("cached: %1 (%2)").arg(gui::formatTokens(turn.tokens.cached), gui::basisSentence(turn.tokens.cached));
        lines << tr("total: %1 (%2)").arg(gui::formatTokens(turn.tokens.input), gui::basisSentence(turn.tokens.input));
    } else if (position.x() < columns.tokens.left()) {
        const model::Latency& latency = turn.latency;
        lines << tr("queue: %1").arg(gui::formatDuration(latency.queue))
              << tr("prefill: %1").arg(gui::formatDuration(latency.prefill))
              << tr("decode: %1").arg(gui::formatDuration(latency.decode))
              << tr("gap: %1").arg(gui::formatDuration(latency.gap)) << gui::timeSourceSentence(latency.source);
    }
    if (!turn.error.empty()) lines << toQString(turn.error);
    return lines.join(QLatin1Char('\n'));
}

void TimelineWidget::activate(int row) {
    if (row < 0 || row >= count() || row == m_current) return;
    setCurrent(row);
    Q_EMIT turnActivated(row);
}

void TimelineWidget::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    updateScrollBar();
    reveal(m_current);
}

void TimelineWidget::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) activate(rowAt(event->pos()));
}

void TimelineWidget::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) activate(rowAt(event->pos()));
    const int row = rowAt(event->pos());
    if (row == m_hovered) return;
    m_hovered = row;
    viewport()->update();
}

void TimelineWidget::leaveEvent(QEvent* event) {
    QAbstractScrollArea::leaveEvent(event);
    m_hovered = -1;
    viewport()->update();
}

void TimelineWidget::keyPressEvent(QKeyEvent* event) {
    const int page = std::max(1, (viewport()->height() - headerHeight()) / rowHeight() - 1);
    int row = std::max(m_current, 0);
    switch (event->key()) {
        case Qt::Key_Up: row -= 1; break;
        case Qt::Key_Down: row += 1; break;
        case Qt::Key_PageUp: row -= page; break;
        case Qt::Key_PageDown: row += page; break;
        case Qt::Key_Home: row = 0; break;
        case Qt::Key_End: row = count() - 1; break;
        default: QAbstractScrollArea::keyPressEvent(event); return;
    }
    activate(std::clamp(row, 0, std::max(0, count() - 1)));
}

void TimelineWidget::showToolTip(const QHelpEvent& event) {
    const int row = rowAt(event.pos());
    if (row < 0) return QToolTip::hideText();
    QToolTip::showText(event.globalPos(), toolTip(row, event.pos()), viewport());
}

bool TimelineWidget::viewportEvent(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
    showToolTip(*static_cast<QHelpEvent*>(event));
    return true;
}

}  // namespace turntable::widgets
