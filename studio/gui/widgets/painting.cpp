#include "studio/gui/widgets/painting.h"

#include <QPainter>
#include <algorithm>

namespace turntable::widgets {

void fillBar(QPainter& painter, const QRectF& bar, const QColor& colour) {
    constexpr double kSeam = 0.75;
    QRectF shape = bar;
    shape.setWidth(std::max(1.0, bar.width() > 4 ? bar.width() - kSeam : bar.width()));
    painter.fillRect(shape, colour);
}

void hatch(QPainter& painter, const QRectF& area, const gui::Theme& theme) {
    painter.save();
    painter.setClipRect(area);
    QColor veil = theme.canvas();
    veil.setAlphaF(theme.dark() ? 0.15F : 0.35F);
    painter.fillRect(area, veil);
    QColor stroke = theme.dark() ? QColor(Qt::black) : QColor(Qt::white);
    stroke.setAlphaF(theme.dark() ? 0.55F : 0.75F);
    painter.setPen(QPen(stroke, 1.4));
    const double step = std::max(4.0, area.height() / 2.2);
    for (double x = area.left() - area.height(); x < area.right(); x += step) {
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x + area.height(), area.top()));
    }
    painter.restore();
}

void paintCut(QPainter& painter, const QRectF& bar, const QColor& background) {
    if (bar.width() < 14) return;
    painter.save();
    painter.setPen(QPen(background, 2));
    for (const double offset : {9.0, 5.0}) {
        painter.drawLine(QPointF(bar.right() - offset, bar.bottom() + 1),
                         QPointF(bar.right() - offset + 4, bar.top() - 1));
    }
    painter.restore();
}

void paintSwatch(QPainter& painter, const QRectF& square, const QColor& colour) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRoundedRect(square, 2, 2);
    painter.restore();
}

Legend::Legend(QPainter& painter, const QRect& area, const gui::Theme& theme)
    : m_painter(painter), m_area(area), m_theme(theme) {}

void Legend::paint(const QColor& colour, const QString& name, bool hatched) {
    const QFontMetrics metrics = m_painter.fontMetrics();
    const int side = metrics.height() * 6 / 10;
    const int width = side + 4 + metrics.horizontalAdvance(name);
    if (width > m_area.width()) {
        m_area.setWidth(0);
        return;
    }
    const QRectF square(m_area.left(), m_area.top() + (m_area.height() - side) / 2, side, side);
    paintSwatch(m_painter, square, colour);
    if (hatched) hatch(m_painter, square, m_theme);
    m_painter.setPen(m_theme.muted());
    m_painter.drawText(m_area.adjusted(side + 4, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, name);
    m_area.setLeft(m_area.left() + width + metrics.averageCharWidth());
}

}  // namespace turntable::widgets
