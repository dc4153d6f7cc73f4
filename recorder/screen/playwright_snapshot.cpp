#include "recorder/screen/playwright_snapshot.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "recorder/screen/playwright_line.h"
#include "recorder/screen/text_scan.h"

namespace turntable::screen {

namespace {

using Kind = SnapshotNode::Kind;

/// The chain of open elements while lines are read: who is the parent at an indentation.
class OpenElements {
public:
    /// Closes what is not above `indent`; returns the parent of a line there.
    int parentAt(std::size_t indent) {
        while (!m_open.empty() && m_open.back().indent >= indent) m_open.pop_back();
        return m_open.empty() ? -1 : m_open.back().node;
    }
    void open(std::size_t indent, int node) { m_open.push_back({indent, node}); }

private:
    struct Level {
        std::size_t indent;
        int node;
    };
    std::vector<Level> m_open;
};

SnapshotNode unknownLine(std::string_view content) {
    SnapshotNode node;
    node.value = content;
    node.hasValue = true;
    return node;
}

std::size_t subtreeEnd(const std::vector<SnapshotNode>& nodes, std::size_t root) {
    std::size_t end = root + 1;
    while (end < nodes.size() && nodes[end].depth > nodes[root].depth) ++end;
    return end;
}

using RefIndex = std::unordered_map<std::string_view, std::size_t>;

RefIndex indexRefs(const std::vector<SnapshotNode>& nodes) {
    RefIndex refs;
    refs.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].kind == Kind::element && !nodes[i].ref.empty()) refs.emplace(nodes[i].ref, i);
    }
    return refs;
}

/// Writes the nodes of a merged tree one after the other and finds their parents by depth.
class TreeWriter {
public:
    explicit TreeWriter(SnapshotTree& tree) : m_tree(tree) {}

    void write(const SnapshotNode& source, int depth) {
        if (source.kind != Kind::property) ++m_tree.elementsSeen;
        if (m_tree.nodes.size() >= kMaxSnapshotNodes) return;
        SnapshotNode node = source;
        node.changed = false;
        node.depth = depth;
        const auto level = static_cast<std::size_t>(depth);
        m_path.resize(std::min(m_path.size(), level));
        node.parent = m_path.empty() ? -1 : m_path.back();
        m_tree.nodes.push_back(node);
        m_path.push_back(static_cast<int>(m_tree.nodes.size()) - 1);
    }

    void writeSubtree(const std::vector<SnapshotNode>& nodes, std::size_t root, int depth) {
        const std::size_t end = subtreeEnd(nodes, root);
        for (std::size_t i = root; i < end && !full(); ++i) write(nodes[i], depth + nodes[i].depth - nodes[root].depth);
    }

    /// Grafting can repeat subtrees without end in a hostile text; this is where it stops.
    [[nodiscard]] bool full() const { return m_tree.nodes.size() >= kMaxSnapshotNodes; }

private:
    SnapshotTree& m_tree;
    std::vector<int> m_path;
};

/// Writes patch root `root` with its unchanged children taken from `before`.
void writePatched(TreeWriter& writer, const std::vector<SnapshotNode>& patch, std::size_t root,
                  const std::vector<SnapshotNode>& before, const RefIndex& refs, int depth) {
    const std::size_t end = subtreeEnd(patch, root);
    for (std::size_t i = root; i < end; ++i) {
        const int at = depth + patch[i].depth - patch[root].depth;
        const auto old = patch[i].kind == Kind::unchanged ? refs.find(patch[i].ref) : refs.end();
        if (old != refs.end()) {
            writer.writeSubtree(before, old->second, at);
            continue;
        }
        writer.write(patch[i], at);
    }
}

/// Node of the tree before to the patch's root that takes its place.
using RootOfNode = std::unordered_map<std::size_t, std::size_t>;

void writeReplaced(TreeWriter& writer, const std::vector<SnapshotNode>& before, const std::vector<SnapshotNode>& patch,
                   const RefIndex& refs, const RootOfNode& replaced) {
    for (std::size_t i = 0; i < before.size();) {
        const auto root = replaced.find(i);
        if (root == replaced.end()) {
            writer.write(before[i], before[i].depth);
            ++i;
            continue;
        }
        writePatched(writer, patch, root->second, before, refs, before[i].depth);
        i = subtreeEnd(before, i);
    }
}

std::vector<std::size_t> rootsOf(const std::vector<SnapshotNode>& nodes) {
    std::vector<std::size_t> roots;
    for (std::size_t i = 0; i < nodes.size(); i = subtreeEnd(nodes, i)) roots.push_back(i);
    return roots;
}

std::string capReason(const char* cap, std::size_t limit, std::size_t leftOut, std::size_t seen) {
    return std::string(cap) + " " + std::to_string(limit) + ": " + std::to_string(leftOut) + " of " +
           std::to_string(seen) + " elements left out";
}

void reportTruncation(const SnapshotTree& tree, std::size_t tooDeep, model::Screen& screen) {
    const std::size_t seen = tree.elementsSeen;
    const std::size_t tooMany = seen - screen.elements.size() - tooDeep;
    if (tooMany > 0) {
        addTruncation(screen, model::Truncation::flagged, capReason("element cap", model::kMaxElements, tooMany, seen));
    }
    if (tooDeep > 0) {
        addTruncation(screen, model::Truncation::flagged,
                      capReason("depth cap", static_cast<std::size_t>(model::kMaxDepth), tooDeep, seen));
    }
    if (!tree.mark.empty()) addTruncation(screen, model::Truncation::marked, "the text says: " + tree.mark);
    const auto missing = std::count_if(tree.nodes.begin(), tree.nodes.end(),
                                       [](const SnapshotNode& node) { return node.kind == Kind::unchanged; });
    if (missing > 0) {
        addTruncation(
            screen, model::Truncation::marked,
            "incremental snapshot without its base: unchanged subtrees that are not known: " + std::to_string(missing));
    }
    if (tree.lastLineCut) addTruncation(screen, model::Truncation::suspected, "the last line is cut in the middle");
}

}  // namespace

SnapshotTree parseSnapshot(std::string_view yaml, std::deque<std::string>& owned) {
    SnapshotTree tree;
    tree.nodes.reserve(std::min<std::size_t>(yaml.size() / 48 + 8, kMaxSnapshotNodes));
    OpenElements open;
    LineReader lines(yaml);
    while (const auto line = lines.next()) {
        const std::size_t indent = std::min(line->find_first_not_of(' '), line->size());
        const std::string_view content = line->substr(indent);
        if (isBlank(content)) continue;
        const auto item = after(content, "- ");
        if (!item && isTruncationMark(content)) {
            tree.mark = clipped(trimmed(content), 80);
            continue;
        }
        SnapshotNode node = item ? parseSnapshotItem(*item, owned) : unknownLine(content);
        if (node.kind == Kind::unknown && isTruncationMark(content)) tree.mark = clipped(trimmed(content), 80);
        tree.lastLineCut = node.kind == Kind::unknown && endsInside(content);
        const int parent = open.parentAt(indent);
        if (node.kind == Kind::property && parent < 0) node = unknownLine(item ? *item : content);
        if (node.kind != Kind::property) ++tree.elementsSeen;
        if (tree.nodes.size() >= kMaxSnapshotNodes) continue;
        node.parent = parent;
        node.depth = node.parent < 0 ? 0 : tree.nodes[static_cast<std::size_t>(node.parent)].depth + 1;
        if (node.depth == 0) tree.incremental = tree.incremental || node.changed || node.kind == Kind::unchanged;
        if (node.kind != Kind::property) open.open(indent, static_cast<int>(tree.nodes.size()));
        tree.nodes.push_back(node);
    }
    return tree;
}

SnapshotTree applySnapshot(const SnapshotTree& before, const SnapshotTree& patch) {
    SnapshotTree result;
    const RefIndex refs = indexRefs(before.nodes);
    const std::vector<std::size_t> roots = rootsOf(patch.nodes);
    RootOfNode replaced;
    std::vector<std::size_t> added;
    for (const std::size_t root : roots) {
        const SnapshotNode& node = patch.nodes[root];
        if (node.kind == Kind::unchanged) continue;
        const auto old = refs.find(node.ref);
        if (old == refs.end())
            added.push_back(root);
        else
            replaced[old->second] = root;
    }
    TreeWriter writer(result);
    const bool newPage = replaced.empty() && !added.empty();
    if (newPage)
        added = roots;
    else
        writeReplaced(writer, before.nodes, patch.nodes, refs, replaced);
    for (const std::size_t root : added) writePatched(writer, patch.nodes, root, before.nodes, refs, 0);
    if (!newPage) result.mark = before.mark;
    if (!patch.mark.empty()) result.mark = patch.mark;
    result.lastLineCut = patch.lastLineCut;
    return result;
}

void fillScreen(const SnapshotTree& tree, model::Screen& screen) {
    std::vector<int> elementOf(tree.nodes.size(), -1);
    std::size_t tooDeep = 0;
    screen.elements.clear();
    screen.elements.reserve(std::min(tree.nodes.size(), model::kMaxElements));
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const SnapshotNode& node = tree.nodes[i];
        const int parent = node.parent < 0 ? -1 : elementOf[static_cast<std::size_t>(node.parent)];
        if (node.kind == Kind::property) {
            if (parent < 0) continue;
            auto& states = screen.elements[static_cast<std::size_t>(parent)].states;
            states.push_back(std::string(node.role) + ": " + yamlText(node.value));
            continue;
        }
        if (node.depth >= model::kMaxDepth) {
            ++tooDeep;
            continue;
        }
        if (screen.elements.size() >= model::kMaxElements) continue;
        elementOf[i] = static_cast<int>(screen.elements.size());
        model::Element element = toElement(node);
        element.parent = parent;
        element.depth = node.depth;
        screen.elements.push_back(std::move(element));
    }
    screen.elementsSeen = tree.elementsSeen;
    reportTruncation(tree, tooDeep, screen);
}

}  // namespace turntable::screen
