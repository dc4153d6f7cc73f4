#pragma once

#include <QFrame>

#include "replay/diff/comparison.h"
#include "storage/model/session.h"

class QLabel;

namespace turntable::panels {

enum class CardKind { recording, run };

/// One session of a comparison with its totals. GUI thread; made anew when the comparison changes.
class ComparisonCard : public QFrame {
    Q_OBJECT

public:
    ComparisonCard(const QString& title, const model::Session& session, const diff::Totals& totals, CardKind kind,
                   QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    /// "✓ 8 same call  ≠ 2 different", in the colours of the theme.
    [[nodiscard]] QString agreementText() const;

    diff::Totals m_totals;
    QLabel* m_agreement;
};

}  // namespace turntable::panels
