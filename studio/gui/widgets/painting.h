#pragma once

#include <QColor>
#include <QRect>
#include <QRectF>
#include <QString>

#include "studio/gui/theme.h"

class QPainter;

/// Strokes that painted widgets share. GUI thread.
namespace turntable::widgets {

/// A segment of a stacked bar, at least a hairline wide, with a fine seam to the next one where there is room for it.
void fillBar(QPainter& painter, const QRectF& bar, const QColor& colour);
/// Diagonal lines over what is there: the cached part of a bar.
void hatch(QPainter& painter, const QRectF& area, const gui::Theme& theme);
/// Two slanted strokes near the right end: this bar goes on.
void paintCut(QPainter& painter, const QRectF& bar, const QColor& background);
/// A small coloured square, for tables and legends.
void paintSwatch(QPainter& painter, const QRectF& square, const QColor& colour);

/// One line of swatches with names, from left to right; what does not fit is left out.
class Legend {
public:
    Legend(QPainter& painter, const QRect& area, const gui::Theme& theme);
    void add(const QColor& colour, const QString& name) { paint(colour, name, false); }
    void addHatched(const QColor& colour, const QString& name) { paint(colour, name, true); }

private:
    void paint(const QColor& colour, const QString& name, bool hatched);

    QPainter& m_painter;
    QRect m_area;
    gui::Theme m_theme;
};

}  // namespace turntable::widgets
