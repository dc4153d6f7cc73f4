#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "replay/diff/matching.h"
#include "replay/diff/tree_diff.h"
#include "replay/diff/tree_index.h"

namespace turntable::diff {

namespace {

/// Subtrees from this size on are so telling that an equal one anywhere is the same one. Smaller ones ("3" in a cell)
/// are found only where their surroundings agree.
constexpr int kTellingElements = 3;
/// A lone element left over by everything else is telling when its words are this long, in bytes.
constexpr std::size_t kTellingBytes = 6;

std::size_t at(int node) { return static_cast<std::size_t>(node); }

/// Matches two trees: equal subtrees first, then down from matched parents, then up from matched children.
class TreeMatcher {
public:
    TreeMatcher(const TreeIndex& before, const TreeIndex& after)
        : m_before(before),
          m_after(after),
          m_matching(before, after),
          m_twin(at(before.size()) + 1, -1),
          m_owner(at(after.size()) + 1, -1) {}

    TreeMatch run() {
        if (m_before.exact(m_before.root()) == m_after.exact(m_after.root())) {
            m_matching.pairSubtrees(m_before.root(), m_after.root());
            return m_matching.result();
        }
        findTwins();
        descend(m_before.root(), m_after.root());
        ascend();
        pairLeftovers();
        return m_matching.result();
    }

private:
    struct Occurrences {
        int before = 0;
        int after = 0;
        int lastBefore = -1;
        int lastAfter = -1;
    };

    /// Subtrees that occur once on either side: witnesses of what belongs together. The large ones are paired at once.
    void findTwins() {
        std::unordered_map<std::uint64_t, Occurrences> seen;
        seen.reserve(at(m_before.size()));
        for (int node = 0; node < m_before.size(); ++node) {
            Occurrences& entry = seen[m_before.exact(node)];
            ++entry.before;
            entry.lastBefore = node;
        }
        for (int node = 0; node < m_after.size(); ++node) {
            const auto entry = seen.find(m_after.exact(node));
            if (entry == seen.end()) continue;
            ++entry->second.after;
            entry->second.lastAfter = node;
        }
        for (int node = 0; node < m_before.size(); ++node) {
            const Occurrences& entry = seen.at(m_before.exact(node));
            if (entry.before != 1 || entry.after != 1) continue;
            m_twin[at(node)] = entry.lastAfter;
            const bool telling = m_before.subtreeSize(node) >= kTellingElements;
            if (telling && m_matching.free(node, entry.lastAfter)) m_matching.pairSubtrees(node, entry.lastAfter);
        }
    }

    /// Pairs the children of a matched pair, theirs, and so on.
    void descend(int before, int after) {
        m_open.emplace_back(before, after);
        while (!m_open.empty()) {
            const auto [left, right] = m_open.back();
            m_open.pop_back();
            pairChildren(left, right);
        }
    }

    void pairChildren(int before, int after) {
        const auto left = m_before.children(before);
        const auto right = m_after.children(after);
        if (left.empty() || right.empty()) return;
        const auto whole = [this](int a, int b) { m_matching.pairSubtrees(a, b); };
        const auto alone = [this](int a, int b) {
            m_matching.pair(a, b);
            m_open.emplace_back(a, b);
        };
        using Ties = SiblingRule::Ties;
        const SiblingRule equal{[](const TreeIndex& tree, int node) { return tree.exact(node); }, {}, Ties::inOrder};
        const auto name = [](const TreeIndex& tree, int node) {
            return tree.element(node).text.empty() ? 0 : tree.roleAndText(node);
        };
        const SiblingRule uniquelyNamed{name, {}, Ties::left};
        const SiblingRule named{name, {}, Ties::inOrder};
        const SiblingRule sameRole{[](const TreeIndex& tree, int node) { return tree.role(node); },
                                   [this](int a, int b) { return mayBeTheSame(a, b); }, Ties::inOrderWhenEquallyMany};
        pairSiblings(m_before, left, m_after, right, m_matching, equal, whole);
        if (!anyFree(left, right)) return;
        // A name that is the only one of its kind says more than contents, which may have moved away.
        pairSiblings(m_before, left, m_after, right, m_matching, uniquelyNamed, alone);
        pairByContent(left, right, alone);
        pairSiblings(m_before, left, m_after, right, m_matching, named, alone);
        if (!anyFree(left, right)) return;
        pairByPlace(left, right, alone);
        pairSiblings(m_before, left, m_after, right, m_matching, sameRole, alone);
    }

    bool anyFree(std::span<const int> left, std::span<const int> right) const {
        return std::any_of(left.begin(), left.end(), [this](int node) { return m_matching.afterOf(node) < 0; }) &&
               std::any_of(right.begin(), right.end(), [this](int node) { return m_matching.beforeOf(node) < 0; });
    }

    template <typename Visit>
    static void visitSubtree(const TreeIndex& tree, int node, Visit&& visit) {
        std::vector<int> open{node};
        while (!open.empty()) {
            const int next = open.back();
            open.pop_back();
            visit(next);
            for (const int child : tree.children(next)) open.push_back(child);
        }
    }

    /// Pairs siblings by how much of what is inside of one is found inside of the other.
    template <typename Found>
    void pairByContent(std::span<const int> left, std::span<const int> right, Found&& found) {
        for (const int node : right) {
            if (m_matching.beforeOf(node) >= 0 || m_after.subtreeSize(node) < 2) continue;
            visitSubtree(m_after, node, [this, node](int inner) { m_owner[at(inner)] = node; });
            m_owned.push_back(node);
        }
        struct Vote {
            int common;
            int before;
            int after;
        };
        std::vector<Vote> votes;
        for (const int node : left) {
            if (m_matching.afterOf(node) >= 0 || m_before.subtreeSize(node) < 2 || m_owned.empty()) continue;
            std::unordered_map<int, int> common;
            visitSubtree(m_before, node, [&](int inner) {
                const int partner = m_matching.afterOf(inner) >= 0 ? m_matching.afterOf(inner) : m_twin[at(inner)];
                if (partner >= 0 && m_owner[at(partner)] >= 0) ++common[m_owner[at(partner)]];
            });
            for (const auto& [owner, count] : common) votes.push_back({count, node, owner});
        }
        for (const int node : m_owned) {
            visitSubtree(m_after, node, [this](int inner) { m_owner[at(inner)] = -1; });
        }
        m_owned.clear();
        std::sort(votes.begin(), votes.end(), [](const Vote& a, const Vote& b) {
            return std::tuple(-a.common, a.before, a.after) < std::tuple(-b.common, b.before, b.after);
        });
        for (const Vote& vote : votes) {
            if (!m_matching.free(vote.before, vote.after)) continue;
            const int smaller = std::min(m_before.subtreeSize(vote.before), m_after.subtreeSize(vote.after));
            // A fifth in common is enough for the same role; another role must share at least half.
            const int needed = m_before.role(vote.before) == m_after.role(vote.after) ? 5 : 2;
            if (vote.common * needed >= smaller) found(vote.before, vote.after);
        }
    }

    /// Pairs siblings of one role whose boxes have the same top left corner, where that says which is which.
    template <typename Found>
    void pairByPlace(std::span<const int> left, std::span<const int> right, Found&& found) {
        const auto place = [](const TreeIndex& tree, int node) -> std::uint64_t {
            const auto& box = tree.element(node).box;
            if (!box) return 0;
            const auto x = static_cast<std::uint64_t>(static_cast<std::int64_t>(box->x));
            const auto y = static_cast<std::uint64_t>(static_cast<std::int64_t>(box->y));
            return (tree.role(node) ^ (x * 0x9E3779B97F4A7C15ULL) ^ (y * 0xC2B2AE3D27D4EB4FULL)) | 1U;
        };
        const SiblingRule rule{place, [this](int a, int b) { return mayBeTheSame(a, b); },
                               SiblingRule::Ties::neighboursOnly};
        pairSiblings(m_before, left, m_after, right, m_matching, rule, found);
    }

    /// Large subtrees with hardly a word in common are not one thing that changed, whatever their role; for the only
    /// one of a role among its siblings a single word is enough.
    bool mayBeTheSame(int before, int after) const {
        constexpr int kSmall = 6;
        if (std::min(m_before.subtreeSize(before), m_after.subtreeSize(after)) <= kSmall) return true;
        std::unordered_map<std::uint64_t, int> words;
        int inBefore = 0;
        int inAfter = 0;
        int common = 0;
        visitSubtree(m_before, before, [&](int node) {
            if (!m_before.hasWords(node)) return;
            ++inBefore;
            ++words[m_before.label(node)];
        });
        visitSubtree(m_after, after, [&](int node) {
            if (!m_after.hasWords(node)) return;
            ++inAfter;
            const auto entry = words.find(m_after.label(node));
            if (entry == words.end() || entry->second == 0) return;
            --entry->second;
            ++common;
        });
        const int fewer = std::min(inBefore, inAfter);
        if (fewer == 0) return inBefore == inAfter;
        if (isOnlyOfItsRole(m_before, before) && isOnlyOfItsRole(m_after, after)) return common > 0;
        return common * 10 >= fewer;
    }

    static bool isOnlyOfItsRole(const TreeIndex& tree, int node) {
        const auto siblings = tree.children(tree.parent(node));
        return std::none_of(siblings.begin(), siblings.end(),
                            [&](int other) { return other != node && tree.role(other) == tree.role(node); });
    }

    /// Pairs parents whose children found their counterparts under one parent.
    void ascend() {
        for (int node = m_before.size() - 1; node >= 0; --node) {
            if (m_matching.afterOf(node) >= 0) continue;
            std::unordered_map<int, int> votes;
            int best = -1;
            for (const int child : m_before.children(node)) {
                const int partner = m_matching.afterOf(child);
                if (partner < 0) continue;
                const int parent = m_after.parent(partner);
                if (parent == m_after.root() || m_matching.beforeOf(parent) >= 0) continue;
                const int count = ++votes[parent];
                if (best < 0 || count > votes[best]) best = parent;
            }
            if (best < 0) continue;
            const std::size_t smaller = std::min(m_before.children(node).size(), m_after.children(best).size());
            const bool sameRole = m_before.role(node) == m_after.role(best);
            if (static_cast<std::size_t>(votes[best]) * (sameRole ? 5U : 2U) < smaller) continue;
            m_matching.pair(node, best);
            descend(node, best);
        }
    }

    /// What is still alone on both sides and equal has moved to another parent.
    void pairLeftovers() {
        std::unordered_map<std::uint64_t, Occurrences> left;
        const auto telling = [](const TreeIndex& tree, int node) {
            const model::Element& element = tree.element(node);
            const std::size_t bytes = element.text.size() + (element.value ? element.value->size() : 0);
            return tree.subtreeSize(node) > 1 ? tree.subtreeSize(node) >= kTellingElements || bytes > 0
                                              : bytes >= kTellingBytes;
        };
        for (int node = 0; node < m_before.size(); ++node) {
            if (m_matching.afterOf(node) >= 0 || !telling(m_before, node)) continue;
            Occurrences& entry = left[m_before.exact(node)];
            ++entry.before;
            entry.lastBefore = node;
        }
        for (int node = 0; node < m_after.size(); ++node) {
            if (m_matching.beforeOf(node) >= 0) continue;
            const auto entry = left.find(m_after.exact(node));
            if (entry == left.end()) continue;
            ++entry->second.after;
            entry->second.lastAfter = node;
        }
        for (int node = 0; node < m_before.size(); ++node) {
            if (m_matching.afterOf(node) >= 0) continue;
            const auto entry = left.find(m_before.exact(node));
            if (entry == left.end() || entry->second.before != 1 || entry->second.after != 1) continue;
            if (m_matching.free(node, entry->second.lastAfter)) {
                m_matching.pairSubtrees(node, entry->second.lastAfter);
            }
        }
    }

    const TreeIndex& m_before;
    const TreeIndex& m_after;
    Matching m_matching;
    std::vector<int> m_twin;   ///< by element before: the only equal subtree after, where both are the only ones
    std::vector<int> m_owner;  ///< by element after: which sibling it lies in; used by pairByContent alone
    std::vector<int> m_owned;
    std::vector<std::pair<int, int>> m_open;
};

}  // namespace

TreeMatch matchTrees(const model::Screen& before, const model::Screen& after) {
    if (!before.hierarchical && !after.hierarchical) return matchFlat(before, after);
    const TreeIndex left(before);
    const TreeIndex right(after);
    return TreeMatcher(left, right).run();
}

}  // namespace turntable::diff
