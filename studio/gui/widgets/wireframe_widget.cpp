#include "studio/gui/widgets/wireframe_widget.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <string_view>

#include "replay/diff/tree_diff.h"
#include "studio/gui/format.h"
#include "studio/gui/theme.h"

namespace turntable::widgets {

using gui::Theme;
using gui::toQString;

namespace {

constexpr double kMargin = 8;
/// A page more than this much taller than the view fits the width and scrolls.
constexpr double kLongPage = 1.5;

/// Roles people act on, in the spelling of the web and of macOS.
bool isControl(std::string_view role) {
    constexpr std::array<std::string_view, 24> kControls = {
        "button",     "link",          "textbox",       "searchbox",  "checkbox",    "radio",
        "tab",        "combobox",      "menuitem",      "slider",     "switch",      "option",
        "spinbutton", "treeitem",      "AXButton",      "AXLink",     "AXTextField", "AXTextArea",
        "AXCheckBox", "AXRadioButton", "AXPopUpButton", "AXMenuItem", "AXSlider",    "AXComboBox"};
    return std::find(kControls.begin(), kControls.end(), role) != kControls.end();
}

QRectF rectOf(const model::Box& box) { return {box.x, box.y, box.width, box.height}; }

}  // namespace

WireframeWidget::WireframeWidget(QWidget* parent) : QAbstractScrollArea(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Wireframe of the screen"));
    viewport()->setMouseTracking(true);
}

QSize WireframeWidget::sizeHint() const { return {fontMetrics().averageCharWidth() * 50, fontMetrics().height() * 15}; }
QSize WireframeWidget::minimumSizeHint() const {
    return {fontMetrics().averageCharWidth() * 20, fontMetrics().height() * 6};
}

void WireframeWidget::setScreen(std::shared_ptr<const model::Screen> screen) {
    m_screen = std::move(screen);
    m_target = m_selected = m_hovered = std::nullopt;
    m_boxed.clear();
    m_extent = {};
    const int count = m_screen ? static_cast<int>(m_screen->elements.size()) : 0;
    for (int element = 0; element < count; ++element) {
        const auto& box = m_screen->elements[static_cast<std::size_t>(element)].box;
        if (!box || box->width <= 0 || box->height <= 0) continue;
        m_boxed.push_back(element);
        m_extent = m_extent.united(rectOf(*box));
    }
    verticalScrollBar()->setValue(0);
    layOut();
}

void WireframeWidget::layOut() {
    const QSizeF room(std::max(1.0, viewport()->width() - 2 * kMargin),
                      std::max(1.0, viewport()->height() - 2 * kMargin));
    if (m_extent.isEmpty()) {
        verticalScrollBar()->setRange(0, 0);
        return viewport()->update();
    }
    const double byWidth = room.width() / m_extent.width();
    const double byHeight = room.height() / m_extent.height();
    m_scale = m_extent.height() * byWidth > room.height() * kLongPage ? byWidth : std::min(byWidth, byHeight);
    const double drawn = m_extent.height() * m_scale;
    m_origin = {(viewport()->width() - m_extent.width() * m_scale) / 2,
                std::max(kMargin, (viewport()->height() - drawn) / 2)};
    verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(drawn + 2 * kMargin) - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(fontMetrics().height());
    viewport()->update();
}

QRectF WireframeWidget::boxOf(int element) const {
    if (!m_screen || element < 0 || static_cast<std::size_t>(element) >= m_screen->elements.size()) return {};
    const auto& box = m_screen->elements[static_cast<std::size_t>(element)].box;
    if (!box) return {};
    const QPointF corner = m_origin - QPointF(0, verticalScrollBar()->value());
    return {corner.x() + (box->x - m_extent.left()) * m_scale, corner.y() + (box->y - m_extent.top()) * m_scale,
            box->width * m_scale, box->height * m_scale};
}

std::optional<int> WireframeWidget::elementAt(const QPointF& position) const {
    std::optional<int> best;
    double bestArea = 0;
    for (const int element : m_boxed) {
        const QRectF box = boxOf(element);
        const double area = box.width() * box.height();
        // Of equal boxes the deeper one, which comes later.
        if (!box.contains(position) || (best && area > bestArea)) continue;
        best = element;
        bestArea = area;
    }
    return best;
}

void WireframeWidget::setTarget(std::optional<int> element) {
    m_target = element;
    if (element) reveal(*element);
    viewport()->update();
}

void WireframeWidget::setSelected(std::optional<int> element) {
    m_selected = element;
    if (element && m_screen && static_cast<std::size_t>(*element) < m_screen->elements.size()) {
        reveal(*element);
        setAccessibleDescription(
            toQString(diff::describeElement(m_screen->elements[static_cast<std::size_t>(*element)])));
    } else {
        setAccessibleDescription({});
    }
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
    viewport()->update();
}

void WireframeWidget::setHovered(std::optional<int> element) {
    if (element == m_hovered) return;
    m_hovered = element;
    viewport()->update();
}

void WireframeWidget::reveal(int element) {
    const QRectF box = boxOf(element);
    if (box.isEmpty() || (box.top() >= 0 && box.bottom() <= viewport()->height())) return;
    const double middle = box.top() + std::min(box.height(), double(viewport()->height())) / 2;
    verticalScrollBar()->setValue(verticalScrollBar()->value() + static_cast<int>(middle) - viewport()->height() / 2);
}

void WireframeWidget::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme theme = Theme::of(palette());
    painter.fillRect(viewport()->rect(), theme.canvas());
    if (m_boxed.empty()) {
        painter.setPen(theme.muted());
        painter.drawText(
            viewport()->rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap,
            m_screen ? tr("This screen came without boxes.\nThe tree shows what it says.") : tr("No screen"));
        return;
    }
    const QRectF visible(viewport()->rect());
    for (const int element : m_boxed) {
        if (boxOf(element).intersects(visible)) paintElement(painter, element);
    }
    paintHighlights(painter);
}

void WireframeWidget::paintElement(QPainter& painter, int element) const {
    const Theme theme = Theme::of(palette());
    const model::Element& shown = m_screen->elements[static_cast<std::size_t>(element)];
    const QRectF box = boxOf(element);
    const bool control = isControl(shown.role);
    QColor frame = control ? theme.accent() : theme.line();
    frame.setAlphaF(control ? 0.75F : 1.0F);
    QColor fill = theme.accent();
    fill.setAlphaF(0.10F);
    painter.setPen(QPen(frame, control ? 1.1 : 0.8));
    painter.setBrush(control ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter.drawRect(box);

    const std::string& words = shown.text.empty() && shown.value ? *shown.value : shown.text;
    constexpr double kSmallest = 6.5;
    if (words.empty() || box.height() < kSmallest || box.width() < 12) return;
    // The name of something that holds more would lie over what it holds; a small control is drawn with its own.
    constexpr double kSmallControl = 24;
    const auto next = static_cast<std::size_t>(element) + 1;
    const bool leaf = next >= m_screen->elements.size() || m_screen->elements[next].parent != element;
    if (!leaf && !(control && box.height() < kSmallControl)) return;
    QFont font = painter.font();
    font.setPixelSize(static_cast<int>(std::clamp(box.height() * 0.72, 7.0, 11.0)));
    painter.setFont(font);
    painter.setPen(control ? palette().color(QPalette::Text) : theme.muted());
    const QString text =
        QFontMetrics(font).elidedText(toQString(words).simplified(), Qt::ElideRight, static_cast<int>(box.width()) - 2);
    painter.drawText(box.adjusted(2, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, text);
}

void WireframeWidget::paintHighlights(QPainter& painter) const {
    const Theme theme = Theme::of(palette());
    const auto frame = [&](std::optional<int> element, const QColor& colour, double width, float filled) {
        const QRectF box = element ? boxOf(*element) : QRectF();
        if (box.isEmpty()) return;
        QColor fill = colour;
        fill.setAlphaF(filled);
        painter.setPen(QPen(colour, width));
        painter.setBrush(fill);
        painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 2, 2);
    };
    const QColor target = theme.section(model::Section::screen);
    frame(m_hovered, theme.accent(), 1.5, 0.15F);
    if (m_selected != m_target) frame(m_selected, theme.accent(), 2.0, 0.22F);
    frame(m_target, target, 2.5, 0.30F);
}

void WireframeWidget::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    layOut();
    if (const auto shown = m_selected ? m_selected : m_target) reveal(*shown);
}

void WireframeWidget::mousePressEvent(QMouseEvent* event) {
    const auto element = elementAt(event->position());
    if (event->button() == Qt::LeftButton && element) Q_EMIT elementSelected(*element);
}

void WireframeWidget::mouseMoveEvent(QMouseEvent* event) { hover(elementAt(event->position())); }

void WireframeWidget::leaveEvent(QEvent* event) {
    QAbstractScrollArea::leaveEvent(event);
    hover(std::nullopt);
}

void WireframeWidget::hover(std::optional<int> element) {
    if (element == m_hovered) return;
    setHovered(element);
    Q_EMIT elementHovered(element.value_or(-1));
}

void WireframeWidget::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left:
        case Qt::Key_Up: return step(-1);
        case Qt::Key_Right:
        case Qt::Key_Down: return step(1);
        default: QAbstractScrollArea::keyPressEvent(event);
    }
}

void WireframeWidget::step(int by) {
    if (m_boxed.empty()) return;
    const int from = m_selected.value_or(m_target.value_or(-1));
    const auto here = std::lower_bound(m_boxed.begin(), m_boxed.end(), from);
    const bool onIt = here != m_boxed.end() && *here == from;
    const auto position = static_cast<int>(here - m_boxed.begin()) + (by > 0 && !onIt ? 0 : by);
    const int last = static_cast<int>(m_boxed.size()) - 1;
    Q_EMIT elementSelected(m_boxed[static_cast<std::size_t>(std::clamp(position, 0, last))]);
}

void WireframeWidget::showToolTip(const QHelpEvent& event) {
    const auto element = elementAt(event.pos());
    if (!element) return QToolTip::hideText();
    const model::Element& shown = m_screen->elements[static_cast<std::size_t>(*element)];
    QToolTip::showText(event.globalPos(), toQString(diff::describeElement(shown)), viewport());
}

bool WireframeWidget::viewportEvent(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
    showToolTip(*static_cast<QHelpEvent*>(event));
    return true;
}

}  // namespace turntable::widgets
