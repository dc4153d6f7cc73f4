#include <algorithm>

#include <nlohmann/json.hpp>

#include "replay/diff/comparison.h"
#include "replay/diff/turn_json.h"

namespace turntable::diff {

using Json = nlohmann::ordered_json;

namespace {

/// "same element" as a name in JSON: "same_element".
std::string keyOf(Agreement agreement) {
    std::string key = agreementName(agreement);
    std::replace(key.begin(), key.end(), ' ', '_');
    return key;
}

template <typename T>
Json optionalToJson(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

/// What a comparison says of a turn, recorded or answered.
Json cellToJson(const model::Turn& turn) {
    Json json = {{"turn", turn.number},
                 {"id", turn.id.value},
                 {"status", model::turnStatusName(turn.status)},
                 {"model", turn.answeredModel.empty() ? Json(nullptr) : Json(turn.answeredModel)},
                 {"stop_reason", turn.stopReason.empty() ? Json(nullptr) : Json(turn.stopReason)},
                 {"error", turn.error.empty() ? Json(nullptr) : Json(turn.error)}};
    json["tokens"] = tokensToJson(turn.tokens);
    json["time_ms"] = latencyToJson(turn.latency);
    json["verdict"] =
        turn.latency.total ? Json(model::verdictName(model::verdictOf(*turn.latency.total))) : Json(nullptr);
    json["actions"] = actionsToJson(turn.actions);
    json["text"] = turn.text.empty() ? Json(nullptr) : Json(turn.text);
    return json;
}

Json totalsToJson(const Totals& totals, bool isRun) {
    Json json = {{"turns", totals.turns}, {"turns_measured", totals.turnsMeasured}};
    json["time_ms"] = {{"prefill", millisecondsToJson(totals.prefill)},
                       {"decode", millisecondsToJson(totals.decode)},
                       {"total", millisecondsToJson(totals.total)}};
    json["tokens"] = {{"input", optionalToJson(totals.inputTokens)},
                      {"cached", optionalToJson(totals.cachedTokens)},
                      {"output", optionalToJson(totals.outputTokens)}};
    json["cached_share"] = optionalToJson(totals.cachedShare);
    json["verdicts"] = Json::object();
    for (const auto verdict : {model::Verdict::fine, model::Verdict::workable, model::Verdict::unusable}) {
        json["verdicts"][std::string(model::verdictName(verdict))] = totals.verdicts[static_cast<std::size_t>(verdict)];
    }
    if (!isRun) return json;
    json["agreement"] = Json::object();
    for (std::size_t i = 0; i < kAgreementCount; ++i) {
        json["agreement"][keyOf(static_cast<Agreement>(i))] = totals.agreement[i];
    }
    return json;
}

Json turnRowToJson(const ComparedTurn& turn, const std::vector<model::Session>& runs) {
    Json row = {{"number", turn.recorded.number}, {"recorded", cellToJson(turn.recorded)}, {"runs", Json::array()}};
    for (std::size_t run = 0; run < turn.cells.size(); ++run) {
        const Cell& cell = turn.cells[run];
        Json json = {{"run", runs[run].id.value}};
        if (cell.turn) {
            json.update(cellToJson(*cell.turn));
        } else {
            json["turn"] = nullptr;
        }
        json["agreement"] = keyOf(cell.agreement);
        row["runs"].push_back(std::move(json));
    }
    return row;
}

}  // namespace

std::string renderJson(const Comparison& comparison) {
    Json document = {{"session", sessionToJson(comparison.session)}, {"runs", Json::array()}, {"turns", Json::array()}};
    for (const model::Session& run : comparison.runs) document["runs"].push_back(sessionToJson(run));
    for (const ComparedTurn& turn : comparison.turns) document["turns"].push_back(turnRowToJson(turn, comparison.runs));
    Json runs = Json::array();
    for (std::size_t run = 0; run < comparison.totals.size(); ++run) {
        Json totals = {{"run", comparison.runs[run].id.value}};
        totals.update(totalsToJson(comparison.totals[run], true));
        runs.push_back(std::move(totals));
    }
    document["totals"] = {{"recorded", totalsToJson(comparison.recorded, false)}, {"runs", std::move(runs)}};
    return jsonText(document);
}

}  // namespace turntable::diff
