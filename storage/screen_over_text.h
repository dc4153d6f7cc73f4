#pragma once

// Private to storage: a screen as what it takes to read it out of the texts that it was made of.
// docs/trace-format.md, "Screen over a text", has the format.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/line_rule.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// The texts of a program: a part, its base, the base of that, …
using Texts = std::span<const std::string_view>;

inline constexpr std::size_t kMaxTexts = 16;

/// A program that gives `screenBytes` (of `encodeScreen`) when it runs over `texts`; nothing when the screen is not to
/// be found there, or is not worth it. Deterministic. Cost: linear in the texts, about 4 ms for 250 kB.
[[nodiscard]] std::optional<std::string> tellScreen(std::string_view screenBytes, Texts texts);

/// How many texts a program runs over, from the first on. Errors: corrupt.
[[nodiscard]] support::Result<std::size_t> textsOfTelling(std::string_view program);

/// The bytes that a program gives; takes any bytes for both. Errors: corrupt; limitExceeded (more than `maxBytes` would
/// come out, or it reads far more than there is); unsupportedVersion.
[[nodiscard]] support::Result<std::string> runTelling(std::string_view program, Texts texts, std::size_t maxBytes);

/// The parts of a program.
struct Telling {
    static constexpr unsigned kScreenEncoding = 2;  ///< of the bytes that come out

    bool hasEscapes = false;  ///< the texts are of JSON: their escapes are undone before they are read
    std::size_t texts = 1;
    std::string head;  ///< the screen without its elements, encoded
    std::size_t elements = 0;
    std::string gaps;      ///< varints: lines that are read by rules known from before, between those with a new one
    std::string rules;     ///< the new rules
    std::string literals;  ///< what is in none of the texts
};

/// Finds the parent of an element by how far its line is indented. The same on both sides.
class IndentPath {
public:
    /// -1: none.
    [[nodiscard]] int parentAt(std::size_t indent) const {
        const auto end = m_open.rend();
        const auto found = std::find_if(m_open.rbegin(), end, [&](const auto& open) { return open.first < indent; });
        return found == end ? -1 : found->second;
    }
    void open(std::size_t indent, int element) {
        while (!m_open.empty() && m_open.back().first >= indent) m_open.pop_back();
        m_open.emplace_back(indent, element);
    }

private:
    std::vector<std::pair<std::size_t, int>> m_open;
};

/// The indent of a line in a stretch that stands further in, or further out, than it was written.
[[nodiscard]] inline std::size_t shiftedIndent(std::size_t indent, std::int32_t shift) {
    const std::int64_t shifted = static_cast<std::int64_t>(indent) + shift;
    return shifted < 0 ? 0 : static_cast<std::size_t>(shifted);
}

}  // namespace turntable::storage
