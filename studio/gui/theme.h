#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

#include "replay/diff/comparison.h"
#include "storage/model/prompt.h"
#include "storage/model/timing.h"
#include "storage/model/turn.h"

class QApplication;

namespace turntable::gui {

enum class ThemeChoice { system, light, dark };
enum class TimePart { queue, prefill, decode, gap, unsplit };

/// Every colour that is not a role of the palette. A value; take it from the palette at the moment of painting, so that
/// a change of theme needs no message: `Theme::of(palette())`. Hues are from the colour-blind-safe sets of Okabe-Ito
/// and Tol, and no meaning hangs on a colour alone: verdicts and agreements have a mark and a word as well.
class Theme {
public:
    [[nodiscard]] static Theme of(const QPalette& palette);
    explicit Theme(bool dark) : m_dark(dark) {}

    [[nodiscard]] bool dark() const { return m_dark; }
    [[nodiscard]] QColor section(model::Section section) const;
    [[nodiscard]] QColor time(TimePart part) const;
    [[nodiscard]] QColor verdict(model::Verdict verdict) const;
    [[nodiscard]] QColor status(model::TurnStatus status) const;
    [[nodiscard]] QColor agreement(diff::Agreement agreement) const;
    [[nodiscard]] QColor faster() const;
    [[nodiscard]] QColor slower() const;
    [[nodiscard]] QColor muted() const;      ///< small print
    [[nodiscard]] QColor line() const;       ///< hairlines and frames
    [[nodiscard]] QColor card() const;       ///< behind a group of figures
    [[nodiscard]] QColor canvas() const;     ///< behind a painted drawing
    [[nodiscard]] QColor accent() const;     ///< the selected, the target
    [[nodiscard]] QColor warning() const;    ///< behind the text of a banner
    [[nodiscard]] QColor simulated() const;  ///< the badge of what no machine did

private:
    bool m_dark;
};

/// One character each, in every common font: "✓", "▲", "✕".
[[nodiscard]] QChar verdictMark(model::Verdict verdict);
[[nodiscard]] QChar agreementMark(diff::Agreement agreement);
[[nodiscard]] QString agreementWords(diff::Agreement agreement);

/// Fusion with our palette; `system` follows the lightness of the palette the platform gave at the start. GUI thread.
void applyTheme(QApplication& application, ThemeChoice choice);

}  // namespace turntable::gui
