#include "studio/gui/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QStringList>
#include <cmath>
#include <cstdlib>

namespace turntable::gui {

namespace {

/// Translations of free functions stand under one context.
QString tr(const char* text, int n = -1) { return QCoreApplication::translate("turntable", text, nullptr, n); }

QString durationText(double ms) {
    if (ms < 1.0) return QStringLiteral("%1 ms").arg(ms, 0, 'f', 2);
    if (ms < 9.95) return QStringLiteral("%1 ms").arg(ms, 0, 'f', 1);
    if (ms < 999.5) return QStringLiteral("%1 ms").arg(ms, 0, 'f', 0);
    const double seconds = ms / 1000.0;
    if (seconds < 99.95) return QStringLiteral("%1 s").arg(seconds, 0, 'f', seconds < 9.995 ? 2 : 1);
    const auto whole = static_cast<long long>(std::llround(seconds));
    return QStringLiteral("%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
}

QString quoted(std::string_view text, int limit) {
    QString line = toQString(text).simplified();
    if (line.size() > limit) line = line.left(limit - 1) + QChar(0x2026);
    return QLatin1Char('"') + line + QLatin1Char('"');
}

}  // namespace

QString toQString(std::string_view utf8) { return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())); }

QString formatDuration(std::optional<support::Nanoseconds> duration) {
    return duration ? durationText(support::toMs(*duration)) : QString(kUnknown);
}

QString formatDelta(std::optional<support::Nanoseconds> before, std::optional<support::Nanoseconds> after) {
    if (!before || !after) return kUnknown;
    const double ms = support::toMs(*after - *before);
    if (std::abs(ms) < 0.5) return QStringLiteral("±0");
    return (ms < 0 ? QStringLiteral("−") : QStringLiteral("+")) + durationText(std::abs(ms));
}

QString formatCount(std::int64_t count) {
    return QLocale(QLocale::English, QLocale::UnitedStates).toString(static_cast<qlonglong>(count));
}

QString formatCount(std::optional<std::int64_t> count) { return count ? formatCount(*count) : QString(kUnknown); }

QString formatTokens(const model::TokenFigure& figure) {
    if (!figure.tokens) return kUnknown;
    const QString text = formatCount(*figure.tokens);
    return figure.basis == model::Basis::estimated ? QLatin1Char('~') + text : text;
}

QString formatShare(std::optional<double> share) {
    return share ? QStringLiteral("%1 %").arg(*share * 100.0, 0, 'f', 0) : QString(kUnknown);
}

QString formatRate(std::optional<double> tokensPerSecond) {
    if (!tokensPerSecond) return kUnknown;
    return QStringLiteral("%1").arg(*tokensPerSecond, 0, 'f', *tokensPerSecond < 100 ? 1 : 0);
}

QString formatBytes(std::int64_t bytes) {
    return QLocale(QLocale::English, QLocale::UnitedStates)
        .formattedDataSize(static_cast<qint64>(bytes), 1, QLocale::DataSizeTraditionalFormat);
}

QString formatWhen(support::WallTime time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(ms)).toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString basisSentence(const model::TokenFigure& figure) {
    if (!figure.tokens) return tr("the server did not say");
    switch (figure.basis) {
        case model::Basis::exact: return tr("exact: counted by the server");
        case model::Basis::estimated: return tr("estimated from the length of the text");
        case model::Basis::simulated: return tr("simulated: no model ran");
    }
    return {};
}

QString timeSourceSentence(model::TimeSource source) {
    switch (source) {
        case model::TimeSource::wire: return tr("measured on the wire");
        case model::TimeSource::server: return tr("as the server reports it");
        case model::TimeSource::simulated: return tr("simulated: no model ran");
    }
    return {};
}

QString toolLabel(std::string_view tool) {
    const std::size_t at = tool.rfind("__");
    const bool prefixed = at != std::string_view::npos && at + 2 < tool.size();
    return toQString(prefixed ? tool.substr(at + 2) : tool);
}

QString describeAction(const model::Action& action) {
    QString line = toolLabel(action.tool);
    if (!action.targetRole.empty()) line += QLatin1Char(' ') + toQString(action.targetRole);
    if (!action.targetText.empty()) line += QLatin1Char(' ') + quoted(action.targetText, 40);
    if (!action.valid) line += tr(" (cannot be executed)");
    return line;
}

QString describeTurn(const model::Turn& turn) {
    if (!turn.actions.empty()) {
        QString line = describeAction(turn.actions.front());
        if (turn.actions.size() > 1) line += tr(" and %1 more").arg(turn.actions.size() - 1);
        return line;
    }
    switch (turn.status) {
        case model::TurnStatus::open: return tr("waiting for the answer");
        case model::TurnStatus::complete: break;
        case model::TurnStatus::failed:
            return turn.error.empty() ? tr("failed") : tr("failed: ") + toQString(turn.error);
        case model::TurnStatus::cancelled: return tr("cancelled by the agent");
        case model::TurnStatus::interrupted: return tr("interrupted");
    }
    return turn.text.empty() ? tr("no action") : quoted(turn.text, 80);
}

QString describeMode(const model::Session& session) {
    if (session.mode == model::SessionMode::recording) return tr("recording");
    return tr("%1 run").arg(toQString(model::sessionModeName(session.mode)));
}

QString describeSession(const model::Session& session) {
    QStringList pieces;
    pieces << (session.turns == 1 ? tr("1 turn") : tr("%1 turns").arg(formatCount(session.turns)));
    if (!session.model.empty()) pieces << toQString(session.model);
    pieces << formatWhen(session.started);
    return pieces.join(QStringLiteral(" · "));
}

}  // namespace turntable::gui
