#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/screen.h"

namespace turntable::screen {

/// What mcp-server-macos-use answers: a summary with the path of the file that holds the tree. Views point into its
/// text.
struct MacosUseSummary {
    bool success = false;
    std::string_view pid;
    std::string_view application;
    std::string_view file;  ///< empty when the summary names none
    std::string_view error;
    std::string_view sentence;                ///< "Clicked element 'Open' [AXButton]. 3 added, 2 removed, 1 modified."
    std::optional<std::size_t> elementCount;  ///< of "file_size: B bytes (N elements)"; changes in a diff
    std::vector<model::Element> visible;      ///< "visible_elements:", those of an application switched to included
};

/// Recognises a summary by its first lines (buildCompactSummary of mcp-server-macos-use). Empty for any other text.
[[nodiscard]] std::optional<MacosUseSummary> readMacosUseSummary(std::string_view text);

/// A line of a diff file. A modified element is known by its state after the change.
struct MacosUseChange {
    enum class Kind { added, removed, modified };
    Kind kind = Kind::added;
    model::Element element;
    std::string removedText;  ///< characters that left the text, in order, not where
    std::string addedText;
};

/// The .txt file behind a summary: the whole flat list or the changes since the list before.
struct MacosUseFile {
    bool isDiff = false;
    std::string_view application;
    std::vector<model::Element> elements;  ///< of a whole list; all of them, no cap applied
    std::vector<MacosUseChange> changes;   ///< of a diff
    std::optional<std::size_t> announced;  ///< "— N elements" of the header
    std::string mark;                      ///< a line that says that the rest was cut off
};

/// Reads buildFlatTextResponse's format. Never fails: lines of no known form become elements of role "unknown". Linear.
[[nodiscard]] MacosUseFile readMacosUseFile(std::string_view text);

/// Applies a diff to the list before it, keeping its order (top to bottom, left to right). Returns how many changes
/// found no element to act on: the format names no coordinates for modified ones, so a few stay open.
[[nodiscard]] std::size_t applyMacosUseDiff(std::vector<model::Element>& elements,
                                            const std::vector<MacosUseChange>& changes);

/// Puts a flat list into `screen`: caps, elementsSeen, and the signs that the source itself may have cut it.
void fillFlatScreen(std::vector<model::Element> elements, model::Screen& screen);

}  // namespace turntable::screen
