#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "replay/diff/tree_diff.h"
#include "replay/diff/tree_index.h"

namespace turntable::diff {

/// Pairs of two trees under construction: at most one counterpart an element, never taken back. One thread.
class Matching {
public:
    Matching(const TreeIndex& before, const TreeIndex& after);

    [[nodiscard]] int afterOf(int node) const { return m_afterOf[static_cast<std::size_t>(node)]; }
    [[nodiscard]] int beforeOf(int node) const { return m_beforeOf[static_cast<std::size_t>(node)]; }
    [[nodiscard]] bool free(int before, int after) const { return afterOf(before) < 0 && beforeOf(after) < 0; }
    void pair(int before, int after);
    /// Pairs two subtrees of equal shape node by node; nodes that have a counterpart keep it.
    void pairSubtrees(int before, int after);
    /// Without the roots above the roots.
    [[nodiscard]] TreeMatch result() const;

private:
    const TreeIndex& m_before;
    const TreeIndex& m_after;
    std::vector<int> m_afterOf;
    std::vector<int> m_beforeOf;
};

/// What two siblings must have in common to be paired by `pairSiblings`.
struct SiblingRule {
    std::function<std::uint64_t(const TreeIndex&, int node)> key;  ///< 0: not to be paired by this rule
    std::function<bool(int before, int after)> accept;             ///< empty: the key is enough
    enum class Ties { left, neighboursOnly, inOrder, inOrderWhenEquallyMany } ties = Ties::inOrder;
};

/// Pairs the free nodes of two sibling lists after Heckel (CACM 21/4, 1978): keys that occur once on either side, then
/// (unless ties are to be left alone) neighbours of pairs, then what is left as `ties` says. Order is no condition:
/// siblings that changed places are paired. Linear in the lengths. Calls `found` for each new pair, which must pair
/// them in `matching`.
void pairSiblings(const TreeIndex& before, std::span<const int> left, const TreeIndex& after,
                  std::span<const int> right, const Matching& matching, const SiblingRule& rule,
                  const std::function<void(int before, int after)>& found);

/// Positions of a longest rising subsequence of `values`, ascending. O(n log n).
[[nodiscard]] std::vector<std::size_t> longestRise(std::span<const int> values);

/// Matches lists without hierarchy (macOS): by role and words, ties by place after the one shift that most elements
/// made, then what stands at the same place in the same role.
[[nodiscard]] TreeMatch matchFlat(const model::Screen& before, const model::Screen& after);

}  // namespace turntable::diff
