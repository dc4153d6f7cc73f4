#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/model/turn.h"

namespace turntable::cli {

/// One line about a turn, as a model runtime would log it: input tokens by section, cached, prefill and decode seconds
/// and tokens a second, action, verdict. `~` stands before an estimated figure, `-` in the place of an unknown one.
[[nodiscard]] std::string turnLine(const model::Turn& turn);

/// `click button "Save" [e14]` for each call, joined by "; "; the beginning of the text when there is no call.
[[nodiscard]] std::string actionText(const model::Turn& turn);

/// Sums of the turns seen so far. A figure that a turn does not have is left out of its sum, and the line says so.
class TurnTotals {
public:
    void add(const model::Turn& turn, bool stored = true);
    /// Several lines, the last without a line break.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] int turns() const { return m_turns; }

private:
    struct Sum {
        std::int64_t value = 0;
        int known = 0;
        bool isEstimate = false;  ///< a figure in it is
        void add(std::optional<std::int64_t> figure);
        void add(const model::TokenFigure& figure);
    };
    int m_turns = 0;
    int m_complete = 0;
    int m_notStored = 0;
    Sum m_input, m_cached, m_inputWhereCached, m_output;
    Sum m_prefill, m_decode, m_total;
    Sum m_freshWithPrefill, m_prefillWithFresh, m_outputWithDecode, m_decodeWithOutput;
    int m_verdicts[3] = {0, 0, 0};
};

/// "12,345" with the sign of an estimate where it is one; "-" when unknown.
[[nodiscard]] std::string tokensText(const model::TokenFigure& figure);
/// "0.42 s"; "-" when unknown.
[[nodiscard]] std::string secondsText(std::optional<support::Nanoseconds> duration);

/// "waited 3.1 ms for the store at most": what other writers and the disk cost.
[[nodiscard]] std::string storeWaitText(support::Nanoseconds longest);

}  // namespace turntable::cli
