#pragma once

#include <QAbstractItemModel>
#include <memory>
#include <optional>
#include <vector>

#include "storage/model/screen.h"

namespace turntable::models {

/// A screen as a tree of elements, one line each. GUI thread. Holds an immutable snapshot; `setScreen` replaces it
/// whole. An index carries the element's number, so both directions are constant time.
class ScreenTreeModel : public QAbstractItemModel {
    Q_OBJECT

public:
    using QAbstractItemModel::QAbstractItemModel;

    /// Null empties the model.
    void setScreen(std::shared_ptr<const model::Screen> screen);
    /// The element that is shown in bold.
    void setTarget(std::optional<int> element);

    [[nodiscard]] const std::shared_ptr<const model::Screen>& screen() const { return m_screen; }
    [[nodiscard]] QModelIndex indexOf(int element) const;
    /// -1 for an invalid index.
    [[nodiscard]] static int elementOf(const QModelIndex& index);

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    using Children = std::vector<int>;
    [[nodiscard]] const Children& childrenOf(const QModelIndex& parent) const;

    std::shared_ptr<const model::Screen> m_screen;
    std::vector<Children> m_children;  ///< by element; the last entry holds the roots
    std::vector<int> m_rows;           ///< by element: its row below its parent
    std::optional<int> m_target;
};

}  // namespace turntable::models
