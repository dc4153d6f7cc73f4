#pragma once

#include <QWidget>
#include <vector>

class QSplitter;
class QTableView;

namespace turntable::gui {
class SessionView;
}
namespace turntable::models {
class ComparisonModel;
}
namespace turntable::widgets {
class DocumentView;
class OrEmpty;
}  // namespace turntable::widgets

namespace turntable::panels {

/// A session beside its runs: a card each, the table turn by turn, and the answers to the selected turn side by side.
/// GUI thread.
class ComparisonPanel : public QWidget {
    Q_OBJECT

public:
    explicit ComparisonPanel(gui::SessionView& view, QWidget* parent = nullptr);
    /// Gives the keyboard to the table.
    void focusTable();

private:
    void setUpTable();
    void showComparison();
    void buildCards();
    void buildAnswers();
    void showTurn();
    void showAnswers();
    void selectTurnOf(int row);

    gui::SessionView& m_view;
    models::ComparisonModel* m_model;
    QWidget* m_content;
    QWidget* m_cards = nullptr;
    QTableView* m_table;
    QSplitter* m_answers;
    std::vector<widgets::DocumentView*> m_documents;  ///< the recording's, then one a run
    widgets::OrEmpty* m_stack;
};

}  // namespace turntable::panels
