#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/screen.h"

namespace turntable::screen {

/// One line of a Playwright snapshot, not yet copied: the views point into the snapshot's text or into a string that
/// parseSnapshot added to `owned`.
struct SnapshotNode {
    enum class Kind {
        element,    ///< `role "name" [attributes]: value`, text nodes included
        property,   ///< `/url: …`: belongs to its parent, is no element
        unchanged,  ///< `ref=e2 [unchanged]`: stands for a subtree of the snapshot before
        unknown,    ///< a line that follows no known form; `role` is empty, `value` holds the line
    };
    Kind kind = Kind::unknown;
    bool changed = false;  ///< `<changed>` stood before it
    bool hasValue = false;
    std::string_view role;
    std::string_view name;        ///< between its JSON quotes, escapes not undone
    std::string_view attributes;  ///< "[checked] [ref=e37] [box=52,154,13,13]"
    std::string_view value;       ///< behind the colon, YAML quoting not undone
    std::string_view ref;
    int parent = -1;  ///< index of an element or unknown node
    int depth = 0;
};

/// A snapshot in document order: the subtree of a node is the run of nodes behind it that are deeper than it. A value;
/// the texts its nodes point into must outlive it.
struct SnapshotTree {
    std::vector<SnapshotNode> nodes;
    std::size_t elementsSeen = 0;  ///< elements in the text, those beyond `kMaxSnapshotNodes` included
    std::string mark;              ///< a line that says that the rest was cut off; empty when there is none
    bool lastLineCut = false;      ///< the last line ends inside a name or an attribute
    bool incremental = false;      ///< has `<changed>` or unchanged roots
};

/// Lines beyond it are counted, not kept: a bound on memory, far above any recorded page (the largest has 24,000).
inline constexpr std::size_t kMaxSnapshotNodes = 200000;

/// Reads the YAML of a snapshot (grammar: playwright-core, renderAriaSnapshotAsYaml of 0.0.41 to 0.0.83). Never fails:
/// a line that cannot be read becomes a node of kind unknown. Linear; the nesting is not bounded by the stack. `owned`
/// takes keys whose YAML quotes had to be undone.
[[nodiscard]] SnapshotTree parseSnapshot(std::string_view yaml, std::deque<std::string>& owned);

/// The full tree after an incremental snapshot (0.0.43 to 0.0.68): each changed root takes the place of the subtree
/// with its ref, unchanged refs are grafted from `before`. Roots whose refs are unknown stand behind the others (a
/// frame that was added to a page is reported so); when no root's ref is known it is a new page, and the patch alone is
/// the tree. Unchanged refs that `before` does not hold stay as nodes of that kind. Linear in both.
[[nodiscard]] SnapshotTree applySnapshot(const SnapshotTree& before, const SnapshotTree& patch);

/// Copies a tree into `screen`: elements up to the caps, elementsSeen, truncation. The other fields stay. An
/// unchanged node that was never resolved becomes an element of role "unknown", and the tree is marked as not whole.
void fillScreen(const SnapshotTree& tree, model::Screen& screen);

}  // namespace turntable::screen
