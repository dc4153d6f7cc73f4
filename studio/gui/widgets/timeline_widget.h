#pragma once

#include <QAbstractScrollArea>
#include <memory>
#include <vector>

#include "storage/model/turn.h"
#include "studio/gui/widgets/timeline_geometry.h"

class QHelpEvent;

namespace turntable::widgets {

/// A row a turn: number, verdict mark, the time lane, the token lane with its cached part hatched, and what the turn
/// did. GUI thread; shows values that it is given and knows of no store. Only visible rows are painted. Keys: Up, Down,
/// Page Up, Page Down, Home, End.
class TimelineWidget : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit TimelineWidget(QWidget* parent = nullptr);

    /// Null empties it.
    void setTurns(std::shared_ptr<const std::vector<model::Turn>> turns);
    /// -1: none. Scrolls it into sight.
    void setCurrent(int row);
    [[nodiscard]] int current() const { return m_current; }

    /// High enough for all turns, up to twelve.
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    /// In viewport coordinates; -1 beside the rows.
    [[nodiscard]] int rowAt(const QPoint& position) const;
    [[nodiscard]] QRect rowRect(int row) const;

Q_SIGNALS:
    void turnActivated(int row);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    /// The columns of the picture, from left to right, in viewport coordinates.
    struct Lanes {
        QRect mark, number, time, timeText, tokens, tokenText, action;
    };
    [[nodiscard]] Lanes lanes() const;
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int headerHeight() const;
    [[nodiscard]] const model::Turn& turnAt(int row) const { return (*m_turns)[static_cast<std::size_t>(row)]; }
    [[nodiscard]] int count() const { return m_turns ? static_cast<int>(m_turns->size()) : 0; }
    [[nodiscard]] QString describe(int row) const;
    [[nodiscard]] QString toolTip(int row, const QPoint& position) const;
    void showToolTip(const QHelpEvent& event);
    void updateScrollBar();
    void reveal(int row);
    void activate(int row);
    void paintHeader(QPainter& painter, const Lanes& lanes) const;
    void paintRow(QPainter& painter, const Lanes& lanes, int row) const;
    void paintMark(QPainter& painter, const Lanes& lanes, const QRect& line, const model::Turn& turn) const;
    void paintTime(QPainter& painter, const Lanes& lanes, const QRect& line, const model::Turn& turn) const;
    void paintTokens(QPainter& painter, const Lanes& lanes, const QRect& line, const model::Turn& turn) const;

    std::shared_ptr<const std::vector<model::Turn>> m_turns;
    TimelineScale m_scale;
    int m_current = -1;
    int m_hovered = -1;
};

}  // namespace turntable::widgets
