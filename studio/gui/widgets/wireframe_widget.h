#pragma once

#include <QAbstractScrollArea>
#include <QRectF>
#include <memory>
#include <optional>
#include <vector>

#include "storage/model/screen.h"

class QHelpEvent;

namespace turntable::widgets {

/// The boxes of a screen's elements, drawn to scale: the target filled, the hovered one framed. A long page fits the
/// width and scrolls. GUI thread; knows values only. Keys: arrows go to the next element with a box in document order.
class WireframeWidget : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit WireframeWidget(QWidget* parent = nullptr);

    /// Null empties it.
    void setScreen(std::shared_ptr<const model::Screen> screen);
    /// The element that the action means.
    void setTarget(std::optional<int> element);
    /// Selected by the user; scrolled into sight.
    void setSelected(std::optional<int> element);
    void setHovered(std::optional<int> element);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    /// Where an element lies in the viewport; empty without a box.
    [[nodiscard]] QRectF boxOf(int element) const;
    /// The smallest box at a point of the viewport.
    [[nodiscard]] std::optional<int> elementAt(const QPointF& position) const;

Q_SIGNALS:
    void elementSelected(int element);
    /// -1: none.
    void elementHovered(int element);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    void layOut();
    void reveal(int element);
    void hover(std::optional<int> element);
    void step(int by);
    void paintElement(QPainter& painter, int element) const;
    void paintHighlights(QPainter& painter) const;
    void showToolTip(const QHelpEvent& event);

    std::shared_ptr<const model::Screen> m_screen;
    std::vector<int> m_boxed;  ///< elements that have a box, in document order
    QRectF m_extent;           ///< of all boxes, in the screen's own units
    double m_scale = 1;
    QPointF m_origin;  ///< where the extent's corner is in the viewport before scrolling
    std::optional<int> m_target, m_selected, m_hovered;
};

}  // namespace turntable::widgets
