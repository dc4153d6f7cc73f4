#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "storage/model/session.h"
#include "storage/model/turn.h"

namespace turntable::diff {

/// Turns and sessions as the JSON that every `--json` prints (docs/cli.md names the fields). Pure. An unknown value is
/// null, never 0; durations are milliseconds with their fraction; field names and their order are stable.
[[nodiscard]] nlohmann::ordered_json turnToJson(const model::Turn& turn);
[[nodiscard]] nlohmann::ordered_json sessionToJson(const model::Session& session);

/// The pieces that other documents share: `tokens` (a basis for each figure beside them), `time_ms`, `actions`
/// (arguments as parsed JSON where they parse, as the model's own text otherwise), `screen` (null where none was seen).
[[nodiscard]] nlohmann::ordered_json tokensToJson(const model::TokenBreakdown& tokens);
[[nodiscard]] nlohmann::ordered_json latencyToJson(const model::Latency& latency);
[[nodiscard]] nlohmann::ordered_json actionsToJson(const std::vector<model::Action>& actions);
[[nodiscard]] nlohmann::ordered_json screenToJson(const std::optional<model::ScreenSummary>& screen);

/// Milliseconds, or null.
[[nodiscard]] nlohmann::ordered_json millisecondsToJson(std::optional<support::Nanoseconds> duration);

/// The document as text, indented by two, with a line end behind it. Recorded text may hold bytes that are no UTF-8:
/// they come out as U+FFFD instead of an exception.
[[nodiscard]] std::string jsonText(const nlohmann::ordered_json& document);

}  // namespace turntable::diff
