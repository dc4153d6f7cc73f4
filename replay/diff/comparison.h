#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::diff {

/// How much an answer agrees with the recorded one, best first. `sameElement`: same tool on the same element, other
/// arguments differ. `none`: the answer has no call where the recording has one. `invalid`: the call cannot be executed
/// (unknown tool, cut or broken arguments). Where the recording has no call either, an answer without one is
/// `sameCall`. `unanswered`: the turn failed or was not replayed.
enum class Agreement { sameCall, sameElement, sameTool, different, none, invalid, unanswered };
inline constexpr std::size_t kAgreementCount = 7;
[[nodiscard]] const char* agreementName(Agreement agreement);

/// Of several calls the worst pair counts, in order; another number of calls is `sameTool` at best. Arguments are
/// compared as JSON: the order of keys says nothing.
[[nodiscard]] Agreement compareActions(const model::Turn& recorded, const model::Turn& answered);

/// One run's answer to one recorded turn.
struct Cell {
    std::optional<model::Turn> turn;  ///< empty: this run has no such turn
    Agreement agreement = Agreement::unanswered;
};
struct ComparedTurn {
    model::Turn recorded;
    std::vector<Cell> cells;  ///< one a run, in the order of the runs
};
/// Sums over the turns that have the figure; `turnsMeasured` says how many had a total.
struct Totals {
    std::optional<support::Nanoseconds> prefill;
    std::optional<support::Nanoseconds> decode;
    std::optional<support::Nanoseconds> total;
    std::optional<std::int64_t> inputTokens;
    std::optional<std::int64_t> cachedTokens;  ///< over the turns where it is known
    std::optional<std::int64_t> outputTokens;
    bool inputEstimated = false;        ///< a figure in `inputTokens` is an estimate
    std::optional<double> cachedShare;  ///< cached / input over the turns where both are known
    int turnsMeasured = 0;
    int turns = 0;
    std::array<int, kAgreementCount> agreement{};  ///< runs only
    std::array<int, 3> verdicts{};                 ///< fine, workable, unusable
};
/// Prefill, decode, total and agreement of a session and its runs, turn by turn. Runs are aligned by source turn.
struct Comparison {
    model::Session session;
    std::vector<model::Session> runs;
    std::vector<ComparedTurn> turns;
    Totals recorded;
    std::vector<Totals> totals;  ///< one a run
};

/// Pure. Of several answers of a run to one turn (it was resumed) the newest whole one counts. A run whose turns do not
/// name turns of `session` as their source is aligned by turn number.
[[nodiscard]] Comparison compareTurns(const model::Session& session, const std::vector<model::Turn>& recorded,
                                      const std::vector<model::Session>& runs,
                                      const std::vector<std::vector<model::Turn>>& answers);

/// Reads what `compareTurns` needs. No runs given: all runs of the session.
[[nodiscard]] support::Result<Comparison> compareSessions(const storage::TraceReader& reader,
                                                          support::SessionId session,
                                                          const std::vector<support::SessionId>& runs);

/// Cached tokens over input tokens, 0 to 1; empty where one of them is not known.
[[nodiscard]] std::optional<double> cachedShare(const model::TokenBreakdown& tokens);

/// Aligned text for a terminal, and one JSON document (docs/cli.md names the fields).
[[nodiscard]] std::string renderText(const Comparison& comparison);
[[nodiscard]] std::string renderJson(const Comparison& comparison);

}  // namespace turntable::diff
