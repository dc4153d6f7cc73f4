#pragma once

#include <QWidget>

class QLabel;
class QTableView;
class QTabWidget;

namespace turntable::gui {
class SessionView;
}
namespace turntable::models {
class PromptPartsModel;
}
namespace turntable::widgets {
class CodeView;
class OrEmpty;
}  // namespace turntable::widgets

namespace turntable::panels {

/// What the model read: the parts of the prompt with the text of the selected one; and the bytes of request and reply.
/// Only the tab in sight is filled. GUI thread.
class PromptPanel : public QWidget {
    Q_OBJECT

public:
    explicit PromptPanel(gui::SessionView& view, QWidget* parent = nullptr);

private:
    QWidget* makeParts();
    void showTurn();
    void fillTab();
    void showPart(int row);
    [[nodiscard]] QString emptySentence() const;
    /// The largest part that the turn before did not have, else the first one.
    [[nodiscard]] int startingPart() const;

    gui::SessionView& m_view;
    models::PromptPartsModel* m_model;
    QLabel* m_origin;  ///< what the bytes are, where they are not those of the wire
    QTabWidget* m_tabs;
    QTableView* m_parts;
    widgets::CodeView* m_text;
    widgets::OrEmpty* m_stack;
    widgets::CodeView* m_request;
    widgets::CodeView* m_response;
};

}  // namespace turntable::panels
