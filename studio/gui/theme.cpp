#include "studio/gui/theme.h"

#include <QApplication>
#include <QCoreApplication>
#include <QStyleFactory>
#include <array>

namespace turntable::gui {

namespace {

QColor pick(bool dark, QRgb light, QRgb night) { return QColor(dark ? night : light); }

QPalette makePalette(bool dark) {
    const QColor window = pick(dark, 0xf6f7f9, 0x1e2126);
    const QColor base = pick(dark, 0xffffff, 0x16181c);
    const QColor text = pick(dark, 0x1c2026, 0xe4e7eb);
    const QColor button = pick(dark, 0xeceef2, 0x2b2f36);
    const QColor accent = Theme(dark).accent();
    QPalette palette(text, button, pick(dark, 0xffffff, 0x3a3f48), pick(dark, 0xa9b0ba, 0x0c0d10),
                     pick(dark, 0xc9ced6, 0x24272d), text, pick(dark, 0x000000, 0xffffff), base, window);
    palette.setColor(QPalette::AlternateBase, pick(dark, 0xf3f5f8, 0x1b1e23));
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, pick(dark, 0xffffff, 0x0d1116));
    palette.setColor(QPalette::ToolTipBase, pick(dark, 0x23272e, 0x31363e));
    palette.setColor(QPalette::ToolTipText, QColor(0xf2f4f7));
    palette.setColor(QPalette::PlaceholderText, Theme(dark).muted());
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::Mid, Theme(dark).line());
    palette.setColor(QPalette::Midlight, pick(dark, 0xe6e9ee, 0x33383f));
    palette.setColor(QPalette::Shadow, pick(dark, 0x8a919b, 0x0a0b0d));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, pick(dark, 0x9aa1ab, 0x6c737d));
    }
    return palette;
}

}  // namespace

Theme Theme::of(const QPalette& palette) { return Theme(palette.color(QPalette::Window).lightness() < 128); }

QColor Theme::section(model::Section section) const {
    switch (section) {
        case model::Section::system: return pick(m_dark, 0x0072b2, 0x2f8fd0);
        case model::Section::tools: return pick(m_dark, 0xcc79a7, 0xd48bb3);
        case model::Section::history: return pick(m_dark, 0x7fbfe6, 0x56a3d4);
        case model::Section::screen: return pick(m_dark, 0xe69f00, 0xe0a526);
        case model::Section::user: return pick(m_dark, 0x009e73, 0x1fb287);
        case model::Section::other: return pick(m_dark, 0x9a9fa6, 0x7d838b);
    }
    return {};
}

QColor Theme::time(TimePart part) const {
    switch (part) {
        case TimePart::queue: return pick(m_dark, 0xb4bac2, 0x767d87);
        case TimePart::prefill: return pick(m_dark, 0xcc6677, 0xd27483);
        case TimePart::decode: return pick(m_dark, 0x33998a, 0x4fb3a4);
        case TimePart::gap: return pick(m_dark, 0xd3c27a, 0x8d8457);
        case TimePart::unsplit: return pick(m_dark, 0x8a7fb0, 0x9c92c2);
    }
    return {};
}

QColor Theme::verdict(model::Verdict verdict) const {
    switch (verdict) {
        case model::Verdict::fine: return pick(m_dark, 0x0068a5, 0x56b4e9);
        case model::Verdict::workable: return pick(m_dark, 0xa96f00, 0xe6a817);
        case model::Verdict::unusable: return pick(m_dark, 0xc04a00, 0xff7a3d);
    }
    return {};
}

QColor Theme::status(model::TurnStatus status) const {
    switch (status) {
        case model::TurnStatus::open: return accent();
        case model::TurnStatus::complete: return muted();
        case model::TurnStatus::failed:
        case model::TurnStatus::interrupted: return verdict(model::Verdict::unusable);
        case model::TurnStatus::cancelled: return verdict(model::Verdict::workable);
    }
    return {};
}

QColor Theme::agreement(diff::Agreement agreement) const {
    switch (agreement) {
        case diff::Agreement::sameCall: return verdict(model::Verdict::fine);
        case diff::Agreement::sameElement: return pick(m_dark, 0x007a5c, 0x3fc79c);
        case diff::Agreement::sameTool: return verdict(model::Verdict::workable);
        case diff::Agreement::different: return verdict(model::Verdict::unusable);
        case diff::Agreement::none:
        case diff::Agreement::unanswered: return muted();
        case diff::Agreement::invalid: return pick(m_dark, 0xa8447a, 0xe08dba);
    }
    return {};
}

QColor Theme::faster() const { return verdict(model::Verdict::fine); }
QColor Theme::slower() const { return verdict(model::Verdict::unusable); }
QColor Theme::muted() const { return pick(m_dark, 0x5f6872, 0x9aa3ae); }
QColor Theme::line() const { return pick(m_dark, 0xd5d9df, 0x363b43); }
QColor Theme::card() const { return pick(m_dark, 0xffffff, 0x24282e); }
QColor Theme::canvas() const { return pick(m_dark, 0xffffff, 0x16181c); }
QColor Theme::accent() const { return pick(m_dark, 0x2f6fd6, 0x6ea3f5); }
QColor Theme::warning() const { return pick(m_dark, 0xfdeccb, 0x4a3a17); }
QColor Theme::simulated() const { return pick(m_dark, 0x7a5bb0, 0xb79be6); }

QChar verdictMark(model::Verdict verdict) {
    constexpr std::array<char16_t, 3> kMarks = {0x2713, 0x25b2, 0x2715};
    return kMarks[static_cast<std::size_t>(verdict)];
}

QChar agreementMark(diff::Agreement agreement) {
    constexpr std::array<char16_t, diff::kAgreementCount> kMarks = {0x2713, 0x2248, 0x223c, 0x2260,
                                                                    0x2205, 0x2715, 0x2013};
    return kMarks[static_cast<std::size_t>(agreement)];
}

QString agreementWords(diff::Agreement agreement) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("turntable", text); };
    switch (agreement) {
        case diff::Agreement::sameCall: return tr("same call");
        case diff::Agreement::sameElement: return tr("same element");
        case diff::Agreement::sameTool: return tr("same tool");
        case diff::Agreement::different: return tr("different");
        case diff::Agreement::none: return tr("no action");
        case diff::Agreement::invalid: return tr("invalid");
        case diff::Agreement::unanswered: return tr("unanswered");
    }
    return {};
}

void applyTheme(QApplication& application, ThemeChoice choice) {
    const bool dark =
        choice == ThemeChoice::dark || (choice == ThemeChoice::system && Theme::of(application.palette()).dark());
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    application.setPalette(makePalette(dark));
}

}  // namespace turntable::gui
