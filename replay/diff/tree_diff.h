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
/// what they hold, by role and text, by role and place, by role in order; then parents of matched children. Refs play
/// no part: a document may number them anew. Flat lists: by role and words, ties by place after one common shift. Near
/// linear in the number of elements.
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
    bool unknown = false;             ///< added or removed only as far as a cut tree shows: it may have been there
};

struct TreeDiff {
    std::vector<TreeChange> changes;  ///< in document order of the second screen, removals where they were
    int added = 0;                    ///< counts of entries; quiet ones are counted in `quiet` alone
    int removed = 0;
    int changed = 0;
    int moved = 0;
    int quiet = 0;
    int unknown = 0;         ///< entries that a cut tree leaves open: counted here, not as added or removed
    int refsRenumbered = 0;  ///< matched elements whose ref differs: said, not an entry
    bool uncertain = false;  ///< a screen is truncated: what is missing may only be out of sight
};

/// The entries that turn `before` into `after`. In a tree, `moved` is another parent or another order among siblings;
/// in a flat list, which has neither, a shift that no group of other elements has made. Where `after` is cut, an
/// element behind the last one that both show is unknown, not removed (likewise added, where `before` is cut).
[[nodiscard]] TreeDiff diffTrees(const model::Screen& before, const model::Screen& after);

/// "3 added, 1 changed, 2 moved": one line; "no change" when there is none; quiet changes named behind it.
[[nodiscard]] std::string summarize(const TreeDiff& diff);
/// One line an entry: `+ button "Save" [e14] (5 elements)`, `- …`, `~ checkbox "Buy milk": state checked added`, `> …`
/// for moved, `? …` for unknown, `. …` for quiet.
[[nodiscard]] std::string renderText(const TreeDiff& diff, const model::Screen& before, const model::Screen& after,
                                     bool withQuiet);

/// `button "Save" [e14]`: role, text (else value) and ref of an element, for people; at most 60 characters of text.
[[nodiscard]] std::string describeElement(const model::Element& element);

}  // namespace turntable::diff
