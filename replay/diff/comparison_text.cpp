#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "replay/diff/comparison.h"
#include "replay/diff/text_columns.h"

namespace turntable::diff {

namespace {

constexpr std::size_t kNumberWidth = 3;
constexpr std::size_t kActionWidth = 22;
constexpr std::size_t kFigureWidth = 5;
constexpr std::size_t kCachedWidth = 4;
constexpr std::size_t kAgreementWidth = 10;
constexpr std::size_t kFiguresWidth = 3 * (kFigureWidth + 1) + kCachedWidth;
constexpr std::size_t kRunWidth = kFiguresWidth + 1 + kAgreementWidth;
constexpr std::string_view kUnknown = "-";

std::string printed(const char* format, double value) {
    std::array<char, 48> text{};
    const int size = std::snprintf(text.data(), text.size(), format, value);
    return {text.data(), static_cast<std::size_t>(std::clamp(size, 0, static_cast<int>(text.size()) - 1))};
}

/// Seconds in five places: what matters at 7 ms is another digit than at 7 minutes.
std::string seconds(const std::optional<support::Nanoseconds>& duration) {
    if (!duration) return std::string(kUnknown);
    const double value = support::toMs(*duration) / 1000;
    if (value < 0.0995) return printed("%.3f", value);
    if (value < 99.95) return printed("%.2f", value);
    return printed(value < 999.5 ? "%.1f" : "%.0f", value);
}

std::string percent(const std::optional<double>& share) {
    return share ? printed("%.0f", *share * 100) + "%" : std::string(kUnknown);
}

std::string count(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : std::string(kUnknown);
}

std::string figures(const std::optional<support::Nanoseconds>& prefill,
                    const std::optional<support::Nanoseconds>& decode, const std::optional<support::Nanoseconds>& total,
                    const std::optional<double>& cached) {
    return padLeft(seconds(prefill), kFigureWidth) + " " + padLeft(seconds(decode), kFigureWidth) + " " +
           padLeft(seconds(total), kFigureWidth) + " " + padLeft(percent(cached), kCachedWidth);
}

std::string turnFigures(const model::Turn& turn) {
    return figures(turn.latency.prefill, turn.latency.decode, turn.latency.total, cachedShare(turn.tokens));
}

/// "mcp__playwright__browser_click" without its server: "browser_click".
std::string_view shortTool(std::string_view tool) {
    if (!tool.starts_with("mcp__")) return tool;
    const std::size_t server = tool.find("__", 5);
    return server == std::string_view::npos || server + 2 >= tool.size() ? tool : tool.substr(server + 2);
}

std::string actionLabel(const model::Turn& turn) {
    if (turn.actions.empty()) {
        const bool answered = turn.status == model::TurnStatus::complete;
        return answered ? "(text)" : "(" + std::string(model::turnStatusName(turn.status)) + ")";
    }
    const model::Action& action = turn.actions.front();
    std::string label(shortTool(action.tool));
    if (!action.targetText.empty()) {
        label += " \"" + action.targetText + "\"";
    } else if (!action.targetRole.empty()) {
        label += " " + action.targetRole;
    }
    if (turn.actions.size() > 1) label = "+" + std::to_string(turn.actions.size() - 1) + " " + label;
    return oneLine(label);
}

std::string agreementLabel(Agreement agreement) {
    return agreement == Agreement::sameElement ? "same elem." : agreementName(agreement);
}

std::string runTitle(std::size_t index, const model::Session& run) {
    return "run " + std::to_string(index + 1) + (run.simulated ? " (simulated)" : "");
}

std::string withoutTrailingSpaces(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

/// "llama.cpp, Q8_0, context 8192, build 3265"; empty where the server told nothing.
std::string identityText(const model::ModelIdentity& identity) {
    std::string text;
    const auto add = [&text](const std::string& piece) { text += (text.empty() ? "" : ", ") + oneLine(piece); };
    if (!identity.serverKind.empty()) add(identity.serverKind);
    if (!identity.quantization.empty()) add(identity.quantization);
    if (identity.contextTokens) add("context " + std::to_string(*identity.contextTokens));
    if (identity.parameters) add(std::to_string(*identity.parameters) + " parameters");
    if (!identity.build.empty()) add("build " + identity.build);
    if (!identity.templateHash.empty()) add("template " + identity.templateHash.substr(0, 12));
    return text;
}

std::string sessionLine(const std::string& title, const model::Session& session) {
    std::string line = padRight(title, 18) + "#" + std::to_string(session.id.value) + " " + oneLine(session.name);
    if (!session.model.empty()) line += ", model " + oneLine(session.model);
    if (!session.endpoint.empty()) line += ", " + oneLine(session.endpoint);
    if (session.mode != model::SessionMode::recording) line += ", " + std::string(model::sessionModeName(session.mode));
    line += "\n";
    for (const std::string& more :
         {session.identity && !session.simulated ? identityText(*session.identity) : "", oneLine(session.note)}) {
        if (!more.empty()) line += std::string(18, ' ') + more + "\n";
    }
    return line;
}

std::string tableHead(const Comparison& comparison) {
    const std::string left(kNumberWidth + 1 + kActionWidth, ' ');
    std::string titles = left + "  " + padRight("recorded", kFiguresWidth);
    const std::string columns = padLeft("pre", kFigureWidth) + " " + padLeft("dec", kFigureWidth) + " " +
                                padLeft("total", kFigureWidth) + " " + padLeft("hit", kCachedWidth);
    std::string names = padLeft("#", kNumberWidth) + " " + padRight("action", kActionWidth) + "  " + columns;
    for (std::size_t run = 0; run < comparison.runs.size(); ++run) {
        titles += "  " + padRight(runTitle(run, comparison.runs[run]), kRunWidth);
        names += "  " + columns + " " + padRight("agreement", kAgreementWidth);
    }
    return withoutTrailingSpaces(titles) + withoutTrailingSpaces(names);
}

std::string turnRow(const ComparedTurn& turn) {
    std::string line = padLeft(std::to_string(turn.recorded.number), kNumberWidth) + " " +
                       padRight(shortened(actionLabel(turn.recorded), kActionWidth), kActionWidth) + "  " +
                       turnFigures(turn.recorded);
    for (const Cell& cell : turn.cells) {
        line += "  " + turnFigures(cell.turn.value_or(model::Turn{})) + " " +
                padRight(agreementLabel(cell.agreement), kAgreementWidth);
    }
    return withoutTrailingSpaces(line);
}

std::string totalsRow(const Comparison& comparison) {
    const auto row = [](const Totals& totals) {
        return figures(totals.prefill, totals.decode, totals.total, totals.cachedShare);
    };
    std::string line =
        padRight("", kNumberWidth) + " " + padRight("total", kActionWidth) + "  " + row(comparison.recorded);
    for (const Totals& totals : comparison.totals) line += "  " + padRight(row(totals), kRunWidth);
    return withoutTrailingSpaces(line);
}

std::string totalsLines(const std::string& title, const Totals& totals, bool isRun) {
    std::string text = padRight(title, 18) + std::to_string(totals.turnsMeasured) + " of " +
                       std::to_string(totals.turns) + " turns timed: " + std::to_string(totals.verdicts[0]) +
                       " fine, " + std::to_string(totals.verdicts[1]) + " workable, " +
                       std::to_string(totals.verdicts[2]) + " unusable; tokens in " +
                       (totals.inputEstimated ? "~" : "") + count(totals.inputTokens) + ", cached " +
                       count(totals.cachedTokens) + ", out " + count(totals.outputTokens) + "\n";
    if (!isRun) return text;
    std::string agreement;
    for (std::size_t i = 0; i < kAgreementCount; ++i) {
        if (totals.agreement[i] == 0) continue;
        if (!agreement.empty()) agreement += ", ";
        agreement += std::to_string(totals.agreement[i]) + " " + agreementName(static_cast<Agreement>(i));
    }
    return agreement.empty() ? text : text + std::string(18, ' ') + "agreement: " + agreement + "\n";
}

}  // namespace

std::string renderText(const Comparison& comparison) {
    std::string text = sessionLine("recorded", comparison.session);
    for (std::size_t run = 0; run < comparison.runs.size(); ++run) {
        text += sessionLine(runTitle(run, comparison.runs[run]), comparison.runs[run]);
    }
    text += "\n" + tableHead(comparison);
    for (const ComparedTurn& turn : comparison.turns) text += turnRow(turn);
    text += totalsRow(comparison) + "\n";
    text += totalsLines("recorded", comparison.recorded, false);
    for (std::size_t run = 0; run < comparison.totals.size(); ++run) {
        text += totalsLines(runTitle(run, comparison.runs[run]), comparison.totals[run], true);
    }
    text +=
        "\npre, dec, total: seconds of prefill, decode and the whole turn; hit: share of the prompt from the prefix "
        "cache;\n-: not known. Agreement with the recording is not correctness.\n";
    return text;
}

}  // namespace turntable::diff
