#pragma once

#include <QFrame>
#include <QLabel>

namespace turntable::gui {
class SessionView;
}
namespace turntable::widgets {
class Badge;
class Figure;
}  // namespace turntable::widgets

namespace turntable::panels {

/// The open session in one line: what it is, and its totals. GUI thread.
class HeadlinePanel : public QFrame {
    Q_OBJECT

public:
    explicit HeadlinePanel(gui::SessionView& view, QWidget* parent = nullptr);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showSession();
    void showTotals();

    gui::SessionView& m_view;
    QLabel* m_name;
    QLabel* m_detail;
    widgets::Badge* m_mode;
    widgets::Badge* m_simulated;
    widgets::Figure* m_turns;
    widgets::Figure* m_total;
    widgets::Figure* m_prefill;
    widgets::Figure* m_decode;
    widgets::Figure* m_input;
    widgets::Figure* m_cached;
    QLabel* m_verdicts;
};

}  // namespace turntable::panels
