#include "replay/diff/turn_json.h"

#include <nlohmann/json.hpp>

namespace turntable::diff {

using Json = nlohmann::ordered_json;

namespace {

template <typename T>
Json optionalToJson(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json figureToJson(const model::TokenFigure& figure) { return optionalToJson(figure.tokens); }

Json basisToJson(const model::TokenFigure& figure) {
    return figure.tokens ? Json(model::basisName(figure.basis)) : Json(nullptr);
}

/// Deeper texts stay text: a parser that goes down by recursion must not meet a model's ten thousand brackets.
bool nestsAtMost(std::string_view text, int limit) {
    int depth = 0;
    for (const char c : text) {
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (depth > limit) return false;
    }
    return true;
}

Json argumentsToJson(const std::string& arguments) {
    if (!nestsAtMost(arguments, 256)) return arguments;
    Json parsed = Json::parse(arguments, nullptr, false);
    return parsed.is_discarded() ? Json(arguments) : parsed;
}

Json wireToJson(const model::WireStamps& wire) {
    return {{"upstream_connected", millisecondsToJson(wire.upstreamConnected)},
            {"headers", millisecondsToJson(wire.headers)},
            {"first_byte", millisecondsToJson(wire.firstByte)},
            {"first_content", millisecondsToJson(wire.firstContent)},
            {"last_byte", millisecondsToJson(wire.lastByte)}};
}

Json serverToJson(const model::ServerTimings& server) {
    return {{"prompt_tokens", optionalToJson(server.promptTokens)},
            {"cached_tokens", optionalToJson(server.cachedTokens)},
            {"predicted_tokens", optionalToJson(server.predictedTokens)},
            {"queue_ms", millisecondsToJson(server.queue)},
            {"load_ms", millisecondsToJson(server.load)},
            {"prefill_ms", millisecondsToJson(server.prefill)},
            {"decode_ms", millisecondsToJson(server.decode)}};
}

Json identityToJson(const std::optional<model::ModelIdentity>& identity) {
    if (!identity) return nullptr;
    return {{"server", textOrNull(identity->serverKind)},
            {"name", textOrNull(identity->name)},
            {"quantization", textOrNull(identity->quantization)},
            {"context_tokens", optionalToJson(identity->contextTokens)},
            {"parameters", optionalToJson(identity->parameters)},
            {"build", textOrNull(identity->build)},
            {"template_hash", textOrNull(identity->templateHash)}};
}

}  // namespace

Json millisecondsToJson(std::optional<support::Nanoseconds> duration) {
    return duration ? Json(support::toMs(*duration)) : Json(nullptr);
}

Json tokensToJson(const model::TokenBreakdown& tokens) {
    Json json = Json::object();
    Json basis = Json::object();
    const auto add = [&](std::string_view name, const model::TokenFigure& figure) {
        json[std::string(name)] = figureToJson(figure);
        basis[std::string(name)] = basisToJson(figure);
    };
    for (const model::Section section : model::kSections) add(model::sectionName(section), tokens.of(section));
    add("cached", tokens.cached);
    add("input", tokens.input);
    add("output", tokens.output);
    json["basis"] = std::move(basis);
    return json;
}

Json latencyToJson(const model::Latency& latency) {
    return {{"queue", millisecondsToJson(latency.queue)},     {"prefill", millisecondsToJson(latency.prefill)},
            {"decode", millisecondsToJson(latency.decode)},   {"gap", millisecondsToJson(latency.gap)},
            {"tool", millisecondsToJson(latency.tool)},       {"total", millisecondsToJson(latency.total)},
            {"source", model::timeSourceName(latency.source)}};
}

Json actionsToJson(const std::vector<model::Action>& actions) {
    Json list = Json::array();
    for (const model::Action& action : actions) {
        list.push_back({{"tool", action.tool},
                        {"arguments", argumentsToJson(action.arguments)},
                        {"call_id", textOrNull(action.callId)},
                        {"valid", action.valid},
                        {"invalid_reason", textOrNull(action.invalidReason)},
                        {"target", optionalToJson(action.target)},
                        {"target_role", textOrNull(action.targetRole)},
                        {"target_text", textOrNull(action.targetText)}});
    }
    return list;
}

Json screenToJson(const std::optional<model::ScreenSummary>& screen) {
    if (!screen) return nullptr;
    return {{"elements", screen->elements},
            {"elements_seen", screen->elementsSeen},
            {"truncated", screen->truncation != model::Truncation::none},
            {"truncation", model::truncationName(screen->truncation)},
            {"reason", textOrNull(screen->truncationReason)},
            {"carrier", model::carrierName(screen->carrier)},
            {"format", model::screenFormatName(screen->format)},
            {"application", textOrNull(screen->application)},
            {"location", textOrNull(screen->location)},
            {"note", textOrNull(screen->note)}};
}

Json turnToJson(const model::Turn& turn) {
    Json json = {{"number", turn.number},
                 {"id", turn.id.value},
                 {"status", model::turnStatusName(turn.status)},
                 {"api", model::apiName(turn.api)},
                 {"streaming", turn.streaming},
                 {"started", support::formatUtc(turn.started)},
                 {"parent", turn.parent ? Json(turn.parent->value) : Json(nullptr)},
                 {"source", turn.source ? Json(turn.source->value) : Json(nullptr)},
                 {"requested_model", textOrNull(turn.requestedModel)},
                 {"model", textOrNull(turn.answeredModel)},
                 {"http_status", optionalToJson(turn.httpStatus)},
                 {"stop_reason", textOrNull(turn.stopReason)},
                 {"error", textOrNull(turn.error)},
                 {"request_bytes", turn.requestBytes},
                 {"response_bytes", turn.responseBytes}};
    json["tokens"] = tokensToJson(turn.tokens);
    json["time_ms"] = latencyToJson(turn.latency);
    json["verdict"] = turn.latency.total && turn.status == model::TurnStatus::complete
                          ? Json(model::verdictName(model::verdictOf(*turn.latency.total)))
                          : Json(nullptr);
    json["wire_ms"] = wireToJson(turn.wire);
    json["server"] = serverToJson(turn.server);
    json["screen"] = screenToJson(turn.screen);
    json["actions"] = actionsToJson(turn.actions);
    json["text"] = textOrNull(turn.text);
    return json;
}

Json sessionToJson(const model::Session& session) {
    return {{"id", session.id.value},
            {"name", session.name},
            {"turns", session.turns},
            {"started", support::formatUtc(session.started)},
            {"model", textOrNull(session.model)},
            {"endpoint", textOrNull(session.endpoint)},
            {"source", session.source ? Json(session.source->value) : Json(nullptr)},
            {"mode", model::sessionModeName(session.mode)},
            {"simulated", session.simulated},
            {"note", textOrNull(session.note)},
            {"identity", identityToJson(session.identity)}};
}

std::string jsonText(const Json& document) {
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace turntable::diff
