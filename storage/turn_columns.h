#pragma once

// Private to storage: which column of `turn` holds which field, said once for reading, inserting and updating.

#include "storage/model/turn.h"

namespace turntable::storage {

/// Calls `visit(column, field)` for every field of a turn that has columns of its own, in the order of the statements.
/// A TokenFigure stands for two columns (`tokens_X`, `basis_X`), the screen for the nine of `visitScreenColumns`.
template <typename TurnLike, typename Visitor>
void visitTurnColumns(TurnLike& turn, Visitor& visit) {
    visit("status", turn.status);
    visit("api", turn.api);
    visit("streaming", turn.streaming);
    visit("started_ns", turn.started);
    visit("parent_turn", turn.parent);
    visit("source_turn", turn.source);
    visit("target", turn.target);
    visit("requested_model", turn.requestedModel);
    visit("answered_model", turn.answeredModel);
    visit("http_status", turn.httpStatus);
    visit("stop_reason", turn.stopReason);
    visit("error", turn.error);
    visit("request_bytes", turn.requestBytes);
    visit("response_bytes", turn.responseBytes);
    visit("system", turn.tokens.of(model::Section::system));
    visit("tools", turn.tokens.of(model::Section::tools));
    visit("history", turn.tokens.of(model::Section::history));
    visit("screen", turn.tokens.of(model::Section::screen));
    visit("user", turn.tokens.of(model::Section::user));
    visit("other", turn.tokens.of(model::Section::other));
    visit("input", turn.tokens.input);
    visit("cached", turn.tokens.cached);
    visit("output", turn.tokens.output);
    visit("queue_ns", turn.latency.queue);
    visit("prefill_ns", turn.latency.prefill);
    visit("decode_ns", turn.latency.decode);
    visit("gap_ns", turn.latency.gap);
    visit("tool_ns", turn.latency.tool);
    visit("total_ns", turn.latency.total);
    visit("time_source", turn.latency.source);
    visit("wire_connected_ns", turn.wire.upstreamConnected);
    visit("wire_headers_ns", turn.wire.headers);
    visit("wire_first_byte_ns", turn.wire.firstByte);
    visit("wire_first_content_ns", turn.wire.firstContent);
    visit("wire_last_byte_ns", turn.wire.lastByte);
    visit("server_prompt_tokens", turn.server.promptTokens);
    visit("server_cached_tokens", turn.server.cachedTokens);
    visit("server_predicted_tokens", turn.server.predictedTokens);
    visit("server_queue_ns", turn.server.queue);
    visit("server_load_ns", turn.server.load);
    visit("server_prefill_ns", turn.server.prefill);
    visit("server_decode_ns", turn.server.decode);
    visit("screen_id", turn.screenId);
    visit("reply_text", turn.text);
    visit("screen", turn.screen);
}

template <typename SummaryLike, typename Visitor>
void visitScreenColumns(SummaryLike& screen, Visitor& visit) {
    visit("screen_elements", screen.elements);
    visit("screen_elements_seen", screen.elementsSeen);
    visit("screen_truncation", screen.truncation);
    visit("screen_truncation_reason", screen.truncationReason);
    visit("screen_carrier", screen.carrier);
    visit("screen_format", screen.format);
    visit("screen_application", screen.application);
    visit("screen_location", screen.location);
    visit("screen_note", screen.note);
}

inline constexpr int kScreenColumns = 9;

}  // namespace turntable::storage
