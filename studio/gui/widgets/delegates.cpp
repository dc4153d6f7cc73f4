#include "studio/gui/widgets/delegates.h"

#include <QApplication>
#include <QPainter>
#include <algorithm>

#include "studio/gui/models/comparison_model.h"
#include "studio/gui/models/prompt_parts_model.h"
#include "studio/gui/models/session_list_model.h"
#include "studio/gui/theme.h"
#include "studio/gui/widgets/painting.h"

namespace turntable::widgets {

using gui::Theme;
using models::ComparisonModel;
using models::PromptPartsModel;
using models::SessionListModel;

namespace {

constexpr int kPadding = 6;
constexpr double kSmall = 0.86;

QFont smaller(QFont font) {
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * kSmall);
    else
        font.setPixelSize(std::max(1, static_cast<int>(font.pixelSize() * kSmall)));
    return font;
}

void paintBackground(QPainter* painter, const QStyleOptionViewItem& option) {
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
}

QColor textColour(const QStyleOptionViewItem& option, const QColor& otherwise) {
    return option.state & QStyle::State_Selected ? option.palette.color(QPalette::HighlightedText) : otherwise;
}

}  // namespace

QSize SessionDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    const int lines = option.fontMetrics.height() + QFontMetrics(smaller(option.font)).height();
    return {option.fontMetrics.averageCharWidth() * 20, lines + 2 * kPadding};
}

void SessionDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const {
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    paintBackground(painter, option);
    const Theme theme = Theme::of(option.palette);
    const bool run = index.data(SessionListModel::isRunRole).toBool();
    QRect room = option.rect.adjusted(kPadding + 2, kPadding - 1, -kPadding, -kPadding + 1);
    painter->save();
    if (run) {
        painter->setPen(textColour(option, theme.muted()));
        painter->drawText(room, Qt::AlignLeft | Qt::AlignTop, QStringLiteral("↳"));
        room.setLeft(room.left() + 2 * option.fontMetrics.averageCharWidth() + 2);
    }
    // The name without the arrow that stands in tables.
    QString name = index.data(Qt::DisplayRole).toString().remove(QStringLiteral("↳")).trimmed();
    QFont bold = option.font;
    bold.setBold(!run);
    const QFont small = smaller(option.font);
    int badgeWidth = 0;
    if (index.data(SessionListModel::simulatedRole).toBool()) {
        const QString badge = tr("simulated");
        badgeWidth = QFontMetrics(small).horizontalAdvance(badge) + 4;
        painter->setFont(small);
        painter->setPen(textColour(option, theme.simulated()));
        painter->drawText(room, Qt::AlignRight | Qt::AlignTop, badge);
    }
    painter->setFont(bold);
    painter->setPen(textColour(option, option.palette.color(QPalette::Text)));
    painter->drawText(room, Qt::AlignLeft | Qt::AlignTop,
                      QFontMetrics(bold).elidedText(name, Qt::ElideMiddle, room.width() - badgeWidth - 4));
    painter->setFont(small);
    painter->setPen(textColour(option, theme.muted()));
    painter->drawText(room, Qt::AlignLeft | Qt::AlignBottom,
                      QFontMetrics(small).elidedText(index.data(SessionListModel::detailRole).toString(),
                                                     Qt::ElideRight, room.width()));
    painter->restore();
}

void SectionDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
    QStyledItemDelegate::initStyleOption(option, index);
    const QVariant section = index.data(PromptPartsModel::sectionRole);
    if (!section.isValid()) return;
    const int side = option->fontMetrics.height() * 6 / 10;
    const double ratio = option->widget ? option->widget->devicePixelRatioF() : 1.0;
    QPixmap swatch(QSize(side, side) * ratio);
    swatch.setDevicePixelRatio(ratio);
    swatch.fill(Qt::transparent);
    QPainter painter(&swatch);
    paintSwatch(painter, QRectF(0, 0, side, side),
                Theme::of(option->palette).section(static_cast<model::Section>(section.toInt())));
    painter.end();
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->decorationSize = {side, side};
    // The same in every state: a selected row must not tint what the colour says.
    QIcon icon;
    for (const auto mode : {QIcon::Normal, QIcon::Selected, QIcon::Active}) icon.addPixmap(swatch, mode);
    option->icon = icon;
}

QSize ComparisonDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QString text = index.data(Qt::DisplayRole).toString();
    QFont bold = option.font;
    bold.setBold(true);
    const QFontMetrics small(smaller(option.font));
    const int width = std::max(QFontMetrics(bold).horizontalAdvance(text),
                               small.horizontalAdvance(index.data(ComparisonModel::deltaRole).toString()));
    return {width + 2 * kPadding + 2, option.fontMetrics.height() + small.height() + kPadding};
}

void ComparisonDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const {
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    paintBackground(painter, option);
    const Theme theme = Theme::of(option.palette);
    const bool totals = index.data(ComparisonModel::totalsRole).toBool();
    const QString delta = index.data(ComparisonModel::deltaRole).toString();
    const QVariant agreement = index.data(ComparisonModel::agreementRole);
    const QRect room = option.rect.adjusted(kPadding, 2, -kPadding, -2);
    const auto horizontal = Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt()) & Qt::AlignHorizontal_Mask;

    painter->save();
    if (totals) {
        painter->setPen(theme.line());
        painter->drawLine(option.rect.topLeft(), option.rect.topRight());
    }
    QFont font = option.font;
    font.setBold(totals);
    painter->setFont(font);
    QColor colour = option.palette.color(QPalette::Text);
    if (agreement.isValid()) colour = theme.agreement(static_cast<diff::Agreement>(agreement.toInt()));
    painter->setPen(textColour(option, colour));
    const QString text =
        QFontMetrics(font).elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, room.width());
    painter->drawText(room, int(horizontal | (delta.isEmpty() ? Qt::AlignVCenter : Qt::AlignTop)), text);
    if (!delta.isEmpty()) {
        const int trend = index.data(ComparisonModel::trendRole).toInt();
        const QColor tone = trend < 0 ? theme.faster() : (trend > 0 ? theme.slower() : theme.muted());
        painter->setFont(smaller(option.font));
        painter->setPen(textColour(option, tone));
        painter->drawText(room, int(horizontal | Qt::AlignBottom), delta);
    }
    painter->restore();
}

}  // namespace turntable::widgets
