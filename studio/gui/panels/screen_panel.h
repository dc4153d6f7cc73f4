#pragma once

#include <QWidget>
#include <memory>
#include <optional>

#include "storage/model/screen.h"

class QLabel;
class QModelIndex;
class QSplitter;
class QTreeView;

namespace turntable::gui {
class SessionView;
}
namespace turntable::models {
class ScreenTreeModel;
}
namespace turntable::widgets {
class ElidedLabel;
class OrEmpty;
class WireframeWidget;
}  // namespace turntable::widgets

namespace turntable::panels {

/// The screen that the model was shown: as a tree and as a drawing of its boxes, the target of the action lit in both.
/// GUI thread. The two stand side by side where there is room, else one above the other.
class ScreenPanel : public QWidget {
    Q_OBJECT

public:
    explicit ScreenPanel(gui::SessionView& view, QWidget* parent = nullptr);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void showTurn();
    void showElement();
    void describeScreen(const std::optional<model::Screen>& screen);
    void revealInTree(const QModelIndex& index);
    void hoverIndex(const QModelIndex& index);

    gui::SessionView& m_view;
    models::ScreenTreeModel* m_model;
    QLabel* m_title;
    widgets::ElidedLabel* m_detail;
    QSplitter* m_splitter;
    QTreeView* m_tree;
    widgets::WireframeWidget* m_wireframe;
    widgets::OrEmpty* m_stack;
};

}  // namespace turntable::panels
