#pragma once

#include <string>
#include <vector>

#include "storage/model/screen.h"

namespace turntable::diff {

/// Who is who in two screens: for each element of one the index of its counterpart in the other, or -1.
struct TreeMatch {
    std::vector<int> afterOf;   ///< by index in `before`
    std::vector<int> beforeOf;  ///< by index in `after`
};

/// Matches in layers: equal subtrees (refs, boxes and focus left out of the hash), then children of matched parents by
/// role and text in order, then by role, then refs and geometry as hints. Near linear in the number of elements.
[[nodiscard]] TreeMatch matchTrees(const model::Screen& before, const model::Screen& after);

enum class ChangeKind { added, removed, changed, moved };
[[nodiscard]] const char* changeKindName(ChangeKind kind);

struct FieldChange {
    std::string field;  ///< "text", "value", "role", "state", "box"
    std::string from;
    std::string to;
};

/// One entry of a diff. A subtree added or removed whole is one entry at its root.
struct TreeChange {
    ChangeKind kind = ChangeKind::changed;
    int before = -1;                  ///< index in the first screen; -1 when added
    int after = -1;                   ///< index in the second screen; -1 when removed
    int subtreeElements = 1;          ///< of added and removed: elements including the root
    std::vector<FieldChange> fields;  ///< of changed, and of moved that changed as well
    bool quiet = false;               ///< only coordinates, focus or cursor changed
};

struct TreeDiff {
    std::vector<TreeChange> changes;  ///< in document order of the second screen, removals where they were
    int added = 0;                    ///< counts of entries; quiet ones are counted in `quiet` alone
    int removed = 0;
    int changed = 0;
    int moved = 0;
    int quiet = 0;
    int refsRenumbered = 0;           ///< matched elements whose ref differs: said, not an entry
    bool uncertain = false;           ///< a screen is truncated: what is missing may only be out of sight
};

[[nodiscard]] TreeDiff diffTrees(const model::Screen& before, const model::Screen& after);

/// "3 added, 1 changed, 2 moved": one line; "no change" when there is none; quiet changes named behind it.
[[nodiscard]] std::string summarize(const TreeDiff& diff);
/// One line an entry: `+ button "Save" [e14] (5 elements)`, `- …`, `~ checkbox "Buy milk": state checked added`, `> …`.
[[nodiscard]] std::string renderText(const TreeDiff& diff, const model::Screen& before, const model::Screen& after,
                                     bool withQuiet);

/// `button "Save" [e14]`: role, text and ref of an element, for people.
[[nodiscard]] std::string describeElement(const model::Element& element);

}  // namespace turntable::diff
