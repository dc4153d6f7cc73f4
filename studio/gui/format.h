#pragma once

#include <QString>
#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/clock.h"

/// Figures and names as people read them. Everything here is pure and may be called from any thread. An unknown figure
/// is `kUnknown`, an estimated one begins with "~".
namespace turntable::gui {

inline constexpr QChar kUnknown(0x2013);

[[nodiscard]] QString toQString(std::string_view utf8);

/// "340 ms", "1.84 s", "2 min 05 s".
[[nodiscard]] QString formatDuration(std::optional<support::Nanoseconds> duration);
/// "+0.42 s", "−120 ms", "±0"; kUnknown when either is missing.
[[nodiscard]] QString formatDelta(std::optional<support::Nanoseconds> before,
                                  std::optional<support::Nanoseconds> after);
/// "12,345".
[[nodiscard]] QString formatCount(std::int64_t count);
[[nodiscard]] QString formatCount(std::optional<std::int64_t> count);
/// "12,345" where counted, "~12,345" where estimated.
[[nodiscard]] QString formatTokens(const model::TokenFigure& figure);
/// "83 %" of a share between 0 and 1.
[[nodiscard]] QString formatShare(std::optional<double> share);
/// "412", of tokens a second.
[[nodiscard]] QString formatRate(std::optional<double> tokensPerSecond);
/// "1.2 MB".
[[nodiscard]] QString formatBytes(std::int64_t bytes);
/// Local date and time of a session: "2026-11-23 08:15".
[[nodiscard]] QString formatWhen(support::WallTime time);

/// How a figure is known, one sentence for a tooltip.
[[nodiscard]] QString basisSentence(const model::TokenFigure& figure);
[[nodiscard]] QString timeSourceSentence(model::TimeSource source);

/// The tool's own name without the prefix of its server: "browser_click" of "mcp__playwright__browser_click".
[[nodiscard]] QString toolLabel(std::string_view tool);
/// `browser_click button "Save"`: an action in one line.
[[nodiscard]] QString describeAction(const model::Action& action);
/// What a turn did, in one line: its actions, else its text, else why there is neither.
[[nodiscard]] QString describeTurn(const model::Turn& turn);
/// "recording", "teacher-forced run".
[[nodiscard]] QString describeMode(const model::Session& session);
/// "12 turns · model · date": the small print of a session.
[[nodiscard]] QString describeSession(const model::Session& session);

}  // namespace turntable::gui
