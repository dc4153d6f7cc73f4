#pragma once

#include <optional>
#include <string>

#include "storage/model/screen.h"

namespace turntable::model {

/// One tool call a model made.
struct Action {
    std::string callId;
    std::string tool;           ///< full name as the agent declared it: "mcp__playwright__browser_click"
    std::string arguments;      ///< JSON text as the model wrote it, byte for byte; may be cut or invalid
    bool valid = true;          ///< a complete JSON object for a tool that the request declared
    std::string invalidReason;  ///< empty when valid
    std::optional<int> target;  ///< index of the element meant, in the screen before the turn; empty: none or not found
    std::string targetRole;     ///< of the target element, copied so that rows can be shown without the tree
    std::string targetText;
    bool operator==(const Action&) const = default;
};

/// The tool's answer to an action, found in the next request of the lineage.
struct ActionResult {
    std::string callId;
    std::string text;
    bool isError = false;
    bool operator==(const ActionResult&) const = default;
};

}  // namespace turntable::model
