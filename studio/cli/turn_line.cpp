#include "studio/cli/turn_line.h"

#include <array>
#include <cstdio>

#include "replay/diff/text_columns.h"
#include "storage/support/number_text.h"

namespace turntable::cli {
namespace {

using support::grouped;

std::string decimal(double value, int places) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", places, value);
    return text;
}

std::string rateText(std::optional<std::int64_t> tokens, std::optional<support::Nanoseconds> duration) {
    const auto rate = model::tokensPerSecond(tokens, duration);
    return rate ? decimal(*rate, *rate < 100 ? 1 : 0) + " tok/s" : "- tok/s";
}

std::string shortToolName(const std::string& tool) {
    const auto behindServer = tool.rfind("__");
    return behindServer == std::string::npos ? tool : tool.substr(behindServer + 2);
}

std::string oneAction(const model::Action& action) {
    std::string text = shortToolName(action.tool);
    if (!action.targetRole.empty()) {
        text += " " + action.targetRole;
        if (!action.targetText.empty()) text += " \"" + action.targetText + "\"";
    }
    if (!action.valid) text += " (invalid: " + action.invalidReason + ")";
    return text;
}

std::string firstLine(const std::string& text, std::size_t limit) {
    std::string line = text.substr(0, text.find('\n'));
    if (line.size() <= limit) return line;
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    return line.substr(0, end) + "…";
}

std::string cachedText(const model::Turn& turn) {
    const auto& cached = turn.tokens.cached;
    const auto& input = turn.tokens.input;
    std::string text = "cached " + tokensText(cached);
    if (cached.tokens && input.tokens && *input.tokens > 0) {
        text +=
            " (" + decimal(100.0 * static_cast<double>(*cached.tokens) / static_cast<double>(*input.tokens), 0) + " %)";
    }
    return text;
}

std::string simulatedMark(const model::Turn& turn) {
    return turn.latency.source == model::TimeSource::simulated ? " (simulated)" : "";
}

}  // namespace

std::string tokensText(const model::TokenFigure& figure) {
    if (!figure.tokens) return "-";
    return (figure.basis == model::Basis::estimated ? "~" : "") + grouped(*figure.tokens);
}

std::string secondsText(std::optional<support::Nanoseconds> duration) {
    return duration ? decimal(static_cast<double>(duration->count()) / 1e9, 2) + " s" : "-";
}

std::string actionText(const model::Turn& turn) {
    std::string text;
    for (const auto& action : turn.actions) text += (text.empty() ? "" : "; ") + oneAction(action);
    if (text.empty() && !turn.text.empty()) text = "says \"" + firstLine(turn.text, 60) + "\"";
    return text.empty() ? "no action" : text;
}

std::string turnLine(const model::Turn& turn) {
    char number[24];
    // A turn that could not be stored has no number.
    if (turn.number > 0) {
        std::snprintf(number, sizeof number, "turn %3d", turn.number);
    } else {
        std::snprintf(number, sizeof number, "turn   -");
    }
    std::string line = number;
    line += "  in " + tokensText(turn.tokens.input) + " =";
    const char* joint = " ";
    for (const auto section : model::kSections) {
        const auto& figure = turn.tokens.of(section);
        if (section == model::Section::other && figure.tokens == 0) continue;
        line += joint + std::string(model::sectionName(section)) + " " + tokensText(figure);
        joint = " + ";
    }
    line += " | " + cachedText(turn);
    line += " | prefill " + secondsText(turn.latency.prefill) + " " +
            rateText(model::prefilledTokens(turn), turn.latency.prefill);
    line += " | decode " + secondsText(turn.latency.decode) + " " +
            rateText(model::decodedTokens(turn), turn.latency.decode);
    line += simulatedMark(turn);
    line += " | " + diff::oneLine(actionText(turn));
    if (turn.status != model::TurnStatus::complete) line += " | " + std::string(model::turnStatusName(turn.status));
    const bool judged = turn.latency.total && turn.status == model::TurnStatus::complete;
    if (judged) line += " | " + std::string(model::verdictName(model::verdictOf(*turn.latency.total)));
    if (!turn.error.empty()) line += " | " + diff::oneLine(turn.error);
    return line;
}

void TurnTotals::Sum::add(std::optional<std::int64_t> figure) {
    if (!figure) return;
    value += *figure;
    ++known;
}

void TurnTotals::Sum::add(const model::TokenFigure& figure) {
    add(figure.tokens);
    if (figure.tokens && figure.basis == model::Basis::estimated) isEstimate = true;
}

void TurnTotals::add(const model::Turn& turn, bool stored) {
    const auto count = [](std::optional<support::Nanoseconds> duration) {
        return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
    };
    ++m_turns;
    if (!stored) ++m_notStored;
    if (turn.status == model::TurnStatus::complete) ++m_complete;
    m_input.add(turn.tokens.input);
    m_cached.add(turn.tokens.cached);
    if (turn.tokens.cached.tokens) m_inputWhereCached.add(turn.tokens.input.tokens);
    m_output.add(turn.tokens.output);
    m_prefill.add(count(turn.latency.prefill));
    m_decode.add(count(turn.latency.decode));
    m_total.add(count(turn.latency.total));
    if (const auto fresh = model::prefilledTokens(turn); fresh && turn.latency.prefill) {
        m_freshWithPrefill.add(fresh);
        m_prefillWithFresh.add(count(turn.latency.prefill));
    }
    if (const auto decoded = model::decodedTokens(turn); decoded && turn.latency.decode) {
        m_outputWithDecode.add(decoded);
        m_decodeWithOutput.add(count(turn.latency.decode));
    }
    if (turn.latency.total && turn.status == model::TurnStatus::complete)
        ++m_verdicts[static_cast<int>(model::verdictOf(*turn.latency.total))];
}

std::string TurnTotals::text() const {
    const auto ofTurns = [this](const Sum& sum) {
        return sum.known == m_turns ? std::string()
                                    : " (" + std::to_string(sum.known) + " of " + std::to_string(m_turns) + " turns)";
    };
    const auto tokens = [&](const Sum& sum) {
        return sum.known == 0 ? "-" : (sum.isEstimate ? "~" : "") + grouped(sum.value) + ofTurns(sum);
    };
    const auto seconds = [&](const Sum& sum) {
        return sum.known == 0 ? "-" : secondsText(support::Nanoseconds(sum.value)) + ofTurns(sum);
    };
    std::string text =
        std::to_string(m_turns) + (m_turns == 1 ? " turn, " : " turns, ") + std::to_string(m_complete) + " complete";
    if (m_notStored > 0) text += ", " + std::to_string(m_notStored) + " NOT STORED";
    text += "\ntokens  in " + tokens(m_input) + ", cached " + tokens(m_cached);
    if (m_cached.known > 0 && m_inputWhereCached.value > 0) {
        text +=
            " = " +
            decimal(100.0 * static_cast<double>(m_cached.value) / static_cast<double>(m_inputWhereCached.value), 0) +
            " %";
    }
    text += ", out " + tokens(m_output);
    text += "\ntime    prefill " + seconds(m_prefill) + " " +
            rateText(m_freshWithPrefill.value, support::Nanoseconds(m_prefillWithFresh.value));
    text += ", decode " + seconds(m_decode) + " " +
            rateText(m_outputWithDecode.value, support::Nanoseconds(m_decodeWithOutput.value));
    text += ", total " + seconds(m_total);
    text += "\nverdict " + std::to_string(m_verdicts[0]) + " fine, " + std::to_string(m_verdicts[1]) + " workable, " +
            std::to_string(m_verdicts[2]) + " unusable";
    return text;
}

std::string storeWaitText(support::Nanoseconds longest) {
    return "waited " + decimal(support::toMs(longest), 1) + " ms for the store at most";
}

}  // namespace turntable::cli
