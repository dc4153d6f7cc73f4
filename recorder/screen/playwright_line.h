#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "recorder/screen/playwright_snapshot.h"

namespace turntable::screen {

/// Reads what stands behind the "- " of a snapshot line. Sets everything but parent and depth; `owned` takes keys whose
/// YAML quotes had to be undone.
[[nodiscard]] SnapshotNode parseSnapshotItem(std::string_view item, std::deque<std::string>& owned);

/// Does this line, of kind unknown, end inside a quoted name or an attribute?
[[nodiscard]] bool endsInside(std::string_view item);

/// A YAML scalar as Playwright writes it, quoting undone.
[[nodiscard]] std::string yamlText(std::string_view scalar);

/// The node as an element, without parent and depth.
[[nodiscard]] model::Element toElement(const SnapshotNode& node);

}  // namespace turntable::screen
