#include "studio/gui/models/session_list_model.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "studio/gui/format.h"

namespace turntable::models {

using gui::toQString;

void SessionListModel::setSessions(const std::vector<model::Session>& newestFirst) {
    std::unordered_map<support::SessionId, std::vector<const model::Session*>> runs;
    std::unordered_map<support::SessionId, bool> listed;
    for (const model::Session& session : newestFirst) listed[session.id] = true;
    for (const model::Session& session : newestFirst) {
        if (session.source && listed.count(*session.source) > 0) runs[*session.source].push_back(&session);
    }
    std::vector<Row> rows;
    rows.reserve(newestFirst.size());
    for (const model::Session& session : newestFirst) {
        if (session.source && listed.count(*session.source) > 0) continue;
        rows.push_back({session, false});
        for (const model::Session* run : runs[session.id]) rows.push_back({*run, true});
    }
    if (rows == m_rows) return;
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

support::SessionId SessionListModel::sessionAt(int row) const {
    if (row < 0 || row >= rowCount()) return {};
    return m_rows[static_cast<std::size_t>(row)].session.id;
}

int SessionListModel::rowOf(support::SessionId id) const {
    const auto row =
        std::find_if(m_rows.begin(), m_rows.end(), [id](const Row& each) { return each.session.id == id; });
    return row == m_rows.end() ? -1 : static_cast<int>(row - m_rows.begin());
}

int SessionListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int SessionListModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : columnCountValue; }

QVariant SessionListModel::text(const Row& row, int column) const {
    const model::Session& session = row.session;
    switch (column) {
        case nameColumn: return toQString(session.name);
        case modeColumn: {
            const QString mode = gui::describeMode(session);
            return session.simulated ? tr("%1, simulated").arg(mode) : mode;
        }
        case modelColumn: return session.model.empty() ? QString(gui::kUnknown) : toQString(session.model);
        case turnsColumn: return gui::formatCount(session.turns);
        case startedColumn: return gui::formatWhen(session.started);
        case endpointColumn: return session.endpoint.empty() ? QString(gui::kUnknown) : toQString(session.endpoint);
        case noteColumn: return toQString(session.note);
        default: return {};
    }
}

QVariant SessionListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole: {
            const QVariant shown = text(row, index.column());
            // The table has no delegate of its own: a run is set in below its source.
            return row.run && index.column() == nameColumn ? QVariant(QStringLiteral("   ↳ ") + shown.toString())
                                                           : shown;
        }
        case Qt::ToolTipRole:
            return QStringLiteral("%1\n%2\n%3%4")
                .arg(toQString(row.session.name), text(row, modeColumn).toString(), gui::describeSession(row.session),
                     row.session.note.empty() ? QString() : QLatin1Char('\n') + toQString(row.session.note));
        case Qt::AccessibleTextRole:
            return index.column() == nameColumn
                       ? QVariant(tr("%1, %2, %3")
                                      .arg(toQString(row.session.name), text(row, modeColumn).toString(),
                                           gui::describeSession(row.session)))
                       : text(row, index.column());
        case Qt::TextAlignmentRole:
            return index.column() == turnsColumn ? QVariant(int(Qt::AlignRight | Qt::AlignVCenter)) : QVariant();
        case detailRole: return gui::describeSession(row.session);
        case isRunRole: return row.run;
        case simulatedRole: return row.session.simulated;
        default: return {};
    }
}

QVariant SessionListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case nameColumn: return tr("Name");
        case modeColumn: return tr("Kind");
        case modelColumn: return tr("Model");
        case turnsColumn: return tr("Turns");
        case startedColumn: return tr("Started");
        case endpointColumn: return tr("Endpoint");
        case noteColumn: return tr("Note");
        default: return {};
    }
}

}  // namespace turntable::models
