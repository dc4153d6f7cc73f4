#pragma once

#include <optional>
#include <string_view>

#include "storage/model/screen.h"

namespace turntable::screen {

/// `[AXButton (button)] "Open" (353,164 50×24)`, as a summary lists visible elements. Empty for any other line.
[[nodiscard]] std::optional<model::Element> parseSummaryElement(std::string_view line);

/// `[AXButton (button)] "Open" x:353 y:164 w:50 h:24 visible`, as a file lists them. Empty for any other line.
[[nodiscard]] std::optional<model::Element> parseFlatElement(std::string_view line);

/// Does this element line open a text that it does not close? Texts are not escaped: one with a line feed goes on in
/// the next line.
[[nodiscard]] bool opensText(std::string_view line);

}  // namespace turntable::screen
