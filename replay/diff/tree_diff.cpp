#include "replay/diff/tree_diff.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "replay/diff/matching.h"
#include "replay/diff/tree_index.h"

namespace turntable::diff {

namespace {

std::size_t at(int node) { return static_cast<std::size_t>(node); }

std::string number(double value) {
    std::array<char, 32> digits{};
    // Screens are integers nearly always; a half pixel keeps its fraction.
    const bool whole = std::nearbyint(value) == value && std::abs(value) < 1e15;
    const auto end = whole
                         ? std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value))
                         : std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end.ptr};
}

std::string boxText(const std::optional<model::Box>& box) {
    if (!box) return {};
    return number(box->x) + "," + number(box->y) + "," + number(box->width) + "," + number(box->height);
}

/// "level" of "level=1", "/url" of "/url: …": states with one name are one field with two values.
std::string_view stateName(std::string_view state) { return state.substr(0, state.find_first_of("=:")); }

/// Fields that differ, and whether any of them is more than place, focus or cursor.
struct FieldChanges {
    std::vector<FieldChange> fields;
    bool loud = false;

    void add(const char* field, const std::string& from, const std::string& to, bool isLoud) {
        if (from == to) return;
        fields.push_back({field, from, to});
        loud = loud || isLoud;
    }
};

void compareStates(const model::Element& before, const model::Element& after, FieldChanges& changes) {
    if (before.states == after.states) return;
    std::vector<bool> taken(after.states.size(), false);
    std::vector<const std::string*> gone;
    for (const std::string& state : before.states) {
        std::size_t place = 0;
        while (place < after.states.size() && (taken[place] || after.states[place] != state)) ++place;
        if (place < after.states.size()) {
            taken[place] = true;
        } else {
            gone.push_back(&state);
        }
    }
    for (const std::string* state : gone) {
        std::size_t place = 0;
        while (place < after.states.size() && (taken[place] || stateName(after.states[place]) != stateName(*state)))
            ++place;
        const bool replaced = place < after.states.size();
        if (replaced) taken[place] = true;
        changes.add("state", *state, replaced ? after.states[place] : std::string(), !isQuietState(*state));
    }
    for (std::size_t place = 0; place < after.states.size(); ++place) {
        if (!taken[place]) changes.add("state", {}, after.states[place], !isQuietState(after.states[place]));
    }
}

FieldChanges compareFields(const model::Element& before, const model::Element& after) {
    FieldChanges changes;
    changes.add("role", before.role, after.role, true);
    changes.add("text", before.text, after.text, true);
    changes.add("value", before.value.value_or(""), after.value.value_or(""), true);
    compareStates(before, after, changes);
    if (before.box != after.box) changes.add("box", boxText(before.box), boxText(after.box), false);
    return changes;
}

/// Builds the entries of one diff.
class DiffBuilder {
public:
    DiffBuilder(const model::Screen& before, const model::Screen& after)
        : m_beforeScreen(before),
          m_afterScreen(after),
          m_before(before),
          m_after(after),
          m_match(matchTrees(before, after)),
          m_moved(after.elements.size(), false) {}

    TreeDiff run() {
        m_diff.uncertain = isCut(m_beforeScreen) || isCut(m_afterScreen);
        if (m_beforeScreen.hierarchical || m_afterScreen.hierarchical) {
            findMovesInTree();
        } else {
            findMovesInList();
        }
        addRemovals();
        addOthers();
        std::sort(m_entries.begin(), m_entries.end(), [](const Entry& a, const Entry& b) { return a.place < b.place; });
        m_diff.changes.reserve(m_entries.size());
        for (Entry& entry : m_entries) {
            count(entry.change);
            m_diff.changes.push_back(std::move(entry.change));
        }
        return std::move(m_diff);
    }

private:
    struct Entry {
        std::tuple<int, int, int> place;  ///< in document order: index after, removals behind it, index before
        TreeChange change;
    };

    static bool isCut(const model::Screen& screen) { return screen.truncation != model::Truncation::none; }

    int afterOf(int node) const { return m_match.afterOf[at(node)]; }
    int beforeOf(int node) const { return m_match.beforeOf[at(node)]; }

    /// An element of a tree moved when its parent is another one, or when it left the order of its siblings.
    void findMovesInTree() {
        std::vector<int> order;
        std::vector<int> nodes;
        for (int parent = 0; parent <= m_before.size(); ++parent) {
            const int partner = parent == m_before.root() ? m_after.root() : afterOf(parent);
            order.clear();
            nodes.clear();
            for (const int child : m_before.children(parent)) {
                const int counterpart = afterOf(child);
                if (counterpart < 0) continue;
                if (m_after.parent(counterpart) != partner) {
                    m_moved[at(counterpart)] = true;
                    continue;
                }
                order.push_back(m_after.siblingPosition(counterpart));
                nodes.push_back(counterpart);
            }
            if (std::is_sorted(order.begin(), order.end())) continue;
            const std::vector<std::size_t> kept = longestRise(order);
            std::size_t next = 0;
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                const bool stays = next < kept.size() && kept[next] == i;
                if (stays) ++next;
                m_moved[at(nodes[i])] = !stays;
            }
        }
    }

    /// An element of a flat list moved when it made a shift of its own: groups that shift together only made room.
    void findMovesInList() {
        std::map<std::pair<double, double>, int> shifts;
        const auto shiftOf = [this](int node) -> std::optional<std::pair<double, double>> {
            const auto& to = m_after.element(node).box;
            const auto& from = m_before.element(beforeOf(node)).box;
            if (!from || !to) return std::nullopt;
            return std::pair{to->x - from->x, to->y - from->y};
        };
        for (int node = 0; node < m_after.size(); ++node) {
            if (beforeOf(node) < 0) continue;
            if (const auto shift = shiftOf(node)) ++shifts[*shift];
        }
        constexpr int kGroup = 3;
        for (int node = 0; node < m_after.size(); ++node) {
            if (beforeOf(node) < 0) continue;
            const auto shift = shiftOf(node);
            if (!shift || (std::abs(shift->first) < 1 && std::abs(shift->second) < 1)) continue;
            m_moved[at(node)] = shifts[*shift] < kGroup;
        }
    }

    /// Entries of one side that have no counterpart, whole subtrees as one.
    template <typename Counterpart, typename Emit>
    static void eachLoneRoot(const TreeIndex& tree, const Counterpart& counterpart, const Emit& emit) {
        std::vector<int> lone(at(tree.size()) + 1,
                              0);  // elements of the subtree that hang together without counterpart
        for (int node = tree.size() - 1; node >= 0; --node) {
            if (counterpart(node) >= 0) continue;
            ++lone[at(node)];
            lone[at(tree.parent(node))] += lone[at(node)];
        }
        for (int node = 0; node < tree.size(); ++node) {
            if (counterpart(node) >= 0) continue;
            const int parent = tree.parent(node);
            if (parent == tree.root() || counterpart(parent) >= 0) emit(node, lone[at(node)]);
        }
    }

    /// From which index on the other, cut screen says nothing about elements of this one.
    template <typename Counterpart>
    static int blindFrom(const model::Screen& cut, const TreeIndex& tree, const Counterpart& counterpart) {
        if (!isCut(cut)) return tree.size();
        // Only a cut at the end of a document leaves what stands before it certain. Limits on depth, time or children,
        // and lists walked breadth first, lose elements anywhere.
        const bool atEnd = cut.hierarchical && (cut.truncation == model::Truncation::marked ||
                                                std::string_view(cut.truncationReason).starts_with("element cap"));
        int node = atEnd ? tree.size() : 0;
        while (node > 0 && counterpart(node - 1) < 0) --node;
        return node;
    }

    void addRemovals() {
        const auto counterpart = [this](int node) { return afterOf(node); };
        const int blind = blindFrom(m_afterScreen, m_before, counterpart);
        std::vector<int> anchor(at(m_before.size()) + 1, -1);  // by element before: last place after that precedes it
        int last = -1;
        for (int node = 0; node < m_before.size(); ++node) {
            if (afterOf(node) >= 0) last = afterOf(node);
            anchor[at(node)] = last;
        }
        eachLoneRoot(m_before, counterpart, [&](int node, int elements) {
            TreeChange change{ChangeKind::removed, node, -1, elements, {}, false, node >= blind};
            m_entries.push_back({{anchor[at(node)], 1, node}, std::move(change)});
        });
    }

    void addOthers() {
        const auto counterpart = [this](int node) { return beforeOf(node); };
        const int blind = blindFrom(m_beforeScreen, m_after, counterpart);
        eachLoneRoot(m_after, counterpart, [&](int node, int elements) {
            TreeChange change{ChangeKind::added, -1, node, elements, {}, false, node >= blind};
            m_entries.push_back({{node, 0, 0}, std::move(change)});
        });
        for (int node = 0; node < m_after.size(); ++node) {
            const int partner = beforeOf(node);
            if (partner < 0) continue;
            const model::Element& from = m_before.element(partner);
            const model::Element& to = m_after.element(node);
            if (from.ref != to.ref) ++m_diff.refsRenumbered;
            FieldChanges changes = compareFields(from, to);
            const bool moved = m_moved[at(node)];
            if (!moved && changes.fields.empty()) continue;
            TreeChange change{moved ? ChangeKind::moved : ChangeKind::changed,
                              partner,
                              node,
                              1,
                              std::move(changes.fields),
                              !moved && !changes.loud,
                              false};
            m_entries.push_back({{node, 0, 0}, std::move(change)});
        }
    }

    void count(const TreeChange& change) {
        if (change.quiet) {
            ++m_diff.quiet;
        } else if (change.unknown) {
            ++m_diff.unknown;
        } else {
            switch (change.kind) {
                case ChangeKind::added: ++m_diff.added; break;
                case ChangeKind::removed: ++m_diff.removed; break;
                case ChangeKind::changed: ++m_diff.changed; break;
                case ChangeKind::moved: ++m_diff.moved; break;
            }
        }
    }

    const model::Screen& m_beforeScreen;
    const model::Screen& m_afterScreen;
    TreeIndex m_before;
    TreeIndex m_after;
    TreeMatch m_match;
    std::vector<bool> m_moved;  ///< by element after
    std::vector<Entry> m_entries;
    TreeDiff m_diff;
};

}  // namespace

const char* changeKindName(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::added: return "added";
        case ChangeKind::removed: return "removed";
        case ChangeKind::changed: return "changed";
        case ChangeKind::moved: return "moved";
    }
    return "changed";
}

TreeDiff diffTrees(const model::Screen& before, const model::Screen& after) { return DiffBuilder(before, after).run(); }

}  // namespace turntable::diff
