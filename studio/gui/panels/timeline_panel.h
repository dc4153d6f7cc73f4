#pragma once

#include <QWidget>

namespace turntable::gui {
class SessionView;
}
namespace turntable::widgets {
class OrEmpty;
class TimelineWidget;
}  // namespace turntable::widgets

namespace turntable::panels {

/// The turns of the open session. GUI thread.
class TimelinePanel : public QWidget {
    Q_OBJECT

public:
    explicit TimelinePanel(gui::SessionView& view, QWidget* parent = nullptr);
    /// Gives the keyboard to the timeline.
    void focusTimeline();

private:
    void showSession();
    void showTurn();

    gui::SessionView& m_view;
    widgets::TimelineWidget* m_timeline;
    widgets::OrEmpty* m_stack;
};

}  // namespace turntable::panels
