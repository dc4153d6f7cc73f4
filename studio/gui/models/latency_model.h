#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "recorder/turns/latency_rules.h"
#include "storage/model/turn.h"

namespace turntable::models {

/// The seconds of one turn as a small table: as measured, the speed that follows, and what the server itself says. GUI
/// thread; holds a copy of the values. The number of rows depends on what is known of the turn.
class LatencyModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { nameColumn, timeColumn, rateColumn, serverColumn, columnCountValue };

    using QAbstractTableModel::QAbstractTableModel;

    /// `shares`: of the decode time, where the reply has been read; they become rows below it.
    void setTurn(const model::Turn* turn, const turns::DecodeShares& shares = {});

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QString name;
        QString explanation;
        QString time;
        QString rate;
        QString server;
        QString source;  ///< where the time comes from
    };
    std::vector<Row> m_rows;
};

}  // namespace turntable::models
