#pragma once

#include <QWidget>

class QLabel;
class QTableView;

namespace turntable::gui {
class SessionView;
}
namespace turntable::models {
class LatencyModel;
}

namespace turntable::panels {

/// The card of the selected turn's seconds. GUI thread.
class LatencyPanel : public QWidget {
    Q_OBJECT

public:
    explicit LatencyPanel(gui::SessionView& view, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showTurn();

    gui::SessionView& m_view;
    models::LatencyModel* m_model;
    QLabel* m_verdict;
    QTableView* m_table;
    QLabel* m_tokens;
};

}  // namespace turntable::panels
