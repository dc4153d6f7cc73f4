#pragma once

#include <vector>

#include "recorder/wire/json_scan.h"
#include "storage/model/prompt.h"

namespace turntable::wire {

/// The parts of a Messages request, sections still by role alone (a user's words are history until markNewestWords).
[[nodiscard]] std::vector<model::PromptPart> messagesParts(const JsonValue& body);

/// The same of a Chat Completions request.
[[nodiscard]] std::vector<model::PromptPart> chatParts(const JsonValue& body);

/// The text of a tool result's content: a string, or the text blocks of an array joined by newlines.
[[nodiscard]] std::string contentText(const JsonValue& content);

}  // namespace turntable::wire
