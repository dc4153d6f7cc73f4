#include "replay/diff/matching.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace turntable::diff {

namespace {

std::size_t at(int node) { return static_cast<std::size_t>(node); }

/// One run of `pairSiblings`.
class SiblingPairing {
public:
    SiblingPairing(const TreeIndex& before, std::span<const int> left, const TreeIndex& after,
                   std::span<const int> right, const Matching& matching, const SiblingRule& rule,
                   const std::function<void(int, int)>& found)
        : m_left(left), m_right(right), m_matching(matching), m_rule(rule), m_found(found) {
        for (const int node : left) m_leftKeys.push_back(rule.key(before, node));
        for (const int node : right) m_rightKeys.push_back(rule.key(after, node));
        for (std::size_t i = 0; i < right.size(); ++i) m_placeInRight.emplace(right[i], i);
    }

    void run() {
        pairUnique();
        if (m_rule.ties == SiblingRule::Ties::left) return;
        extendForward();
        extendBackward();
        if (m_rule.ties != SiblingRule::Ties::neighboursOnly) pairTies();
    }

private:
    struct Group {
        std::vector<std::size_t> left;
        std::vector<std::size_t> right;
    };

    bool tryPair(std::size_t i, std::size_t j) {
        if (m_leftKeys[i] == 0 || m_leftKeys[i] != m_rightKeys[j]) return false;
        if (!m_matching.free(m_left[i], m_right[j])) return false;
        if (m_rule.accept && !m_rule.accept(m_left[i], m_right[j])) return false;
        m_found(m_left[i], m_right[j]);
        return true;
    }

    /// Free nodes by key, in the order in which the keys first come up: the result must not depend on hash order.
    std::vector<Group> groups() const {
        std::vector<Group> groups;
        std::unordered_map<std::uint64_t, std::size_t> index;
        for (std::size_t i = 0; i < m_left.size(); ++i) {
            if (m_leftKeys[i] == 0 || m_matching.afterOf(m_left[i]) >= 0) continue;
            const auto [place, isNew] = index.try_emplace(m_leftKeys[i], groups.size());
            if (isNew) groups.emplace_back();
            groups[place->second].left.push_back(i);
        }
        for (std::size_t j = 0; j < m_right.size(); ++j) {
            if (m_rightKeys[j] == 0 || m_matching.beforeOf(m_right[j]) >= 0) continue;
            const auto place = index.find(m_rightKeys[j]);
            if (place != index.end()) groups[place->second].right.push_back(j);
        }
        return groups;
    }

    void pairUnique() {
        for (const Group& group : groups()) {
            if (group.left.size() == 1 && group.right.size() == 1) tryPair(group.left.front(), group.right.front());
        }
    }

    /// Where the counterpart of `left[i]` stands in `right`; the size of `right` when it is not there.
    std::size_t counterpart(std::size_t i) const {
        const int partner = m_matching.afterOf(m_left[i]);
        const auto place = partner < 0 ? m_placeInRight.end() : m_placeInRight.find(partner);
        return place == m_placeInRight.end() ? m_right.size() : place->second;
    }

    void extendForward() {
        if (!m_left.empty() && !m_right.empty()) tryPair(0, 0);
        for (std::size_t i = 0; i + 1 < m_left.size(); ++i) {
            const std::size_t j = counterpart(i);
            if (j + 1 < m_right.size()) tryPair(i + 1, j + 1);
        }
    }

    void extendBackward() {
        if (!m_left.empty() && !m_right.empty()) tryPair(m_left.size() - 1, m_right.size() - 1);
        for (std::size_t i = m_left.size(); i-- > 1;) {
            const std::size_t j = counterpart(i);
            if (j > 0 && j < m_right.size()) tryPair(i - 1, j - 1);
        }
    }

    void pairTies() {
        for (const Group& group : groups()) {
            const bool equallyMany = group.left.size() == group.right.size();
            if (m_rule.ties == SiblingRule::Ties::inOrderWhenEquallyMany && !equallyMany) continue;
            const std::size_t count = std::min(group.left.size(), group.right.size());
            for (std::size_t k = 0; k < count; ++k) tryPair(group.left[k], group.right[k]);
        }
    }

    std::span<const int> m_left;
    std::span<const int> m_right;
    const Matching& m_matching;
    const SiblingRule& m_rule;
    const std::function<void(int, int)>& m_found;
    std::vector<std::uint64_t> m_leftKeys;
    std::vector<std::uint64_t> m_rightKeys;
    std::unordered_map<int, std::size_t> m_placeInRight;
};

}  // namespace

Matching::Matching(const TreeIndex& before, const TreeIndex& after)
    : m_before(before), m_after(after), m_afterOf(at(before.size()) + 1, -1), m_beforeOf(at(after.size()) + 1, -1) {
    pair(before.root(), after.root());
}

void Matching::pair(int before, int after) {
    m_afterOf[at(before)] = after;
    m_beforeOf[at(after)] = before;
}

void Matching::pairSubtrees(int before, int after) {
    std::vector<std::pair<int, int>> open{{before, after}};
    while (!open.empty()) {
        const auto [left, right] = open.back();
        open.pop_back();
        if (free(left, right)) pair(left, right);
        const auto lefts = m_before.children(left);
        const auto rights = m_after.children(right);
        for (std::size_t i = 0; i < std::min(lefts.size(), rights.size()); ++i) open.emplace_back(lefts[i], rights[i]);
    }
}

TreeMatch Matching::result() const {
    return {{m_afterOf.begin(), m_afterOf.end() - 1}, {m_beforeOf.begin(), m_beforeOf.end() - 1}};
}

void pairSiblings(const TreeIndex& before, std::span<const int> left, const TreeIndex& after,
                  std::span<const int> right, const Matching& matching, const SiblingRule& rule,
                  const std::function<void(int, int)>& found) {
    if (left.empty() || right.empty()) return;
    SiblingPairing(before, left, after, right, matching, rule, found).run();
}

std::vector<std::size_t> longestRise(std::span<const int> values) {
    std::vector<std::size_t> tails;  // by length: position of the smallest last value of such a subsequence
    std::vector<std::size_t> previous(values.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto place = std::lower_bound(tails.begin(), tails.end(), values[i],
                                            [&](std::size_t tail, int value) { return values[tail] < value; });
        if (place != tails.begin()) previous[i] = *(place - 1);
        if (place == tails.end()) {
            tails.push_back(i);
        } else {
            *place = i;
        }
    }
    std::vector<std::size_t> rise(tails.size());
    std::size_t position = tails.empty() ? 0 : tails.back();
    for (std::size_t k = tails.size(); k-- > 0; position = previous[position]) rise[k] = position;
    return rise;
}

}  // namespace turntable::diff
