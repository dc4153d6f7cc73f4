#pragma once

#include <QWidget>

namespace turntable::gui {
class SessionView;
}
namespace turntable::widgets {
class DocumentView;
}

namespace turntable::panels {

/// What the model did in the selected turn: its words, its calls with their arguments, and what the tools answered. GUI
/// thread.
class ActionPanel : public QWidget {
    Q_OBJECT

public:
    explicit ActionPanel(gui::SessionView& view, QWidget* parent = nullptr);

private:
    void showTurn();

    gui::SessionView& m_view;
    widgets::DocumentView* m_document;
};

}  // namespace turntable::panels
