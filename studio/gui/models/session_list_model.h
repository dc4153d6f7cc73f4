#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "storage/model/session.h"
#include "storage/support/ids.h"

namespace turntable::models {

/// The sessions of a store as a table: recordings newest first, the runs of each right below it. GUI thread; holds its
/// own snapshot, replaced whole by `setSessions`, which keeps quiet when nothing changed.
class SessionListModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        nameColumn,
        modeColumn,
        modelColumn,
        turnsColumn,
        startedColumn,
        endpointColumn,
        noteColumn,
        columnCountValue
    };
    /// `detailRole`: the small print of a row; `isRunRole`: a run below its source; `simulatedRole`: bool.
    enum Role { detailRole = Qt::UserRole + 1, isRunRole, simulatedRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setSessions(const std::vector<model::Session>& newestFirst);
    [[nodiscard]] support::SessionId sessionAt(int row) const;
    /// -1 when it is not listed.
    [[nodiscard]] int rowOf(support::SessionId id) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        model::Session session;
        bool run = false;  ///< stands below its source
        bool operator==(const Row&) const = default;
    };
    [[nodiscard]] QVariant text(const Row& row, int column) const;

    std::vector<Row> m_rows;
};

}  // namespace turntable::models
