#pragma once

#include <string>
#include <string_view>

/// Recorded bytes, laid out for people. Only white space is added, and only outside of strings: keys keep their order,
/// duplicates stay, numbers keep their spelling. What is too much for a text view is cut, and the cut says how much is
/// missing. Pure, any thread, linear.
namespace turntable::gui {

/// One member a line, two spaces a level. Text that is not JSON, or broken, comes through as it is.
[[nodiscard]] std::string readableJson(std::string_view json);
/// The same text with long lines and a long end cut: a text view lays out a line as a whole.
[[nodiscard]] std::string readableLines(std::string_view text);

}  // namespace turntable::gui
