#include "studio/gui/models/screen_tree_model.h"

#include <QFont>
#include <QStringList>
#include <utility>

#include "replay/diff/tree_diff.h"
#include "studio/gui/format.h"

namespace turntable::models {

using gui::toQString;

void ScreenTreeModel::setScreen(std::shared_ptr<const model::Screen> screen) {
    beginResetModel();
    m_screen = std::move(screen);
    m_target.reset();
    const std::size_t count = m_screen ? m_screen->elements.size() : 0;
    m_children.assign(count + 1, {});
    m_rows.assign(count, 0);
    for (std::size_t element = 0; element < count; ++element) {
        const int parent = m_screen->elements[element].parent;
        // A parent stands before its children; anything else would be a tree we cannot show.
        const bool nested = parent >= 0 && static_cast<std::size_t>(parent) < element;
        Children& siblings = m_children[nested ? static_cast<std::size_t>(parent) : count];
        m_rows[element] = static_cast<int>(siblings.size());
        siblings.push_back(static_cast<int>(element));
    }
    endResetModel();
}

void ScreenTreeModel::setTarget(std::optional<int> element) {
    const std::optional<int> before = std::exchange(m_target, element);
    for (const auto& each : {before, element}) {
        if (!each) continue;
        if (const QModelIndex changed = indexOf(*each); changed.isValid())
            Q_EMIT dataChanged(changed, changed, {Qt::FontRole});
    }
}

int ScreenTreeModel::elementOf(const QModelIndex& index) {
    return index.isValid() ? static_cast<int>(index.internalId()) : -1;
}

QModelIndex ScreenTreeModel::indexOf(int element) const {
    if (element < 0 || static_cast<std::size_t>(element) >= m_rows.size()) return {};
    return createIndex(m_rows[static_cast<std::size_t>(element)], 0, static_cast<quintptr>(element));
}

const ScreenTreeModel::Children& ScreenTreeModel::childrenOf(const QModelIndex& parent) const {
    static const Children kNone;
    if (m_children.empty()) return kNone;
    return parent.isValid() ? m_children[static_cast<std::size_t>(elementOf(parent))] : m_children.back();
}

QModelIndex ScreenTreeModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(row, column, static_cast<quintptr>(childrenOf(parent)[static_cast<std::size_t>(row)]));
}

QModelIndex ScreenTreeModel::parent(const QModelIndex& index) const {
    const int element = elementOf(index);
    if (element < 0 || static_cast<std::size_t>(element) >= m_rows.size()) return {};
    const int parent = m_screen->elements[static_cast<std::size_t>(element)].parent;
    return parent < element ? indexOf(parent) : QModelIndex();
}

int ScreenTreeModel::rowCount(const QModelIndex& parent) const {
    return parent.column() > 0 ? 0 : static_cast<int>(childrenOf(parent).size());
}

int ScreenTreeModel::columnCount(const QModelIndex&) const { return 1; }

QVariant ScreenTreeModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const model::Element& element = m_screen->elements[static_cast<std::size_t>(elementOf(index))];
    const QString value = element.value ? toQString(*element.value) : QString();
    switch (role) {
        case Qt::DisplayRole: {
            const QString line = toQString(diff::describeElement(element));
            // The description takes the value where there is no text.
            return element.text.empty() || value.isEmpty() ? line : line + QStringLiteral(": ") + value.simplified();
        }
        case Qt::ToolTipRole: {
            QStringList lines{toQString(diff::describeElement(element))};
            if (!value.isEmpty()) lines << value;
            for (const std::string& state : element.states) lines << toQString(state);
            if (element.box) {
                lines << tr("at %1, %2, size %3 × %4")
                             .arg(element.box->x)
                             .arg(element.box->y)
                             .arg(element.box->width)
                             .arg(element.box->height);
            }
            return lines.join(QLatin1Char('\n'));
        }
        case Qt::FontRole: {
            QFont font;
            font.setBold(true);
            return m_target == elementOf(index) ? QVariant(font) : QVariant();
        }
        default: return {};
    }
}

}  // namespace turntable::models
