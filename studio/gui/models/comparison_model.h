#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "replay/diff/comparison.h"

namespace turntable::models {

/// A session and its runs, turn by turn, with a row of totals at the end. GUI thread. Holds an immutable snapshot,
/// replaced whole. Columns: turn, action, then prefill, decode, total and the share of the prompt that came from the
/// prefix cache, of the recording, then for each run agreement and the same four. Runs are named A, B, C … in the order
/// of the comparison.
class ComparisonModel : public QAbstractTableModel {
    Q_OBJECT

public:
    static constexpr int kTurnColumn = 0;
    static constexpr int kActionColumn = 1;
    static constexpr int kRecordedColumns = 6;  ///< those before the first run's
    static constexpr int kRunColumns = 5;
    /// `deltaRole`: the difference to the recording, as text, where both are known; `trendRole`: -1 faster, 0 same or
    /// unknown, 1 slower; `agreementRole`: diff::Agreement as int, of cells in an agreement column; `totalsRole`: bool,
    /// the last row.
    enum Role { deltaRole = Qt::UserRole + 1, trendRole, agreementRole, totalsRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setComparison(std::shared_ptr<const diff::Comparison> comparison);
    [[nodiscard]] const std::shared_ptr<const diff::Comparison>& comparison() const { return m_comparison; }
    /// Null for the row of totals.
    [[nodiscard]] const diff::ComparedTurn* turnAt(int row) const;
    /// The row that holds `id`, be it as recorded or as an answer; -1 when none does.
    [[nodiscard]] int rowOf(support::TurnId id) const;
    /// "A" for run 0.
    [[nodiscard]] static QString runLetter(int run);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    enum class Figure { agreement, prefill, decode, total, cached };
    /// What a column shows: a run's figure, or, with run -1, the recording's.
    struct Place {
        int run = -1;
        Figure figure = Figure::total;
    };
    [[nodiscard]] static Place placeOf(int column);
    [[nodiscard]] const diff::Cell* cellAt(int row, int run) const;
    [[nodiscard]] std::optional<support::Nanoseconds> durationAt(int row, Place place) const;
    [[nodiscard]] std::optional<double> cachedShareAt(int row, int run) const;
    [[nodiscard]] QString display(int row, int column) const;
    [[nodiscard]] QString agreementTotals(int run) const;
    [[nodiscard]] QString toolTip(int row, int column) const;

    std::shared_ptr<const diff::Comparison> m_comparison;
};

}  // namespace turntable::models
