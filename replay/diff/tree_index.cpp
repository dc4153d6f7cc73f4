#include "replay/diff/tree_index.h"

#include <functional>

namespace turntable::diff {

namespace {

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
    // Two rounds of multiply and shift: order matters, near values go far apart.
    std::uint64_t hash = (seed ^ value) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93ULL;
    return hash ^ (hash >> 29);
}

std::uint64_t hashOf(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

bool isQuietState(std::string_view state) {
    return state == "active" || state == "focused" || state.starts_with("cursor=");
}

TreeIndex::TreeIndex(const model::Screen& screen)
    : m_elements(screen.elements), m_size(static_cast<int>(screen.elements.size())) {
    linkChildren();
    hashElements();
}

void TreeIndex::linkChildren() {
    const std::size_t nodes = m_elements.size() + 1;
    m_parent.resize(nodes, -1);
    m_offsets.assign(nodes + 1, 0);
    for (int node = 0; node < m_size; ++node) {
        const int parent = element(node).parent;
        // A parent behind its child breaks the model's invariant; such an element hangs at the top instead of in a
        // circle.
        m_parent[at(node)] = parent >= 0 && parent < node ? parent : root();
        ++m_offsets[at(m_parent[at(node)]) + 1];
    }
    for (std::size_t i = 1; i < m_offsets.size(); ++i) m_offsets[i] += m_offsets[i - 1];
    m_children.resize(m_elements.size());
    m_position.resize(nodes, 0);
    std::vector<std::size_t> next(m_offsets.begin(), m_offsets.end() - 1);
    for (int node = 0; node < m_size; ++node) {
        const std::size_t parent = at(m_parent[at(node)]);
        m_position[at(node)] = static_cast<int>(next[parent] - m_offsets[parent]);
        m_children[next[parent]++] = node;
    }
}

void TreeIndex::hashElements() {
    const std::size_t nodes = m_elements.size() + 1;
    m_role.resize(nodes, 0);
    m_roleAndText.resize(nodes, 0);
    m_label.resize(nodes, 0);
    m_exact.resize(nodes, 0);
    m_subtree.assign(nodes, 1);
    m_hasWords.assign(nodes, 0);
    for (int node = 0; node < m_size; ++node) {
        const model::Element& item = element(node);
        m_role[at(node)] = hashOf(item.role);
        m_roleAndText[at(node)] = mix(m_role[at(node)], hashOf(item.text));
        std::uint64_t label = mix(m_roleAndText[at(node)], item.value ? hashOf(*item.value) : 1);
        for (const std::string& state : item.states) {
            if (!isQuietState(state)) label = mix(label, hashOf(state));
        }
        m_label[at(node)] = label;
        m_hasWords[at(node)] = !item.text.empty() || (item.value && !item.value->empty()) ? 1 : 0;
    }
    const auto close = [this](int node) {
        std::uint64_t hash = m_label[at(node)];
        for (const int child : children(node)) {
            hash = mix(hash, m_exact[at(child)]);
            m_subtree[at(node)] += m_subtree[at(child)];
        }
        m_exact[at(node)] = mix(hash, static_cast<std::uint64_t>(m_subtree[at(node)]));
    };
    for (int node = m_size - 1; node >= 0; --node) close(node);
    close(root());
}

}  // namespace turntable::diff
