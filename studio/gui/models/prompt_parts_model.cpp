#include "studio/gui/models/prompt_parts_model.h"

#include <utility>

#include "studio/gui/format.h"

namespace turntable::models {

using gui::toQString;

namespace {

/// Enough of a part's beginning to know it by; the text itself may be megabytes.
QString beginning(const std::string& text) {
    constexpr std::size_t kBytes = 160;
    return toQString(std::string_view(text).substr(0, kBytes)).simplified().left(60);
}

}  // namespace

void PromptPartsModel::setTurn(std::shared_ptr<const turns::InspectedTurn> turn) {
    beginResetModel();
    m_turn = std::move(turn);
    endResetModel();
}

QString PromptPartsModel::partText(int row) const {
    if (row < 0 || row >= rowCount()) return {};
    const turns::InspectedPart& part = m_turn->parts[static_cast<std::size_t>(row)];
    if (!part.text.empty()) return toQString(part.text);
    return tr("(%1, %2: no text to show)")
        .arg(toQString(model::partKindName(part.part.kind)).replace(QLatin1Char('_'), QLatin1Char(' ')),
             gui::formatBytes(static_cast<std::int64_t>(part.part.bytes.size)));
}

QString PromptPartsModel::describe(const turns::InspectedPart& part) const {
    const QString label = part.part.label.empty() ? QString() : gui::toolLabel(part.part.label);
    switch (part.part.kind) {
        case model::PartKind::toolSchema: return label;
        case model::PartKind::toolUse: return tr("calls %1").arg(label);
        case model::PartKind::toolResult:
            return (part.part.isError ? tr("error: %1") : tr("result: %1")).arg(beginning(part.text));
        case model::PartKind::image: return tr("image");
        case model::PartKind::document: return tr("document");
        case model::PartKind::thinking: return tr("thinking: %1").arg(beginning(part.text));
        case model::PartKind::systemText:
        case model::PartKind::text:
        case model::PartKind::unknown: break;
    }
    return beginning(part.text);
}

int PromptPartsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_turn ? 0 : static_cast<int>(m_turn->parts.size());
}

int PromptPartsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : columnCountValue; }

QVariant PromptPartsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const turns::InspectedPart& part = m_turn->parts[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            switch (index.column()) {
                case sectionColumn: return toQString(model::sectionName(part.part.section));
                case partColumn: return describe(part);
                case tokensColumn: return gui::formatTokens(part.part.tokens);
                case newColumn: return part.isNew ? tr("new") : QString();
                default: return {};
            }
        case Qt::ToolTipRole:
            if (index.column() == tokensColumn) return gui::basisSentence(part.part.tokens);
            if (index.column() == newColumn && part.isNew)
                return tr("not in the prompt of the turn before, at this place");
            return tr("%1 of role %2, bytes %3 to %4 of the request")
                .arg(toQString(model::partKindName(part.part.kind)),
                     part.part.role.empty() ? QString(gui::kUnknown) : toQString(part.part.role),
                     gui::formatCount(static_cast<std::int64_t>(part.part.bytes.offset)),
                     gui::formatCount(static_cast<std::int64_t>(part.part.bytes.end())));
        case Qt::TextAlignmentRole:
            return index.column() == tokensColumn ? QVariant(int(Qt::AlignRight | Qt::AlignVCenter)) : QVariant();
        case sectionRole: return static_cast<int>(part.part.section);
        default: return {};
    }
}

QVariant PromptPartsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case sectionColumn: return tr("Section");
        case partColumn: return tr("Part");
        case tokensColumn: return tr("Tokens");
        case newColumn: return tr("New");
        default: return {};
    }
}

}  // namespace turntable::models
