#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "storage/model/screen.h"

namespace turntable::diff {

/// True for states that say where focus or pointer are, not what the element is.
[[nodiscard]] bool isQuietState(std::string_view state);

/// A screen prepared for matching: children, sizes and hashes, made in one pass over the elements. Node `size()` is a
/// root above all roots, so that each element has a parent. Plain data; `screen` must outlive it.
class TreeIndex {
public:
    explicit TreeIndex(const model::Screen& screen);

    [[nodiscard]] int size() const { return m_size; }
    [[nodiscard]] int root() const { return m_size; }
    [[nodiscard]] const model::Element& element(int node) const { return m_elements[at(node)]; }
    [[nodiscard]] int parent(int node) const { return m_parent[at(node)]; }
    [[nodiscard]] std::span<const int> children(int node) const {
        return std::span<const int>(m_children)
            .subspan(m_offsets[at(node)], m_offsets[at(node) + 1] - m_offsets[at(node)]);
    }
    [[nodiscard]] int siblingPosition(int node) const { return m_position[at(node)]; }
    /// Elements of the subtree, the node itself included.
    [[nodiscard]] int subtreeSize(int node) const { return m_subtree[at(node)]; }

    /// Hash of the whole subtree: role, text, value, lasting states and order; refs, boxes and focus left out.
    [[nodiscard]] std::uint64_t exact(int node) const { return m_exact[at(node)]; }
    /// The same of the element alone.
    [[nodiscard]] std::uint64_t label(int node) const { return m_label[at(node)]; }
    [[nodiscard]] std::uint64_t roleAndText(int node) const { return m_roleAndText[at(node)]; }
    [[nodiscard]] std::uint64_t role(int node) const { return m_role[at(node)]; }
    /// The element has words of its own: a name or a value.
    [[nodiscard]] bool hasWords(int node) const { return m_hasWords[at(node)] != 0; }

private:
    static std::size_t at(int node) { return static_cast<std::size_t>(node); }
    void linkChildren();
    void hashElements();

    std::span<const model::Element> m_elements;
    int m_size = 0;
    std::vector<int> m_parent;
    std::vector<std::size_t> m_offsets;
    std::vector<int> m_children;
    std::vector<int> m_position;
    std::vector<int> m_subtree;
    std::vector<std::uint64_t> m_exact;
    std::vector<std::uint64_t> m_label;
    std::vector<std::uint64_t> m_roleAndText;
    std::vector<std::uint64_t> m_role;
    std::vector<char> m_hasWords;
};

}  // namespace turntable::diff
