#include "studio/gui/models/comparison_model.h"

#include <QStringList>
#include <algorithm>
#include <utility>

#include "studio/gui/format.h"
#include "studio/gui/theme.h"

namespace turntable::models {

using gui::toQString;

namespace {

/// Prefill, decode or total, of anything that has all three; a share is no duration.
template <typename Times, typename Figure>
std::optional<support::Nanoseconds> pick(const Times& times, Figure figure) {
    switch (figure) {
        case Figure::prefill: return times.prefill;
        case Figure::decode: return times.decode;
        case Figure::total: return times.total;
        case Figure::agreement:
        case Figure::cached: break;
    }
    return std::nullopt;
}

}  // namespace

void ComparisonModel::setComparison(std::shared_ptr<const diff::Comparison> comparison) {
    beginResetModel();
    m_comparison = std::move(comparison);
    endResetModel();
}

const diff::ComparedTurn* ComparisonModel::turnAt(int row) const {
    if (!m_comparison || row < 0 || static_cast<std::size_t>(row) >= m_comparison->turns.size()) return nullptr;
    return &m_comparison->turns[static_cast<std::size_t>(row)];
}

int ComparisonModel::rowOf(support::TurnId id) const {
    if (!m_comparison) return -1;
    const auto holds = [id](const diff::ComparedTurn& each) {
        return each.recorded.id == id ||
               std::any_of(each.cells.begin(), each.cells.end(),
                           [id](const diff::Cell& cell) { return cell.turn && cell.turn->id == id; });
    };
    const auto row = std::find_if(m_comparison->turns.begin(), m_comparison->turns.end(), holds);
    return row == m_comparison->turns.end() ? -1 : static_cast<int>(row - m_comparison->turns.begin());
}

QString ComparisonModel::runLetter(int run) {
    const QString letter(QChar(static_cast<char16_t>(u'A' + run % 26)));
    return run < 26 ? letter : letter + QString::number(run / 26);
}

ComparisonModel::Place ComparisonModel::placeOf(int column) {
    if (column < kRecordedColumns) return {-1, static_cast<Figure>(column - 1)};
    const int of = column - kRecordedColumns;
    return {of / kRunColumns, static_cast<Figure>(of % kRunColumns)};
}

const diff::Cell* ComparisonModel::cellAt(int row, int run) const {
    const diff::ComparedTurn* turn = turnAt(row);
    if (!turn || run < 0 || static_cast<std::size_t>(run) >= turn->cells.size()) return nullptr;
    return &turn->cells[static_cast<std::size_t>(run)];
}

std::optional<support::Nanoseconds> ComparisonModel::durationAt(int row, Place place) const {
    if (const diff::ComparedTurn* turn = turnAt(row)) {
        if (place.run < 0) return pick(turn->recorded.latency, place.figure);
        const diff::Cell* cell = cellAt(row, place.run);
        return cell && cell->turn ? pick(cell->turn->latency, place.figure) : std::nullopt;
    }
    if (place.run < 0) return pick(m_comparison->recorded, place.figure);
    const auto run = static_cast<std::size_t>(place.run);
    return run < m_comparison->totals.size() ? pick(m_comparison->totals[run], place.figure) : std::nullopt;
}

std::optional<double> ComparisonModel::cachedShareAt(int row, int run) const {
    if (const diff::ComparedTurn* turn = turnAt(row)) {
        if (run < 0) return diff::cachedShare(turn->recorded.tokens);
        const diff::Cell* cell = cellAt(row, run);
        return cell && cell->turn ? diff::cachedShare(cell->turn->tokens) : std::nullopt;
    }
    if (run < 0) return m_comparison->recorded.cachedShare;
    const auto at = static_cast<std::size_t>(run);
    return at < m_comparison->totals.size() ? m_comparison->totals[at].cachedShare : std::nullopt;
}

QString ComparisonModel::agreementTotals(int run) const {
    const auto at = static_cast<std::size_t>(run);
    if (at >= m_comparison->totals.size()) return gui::kUnknown;
    const auto& counts = m_comparison->totals[at].agreement;
    const int same = counts[static_cast<std::size_t>(diff::Agreement::sameCall)];
    return tr("%1 of %2 same").arg(same).arg(m_comparison->turns.size());
}

QString ComparisonModel::display(int row, int column) const {
    const diff::ComparedTurn* turn = turnAt(row);
    if (column == kTurnColumn) return turn ? QString::number(turn->recorded.number) : tr("All");
    if (column == kActionColumn) return turn ? gui::describeTurn(turn->recorded) : tr("Totals");
    const Place place = placeOf(column);
    if (place.figure == Figure::cached) return gui::formatShare(cachedShareAt(row, place.run));
    if (place.figure != Figure::agreement) return gui::formatDuration(durationAt(row, place));
    if (!turn) return agreementTotals(place.run);
    const diff::Cell* cell = cellAt(row, place.run);
    const diff::Agreement agreement = cell ? cell->agreement : diff::Agreement::unanswered;
    return gui::agreementMark(agreement) + QLatin1Char(' ') + gui::agreementWords(agreement);
}

QString ComparisonModel::toolTip(int row, int column) const {
    const diff::ComparedTurn* turn = turnAt(row);
    if (column <= kActionColumn) return turn ? gui::describeTurn(turn->recorded) : QString();
    const Place place = placeOf(column);
    const diff::Cell* cell = cellAt(row, place.run);
    if (place.figure == Figure::agreement) {
        if (!turn) return {};
        if (!cell || !cell->turn) return tr("the run has no such turn");
        return tr("recorded: %1\nanswered: %2").arg(gui::describeTurn(turn->recorded), gui::describeTurn(*cell->turn));
    }
    if (place.figure == Figure::cached) {
        return cachedShareAt(row, place.run) ? tr("share of the prompt that came from the prefix cache")
                                             : tr("the server did not say");
    }
    if (!durationAt(row, place)) return tr("the server did not say");
    if (!turn) return tr("over the turns that have the figure");
    if (place.run < 0) return gui::timeSourceSentence(turn->recorded.latency.source);
    return cell && cell->turn ? gui::timeSourceSentence(cell->turn->latency.source) : QString();
}

int ComparisonModel::rowCount(const QModelIndex& parent) const {
    if (parent.isValid() || !m_comparison || m_comparison->turns.empty()) return 0;
    return static_cast<int>(m_comparison->turns.size()) + 1;
}

int ComparisonModel::columnCount(const QModelIndex& parent) const {
    if (parent.isValid() || !m_comparison) return 0;
    return kRecordedColumns + kRunColumns * static_cast<int>(m_comparison->runs.size());
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const int row = index.row();
    const Place place = placeOf(index.column());
    const bool isTime = index.column() > kActionColumn && place.figure != Figure::agreement;
    switch (role) {
        case Qt::DisplayRole: return display(row, index.column());
        case Qt::ToolTipRole: return toolTip(row, index.column());
        case Qt::TextAlignmentRole: {
            const bool right = isTime || index.column() == kTurnColumn;
            return int((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        }
        case deltaRole: {
            if (!isTime || place.run < 0) return {};
            const QString delta = gui::formatDelta(durationAt(row, {-1, place.figure}), durationAt(row, place));
            return delta == gui::kUnknown ? QVariant() : QVariant(delta);
        }
        case trendRole: {
            if (!isTime || place.run < 0) return 0;
            const auto before = durationAt(row, {-1, place.figure});
            const auto after = durationAt(row, place);
            if (!before || !after) return 0;
            return *after < *before ? -1 : (*after > *before ? 1 : 0);
        }
        case agreementRole: {
            const diff::Cell* cell = cellAt(row, place.run);
            if (index.column() < kRecordedColumns || place.figure != Figure::agreement || !cell) return {};
            return static_cast<int>(cell->agreement);
        }
        case totalsRole: return turnAt(row) == nullptr;
        default: return {};
    }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || !m_comparison || section < 0 || section >= columnCount()) return {};
    const Place place = placeOf(section);
    if (role == Qt::ToolTipRole && place.run >= 0 && section >= kRecordedColumns) {
        return toQString(m_comparison->runs[static_cast<std::size_t>(place.run)].name);
    }
    if (role == Qt::TextAlignmentRole) {
        if (section == kActionColumn) return int(Qt::AlignLeft | Qt::AlignVCenter);
        const bool words = section >= kRecordedColumns && place.figure == Figure::agreement;
        return int((words ? Qt::AlignHCenter : Qt::AlignRight) | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) return {};
    if (section == kTurnColumn) return tr("Turn");
    if (section == kActionColumn) return tr("Recorded action");
    const QStringList figures{tr("Action"), tr("Prefill"), tr("Decode"), tr("Total"), tr("Cached")};
    const QString figure = figures[static_cast<int>(place.figure)];
    return section < kRecordedColumns ? figure : runLetter(place.run) + QStringLiteral(" · ") + figure;
}

}  // namespace turntable::models
