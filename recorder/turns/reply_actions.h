#pragma once

#include <string>
#include <vector>

#include "recorder/wire/request.h"
#include "recorder/wire/response.h"
#include "storage/model/action.h"
#include "storage/model/screen.h"

namespace turntable::turns {

/// The tool calls of a reply, in its order. Valid: the arguments are one whole JSON object and the request declares the
/// tool (any tool will do when it declares none). A call without arguments counts as one with an empty object once its
/// block is closed. `screen`: where targets are looked for; null for none.
[[nodiscard]] std::vector<model::Action> actionsOf(const wire::ParsedReply& reply, const wire::ParsedRequest& request,
                                                   const model::Screen* screen);

/// The reply's visible text, blocks joined by line breaks, at most `maxBytes` of it, never half a character.
[[nodiscard]] std::string visibleText(const wire::ParsedReply& reply, std::size_t maxBytes);

}  // namespace turntable::turns
