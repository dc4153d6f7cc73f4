#include "studio/gui/widgets/controls.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QShortcut>
#include <QToolButton>
#include <algorithm>

#include "studio/gui/theme.h"

namespace turntable::widgets {

using gui::Theme;

namespace {

void copyRows(const QAbstractItemView& view) {
    const QItemSelectionModel* selection = view.selectionModel();
    if (!selection) return;
    QModelIndexList rows = selection->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const QModelIndex& a, const QModelIndex& b) { return a.row() < b.row(); });
    QStringList lines;
    for (const QModelIndex& row : rows) {
        QStringList cells;
        for (int column = 0; column < view.model()->columnCount(row.parent()); ++column) {
            cells << row.siblingAtColumn(column).data().toString().trimmed();
        }
        lines << cells.join(QLatin1Char('\t'));
    }
    if (!lines.isEmpty()) QApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

/// Takes keys back from the window's shortcuts while its widget has the focus.
class ArrowKeeper : public QObject {
public:
    using QObject::QObject;
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() != QEvent::ShortcutOverride) return QObject::eventFilter(watched, event);
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->modifiers() & (Qt::AltModifier | Qt::ControlModifier)) return false;
        for (const int kept : {Qt::Key_Left, Qt::Key_Right, Qt::Key_Home, Qt::Key_End}) {
            if (key->key() == kept) event->accept();
        }
        return false;
    }
};

}  // namespace

QFont monospaceFont() {
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(QApplication::font().pointSizeF());
    return font;
}

void copyRowsOf(QAbstractItemView* view) {
    auto* shortcut = new QShortcut(QKeySequence::Copy, view);
    shortcut->setContext(Qt::WidgetShortcut);
    QObject::connect(shortcut, &QShortcut::activated, view, [view] { copyRows(*view); });
}

void keepArrowKeys(QWidget* view) { view->installEventFilter(new ArrowKeeper(view)); }

ElidedLabel::ElidedLabel(QWidget* parent) : QLabel(parent) {
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    setTextFormat(Qt::PlainText);
}

void ElidedLabel::setWhole(const QString& text) {
    m_whole = text;
    setToolTip(text);
    setAccessibleName(text);
    fit();
}

void ElidedLabel::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    fit();
}

void ElidedLabel::fit() { setText(fontMetrics().elidedText(m_whole, Qt::ElideRight, contentsRect().width())); }

QLabel* makeTitle(const QString& text, QWidget* parent) {
    auto* title = new QLabel(text, parent);
    QFont font = title->font();
    font.setBold(true);
    title->setFont(font);
    title->setContentsMargins(2, 0, 2, 0);
    return title;
}

Banner::Banner(QWidget* parent) : QFrame(parent), m_label(new QLabel(this)), m_close(new QToolButton(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 6, 6);
    row->addWidget(m_label, 1);
    row->addWidget(m_close);
    m_label->setWordWrap(true);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_close->setText(QStringLiteral("✕"));
    m_close->setAutoRaise(true);
    m_close->setAccessibleName(tr("Close the message"));
    m_close->setToolTip(tr("Close the message"));
    connect(m_close, &QToolButton::clicked, this, &QWidget::hide);
    hide();
}

void Banner::showSentence(const QString& sentence) {
    m_label->setText(QStringLiteral("⚠  ") + sentence);
    setAccessibleName(sentence);
    show();
}

void Banner::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::of(palette()).warning());
}

Figure::Figure(const QString& caption, QWidget* parent)
    : QWidget(parent), m_caption(new QLabel(caption, this)), m_value(new QLabel(QString(QChar(0x2013)), this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_caption);
    column->addWidget(m_value);
    QFont small = m_caption->font();
    small.setPointSizeF(small.pointSizeF() * 0.86);
    m_caption->setFont(small);
    m_caption->setForegroundRole(QPalette::PlaceholderText);
    QFont bold = m_value->font();
    bold.setBold(true);
    m_value->setFont(bold);
}

void Figure::setValue(const QString& value, const QString& toolTip) {
    m_value->setText(value);
    setToolTip(toolTip);
    setAccessibleName(m_caption->text() + QLatin1Char(' ') + value);
}

QSize Badge::sizeHint() const { return {fontMetrics().horizontalAdvance(text()) + 14, fontMetrics().height() + 4}; }

void Badge::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor colour = Theme::of(palette()).simulated();
    QColor fill = colour;
    fill.setAlphaF(0.15F);
    painter.setPen(QPen(colour, 1));
    painter.setBrush(fill);
    const QSizeF size(sizeHint());
    const QRectF pill(0.5, (height() - size.height()) / 2 + 0.5, std::min(size.width(), double(width())) - 1,
                      size.height() - 1);
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
    painter.drawText(pill, Qt::AlignCenter, text());
}

CodeView::CodeView(const QString& accessibleName, QWidget* parent) : QPlainTextEdit(parent) {
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFont(monospaceFont());
    setFrameShape(QFrame::NoFrame);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setAccessibleName(accessibleName);
    setTabChangesFocus(true);
    keepArrowKeys(this);
}

DocumentView::DocumentView(const QString& accessibleName, QWidget* parent) : QTextEdit(parent) {
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(accessibleName);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setTabChangesFocus(true);
    keepArrowKeys(this);
}

void DocumentView::addHeading(const QString& text) {
    QTextCharFormat format;
    format.setFontWeight(QFont::Bold);
    add(text, format, 8);
}

void DocumentView::addText(const QString& text) { add(text, {}, 2); }

void DocumentView::addCode(const QString& text) {
    QTextCharFormat format;
    format.setFont(monospaceFont());
    add(text, format, 2);
}

void DocumentView::add(const QString& text, const QTextCharFormat& format, double spaceAbove) {
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    QTextBlockFormat block;
    block.setTopMargin(spaceAbove);
    if (document()->isEmpty())
        cursor.setBlockFormat({});
    else
        cursor.insertBlock(block);
    // Lines of one piece stay one block, so that the space stands above the piece alone.
    cursor.insertText(QString(text).replace(QLatin1Char('\n'), QChar(QChar::LineSeparator)), format);
}

OrEmpty::OrEmpty(QWidget* content, QWidget* parent) : QStackedWidget(parent), m_sentence(new QLabel(this)) {
    addWidget(content);
    addWidget(m_sentence);
    m_sentence->setAlignment(Qt::AlignCenter);
    m_sentence->setWordWrap(true);
    m_sentence->setForegroundRole(QPalette::PlaceholderText);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_sentence->setMargin(16);
}

void OrEmpty::showSentence(const QString& sentence) {
    m_sentence->setText(sentence);
    setCurrentIndex(1);
}

}  // namespace turntable::widgets
