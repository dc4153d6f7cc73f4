#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "replay/diff/matching.h"

namespace turntable::diff {

namespace {

using Shift = std::pair<std::int64_t, std::int64_t>;
using Place = std::pair<std::int64_t, std::int64_t>;

std::optional<Place> placeOf(const model::Element& element) {
    if (!element.box) return std::nullopt;
    return Place{std::llround(element.box->x), std::llround(element.box->y)};
}

/// Matches two lists of elements without parents.
class FlatMatcher {
public:
    FlatMatcher(const TreeIndex& before, const TreeIndex& after)
        : m_before(before), m_after(after), m_matching(before, after) {}

    TreeMatch run() {
        pairUnique();
        const Shift shift = commonShift();
        const auto label = [](const TreeIndex& tree, int node) { return tree.label(node); };
        const auto named = [](const TreeIndex& tree, int node) { return tree.roleAndText(node); };
        const auto role = [](const TreeIndex& tree, int node) { return tree.role(node); };
        pairAtPlace(label, shift);
        pairAtPlace(label, {0, 0});
        pairInOrder(label);
        pairInOrder([](const TreeIndex& tree, int node) {
            return tree.element(node).text.empty() ? 0 : tree.roleAndText(node);
        });
        pairAtPlace(named, shift);
        pairAtPlace(role, shift);
        pairAtPlace(role, {0, 0});
        return m_matching.result();
    }

private:
    struct Occurrences {
        int before = 0;
        int after = 0;
        int lastBefore = -1;
        int lastAfter = -1;
    };

    void pairUnique() {
        std::unordered_map<std::uint64_t, Occurrences> seen;
        for (int node = 0; node < m_before.size(); ++node) {
            Occurrences& entry = seen[m_before.label(node)];
            ++entry.before;
            entry.lastBefore = node;
        }
        for (int node = 0; node < m_after.size(); ++node) {
            Occurrences& entry = seen[m_after.label(node)];
            ++entry.after;
            entry.lastAfter = node;
        }
        for (int node = 0; node < m_before.size(); ++node) {
            const Occurrences& entry = seen.at(m_before.label(node));
            if (entry.before == 1 && entry.after == 1) m_matching.pair(node, entry.lastAfter);
        }
    }

    /// The shift that most of the pairs so far have made; none when they did not move.
    Shift commonShift() const {
        std::map<Shift, int> votes;
        for (int node = 0; node < m_before.size(); ++node) {
            const int partner = m_matching.afterOf(node);
            if (partner < 0) continue;
            const auto from = placeOf(m_before.element(node));
            const auto to = placeOf(m_after.element(partner));
            if (from && to) ++votes[{to->first - from->first, to->second - from->second}];
        }
        const auto best = std::max_element(votes.begin(), votes.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        return best == votes.end() ? Shift{0, 0} : best->first;
    }

    /// Pairs free elements with equal keys where the one before, shifted, stands where the one after does.
    template <typename Key>
    void pairAtPlace(const Key& key, Shift shift) {
        std::map<std::pair<std::uint64_t, Place>, std::vector<int>> free;
        for (int node = m_after.size() - 1; node >= 0; --node) {
            const auto place = placeOf(m_after.element(node));
            if (place && m_matching.beforeOf(node) < 0) free[{key(m_after, node), *place}].push_back(node);
        }
        for (int node = 0; node < m_before.size(); ++node) {
            const auto place = placeOf(m_before.element(node));
            if (!place || m_matching.afterOf(node) >= 0) continue;
            const Place expected{place->first + shift.first, place->second + shift.second};
            const auto entry = free.find({key(m_before, node), expected});
            if (entry == free.end() || entry->second.empty()) continue;
            m_matching.pair(node, entry->second.back());
            entry->second.pop_back();
        }
    }

    template <typename Key>
    void pairInOrder(const Key& key) {
        const SiblingRule rule{key, {}, SiblingRule::Ties::inOrder};
        pairSiblings(m_before, m_before.children(m_before.root()), m_after, m_after.children(m_after.root()),
                     m_matching, rule, [this](int before, int after) { m_matching.pair(before, after); });
    }

    const TreeIndex& m_before;
    const TreeIndex& m_after;
    Matching m_matching;
};

}  // namespace

TreeMatch matchFlat(const model::Screen& before, const model::Screen& after) {
    const TreeIndex left(before);
    const TreeIndex right(after);
    if (left.exact(left.root()) == right.exact(right.root())) {
        Matching matching(left, right);
        matching.pairSubtrees(left.root(), right.root());
        return matching.result();
    }
    return FlatMatcher(left, right).run();
}

}  // namespace turntable::diff
