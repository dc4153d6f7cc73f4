#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/turn.h"
#include "storage/support/result.h"

namespace turntable::wire {

/// The same request for the other API: Messages to Chat Completions and back. System, tools, tool calls and results,
/// images, max_tokens, temperature, top_p, stop sequences and tool_choice are carried over; fields without a
/// counterpart are left out and named in `dropped`. Conversion follows llama-server's own rules where it has them (text
/// of a user turn before its tool results; tool results as messages of role "tool").
struct Translated {
    std::string body;
    std::vector<std::string> dropped;
};
[[nodiscard]] support::Result<Translated> translateRequest(std::string_view body, model::Api from, model::Api to);

/// The body with "stream" set to true and, for Chat Completions, stream_options.include_usage; everything else in its
/// order. Unchanged bytes when it is so already.
[[nodiscard]] support::Result<std::string> withStreaming(std::string_view body, model::Api api);

}  // namespace turntable::wire
