#pragma once

// Private to storage: where in a line the fields of an element stand.

#include <optional>
#include <string_view>

#include "storage/line_rule.h"
#include "storage/model/screen.h"
#include "storage/text_lines.h"

namespace turntable::storage {

/// A rule that makes the element of this line, but for its place, with literals for what is not found: text only where
/// a ref is, description, value, box. Nothing when role or ref are not there. Of the states those that stand in the
/// line, up to the first that does not.
[[nodiscard]] std::optional<LineRule> elementRule(const model::Element& element, const TextLine& line);

/// A rule that makes the state of this line.
[[nodiscard]] std::optional<LineRule> stateRule(const TextLine& line, std::string_view state);

}  // namespace turntable::storage
