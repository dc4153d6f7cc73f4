#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "recorder/turns/turn_inspector.h"

namespace turntable::models {

/// The parts of one turn's prompt, in the order of the request. GUI thread. Holds an immutable snapshot, replaced
/// whole.
class PromptPartsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { sectionColumn, partColumn, tokensColumn, newColumn, columnCountValue };
    /// `sectionRole`: model::Section as int, for the colour mark beside the name.
    enum Role { sectionRole = Qt::UserRole + 1 };

    using QAbstractTableModel::QAbstractTableModel;

    /// Null empties the model.
    void setTurn(std::shared_ptr<const turns::InspectedTurn> turn);
    /// What the model reads of a part; for what has no text, a sentence in brackets that says so.
    [[nodiscard]] QString partText(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString describe(const turns::InspectedPart& part) const;

    std::shared_ptr<const turns::InspectedTurn> m_turn;
};

}  // namespace turntable::models
