#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/prompt.h"
#include "storage/model/turn.h"
#include "storage/support/byte_range.h"
#include "storage/support/result.h"

namespace turntable::wire {

/// Which call of a model server a request is, by method and target (query string allowed, any path prefix allowed):
/// POST …/v1/messages and POST …/v1/chat/completions are turns; everything else (count_tokens, models, …) is not.
[[nodiscard]] std::optional<model::Api> recognizeTurn(std::string_view method, std::string_view target);

/// A call that asks how many tokens such a request has: POST …/v1/messages/count_tokens. It is no turn.
[[nodiscard]] bool asksForTokenCount(std::string_view method, std::string_view target);

/// A request body, understood. All ranges point into the body it was parsed from.
struct ParsedRequest {
    model::Api api = model::Api::anthropicMessages;
    std::string model;
    support::ByteRange modelValue;  ///< the JSON string with its quotes; empty when there is no "model"
    bool streaming = false;
    std::optional<std::int64_t> maxTokens;
    std::vector<model::PromptPart> parts;  ///< in order of position in the body; `tokens` not yet filled
    std::vector<std::string> toolNames;    ///< as declared, in order
    std::size_t messages = 0;
};

/// Finds the parts of a prompt. Reads the body without changing it; duplicate keys, any key order, any whitespace and
/// unknown block types are accepted (unknown ones become parts of kind unknown). Sections are provisional: system,
/// tools, user (the newest message of the person that is not a tool result), history; recorder/tokens adds screen. A
/// string `content` or `system` is one part. OpenAI: `tools[]`, messages of role system/developer, tool results as role
/// "tool" messages, `tool_calls[]` of assistant messages are parts each.
/// Errors: corrupt, with the byte position, when the body is not a JSON object with a `messages` array;
/// limitExceeded beyond 1024 levels of nesting.
[[nodiscard]] support::Result<ParsedRequest> parseRequest(model::Api api, std::string_view body);

/// The text a model reads of a part: decoded strings of text, tool results (text blocks joined by newlines), system
/// blocks; the JSON itself of schemas, calls and unknown blocks; empty for images.
[[nodiscard]] std::string partText(std::string_view body, const model::PromptPart& part);

/// The body with its model name replaced by `name` (inserted as first member when there is none); every other byte
/// stays.
[[nodiscard]] std::string withModel(std::string_view body, const ParsedRequest& request, std::string_view name);

}  // namespace turntable::wire
