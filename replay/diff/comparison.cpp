#include "replay/diff/comparison.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace turntable::diff {

namespace {

template <typename T>
void addTo(std::optional<T>& sum, const std::optional<T>& value) {
    if (value) sum = sum.value_or(T{}) + *value;
}

/// Adds up the figures of turns.
class Summing {
public:
    void add(const model::Turn& turn) {
        ++m_totals.turns;
        addTo(m_totals.prefill, turn.latency.prefill);
        addTo(m_totals.decode, turn.latency.decode);
        addTo(m_totals.total, turn.latency.total);
        addTo(m_totals.inputTokens, turn.tokens.input.tokens);
        const model::TokenFigure& input = turn.tokens.input;
        if (input.tokens && input.basis == model::Basis::estimated) m_totals.inputEstimated = true;
        addTo(m_totals.cachedTokens, turn.tokens.cached.tokens);
        addTo(m_totals.outputTokens, turn.tokens.output.tokens);
        if (turn.latency.total && turn.status == model::TurnStatus::complete) {
            ++m_totals.turnsMeasured;
            ++m_totals.verdicts[static_cast<std::size_t>(model::verdictOf(*turn.latency.total))];
        }
        if (turn.tokens.input.tokens && turn.tokens.cached.tokens) {
            m_sharedInput += *turn.tokens.input.tokens;
            m_sharedCached += *turn.tokens.cached.tokens;
        }
    }
    void add(Agreement agreement) { ++m_totals.agreement[static_cast<std::size_t>(agreement)]; }

    [[nodiscard]] Totals totals() const {
        Totals totals = m_totals;
        if (m_sharedInput > 0)
            totals.cachedShare = static_cast<double>(m_sharedCached) / static_cast<double>(m_sharedInput);
        return totals;
    }

private:
    Totals m_totals;
    std::int64_t m_sharedInput = 0;
    std::int64_t m_sharedCached = 0;
};

/// True when `candidate` is the better answer to the same turn.
bool replaces(const model::Turn& candidate, const model::Turn& present) {
    const bool whole = candidate.status == model::TurnStatus::complete;
    const bool presentWhole = present.status == model::TurnStatus::complete;
    if (whole != presentWhole) return whole;
    return candidate.number > present.number;
}

/// The answers of a run by position in `recorded`.
std::vector<const model::Turn*> align(const std::vector<model::Turn>& recorded,
                                      const std::vector<model::Turn>& answers) {
    std::unordered_map<support::TurnId, std::size_t> byId;
    std::unordered_map<int, std::size_t> byNumber;
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        byId.emplace(recorded[i].id, i);
        byNumber.emplace(recorded[i].number, i);
    }
    const bool linked = std::any_of(answers.begin(), answers.end(), [&](const model::Turn& turn) {
        return turn.source && byId.contains(*turn.source);
    });
    std::vector<const model::Turn*> aligned(recorded.size(), nullptr);
    for (const model::Turn& answer : answers) {
        std::size_t place = recorded.size();
        if (linked) {
            const auto found = answer.source ? byId.find(*answer.source) : byId.end();
            if (found != byId.end()) place = found->second;
        } else if (const auto found = byNumber.find(answer.number); found != byNumber.end()) {
            place = found->second;
        }
        if (place == recorded.size()) continue;
        if (aligned[place] == nullptr || replaces(answer, *aligned[place])) aligned[place] = &answer;
    }
    return aligned;
}

}  // namespace

std::optional<double> cachedShare(const model::TokenBreakdown& tokens) {
    if (!tokens.cached.tokens || !tokens.input.tokens || *tokens.input.tokens <= 0) return std::nullopt;
    return static_cast<double>(*tokens.cached.tokens) / static_cast<double>(*tokens.input.tokens);
}

Comparison compareTurns(const model::Session& session, const std::vector<model::Turn>& recorded,
                        const std::vector<model::Session>& runs, const std::vector<std::vector<model::Turn>>& answers) {
    Comparison comparison;
    comparison.session = session;
    comparison.runs = runs;
    Summing recordedSum;
    for (const model::Turn& turn : recorded) {
        comparison.turns.push_back({turn, {}});
        recordedSum.add(turn);
    }
    comparison.recorded = recordedSum.totals();
    const std::vector<model::Turn> nothing;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        const auto aligned = align(recorded, run < answers.size() ? answers[run] : nothing);
        Summing sum;
        for (std::size_t i = 0; i < recorded.size(); ++i) {
            Cell cell;
            if (aligned[i] != nullptr) {
                cell.turn = *aligned[i];
                cell.agreement = compareActions(recorded[i], *aligned[i]);
                sum.add(*aligned[i]);
            }
            sum.add(cell.agreement);
            comparison.turns[i].cells.push_back(std::move(cell));
        }
        comparison.totals.push_back(sum.totals());
    }
    return comparison;
}

support::Result<Comparison> compareSessions(const storage::TraceReader& reader, support::SessionId session,
                                            const std::vector<support::SessionId>& runs) {
    auto source = reader.session(session);
    if (!source) return std::move(source).error();
    auto recorded = reader.turns(session);
    if (!recorded) return std::move(recorded).error();
    std::vector<model::Session> sessions;
    if (runs.empty()) {
        auto all = reader.runsOf(session);
        if (!all) return std::move(all).error();
        sessions = *std::move(all);
    }
    for (const support::SessionId run : runs) {
        auto found = reader.session(run);
        if (!found) return std::move(found).error();
        sessions.push_back(*std::move(found));
    }
    std::vector<std::vector<model::Turn>> answers;
    for (const model::Session& run : sessions) {
        auto turns = reader.turns(run.id);
        if (!turns) return std::move(turns).error();
        answers.push_back(*std::move(turns));
    }
    return compareTurns(*source, *recorded, sessions, answers);
}

}  // namespace turntable::diff
