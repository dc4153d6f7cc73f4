#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/model/screen.h"

namespace turntable::screen {

/// Walks over the lines of a text without copying them. One thread; the text must outlive it. A carriage return before
/// the line feed is not part of the line.
class LineReader {
public:
    explicit LineReader(std::string_view text) : m_text(text) {}
    /// The next line, without its end; empty at the end of the text.
    [[nodiscard]] std::optional<std::string_view> next();
    /// Where the line after the last one begins.
    [[nodiscard]] std::size_t position() const { return m_position; }

private:
    std::string_view m_text;
    std::size_t m_position = 0;
};

[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] bool isBlank(std::string_view text);

/// What follows `prefix`; empty when `text` does not begin with it.
[[nodiscard]] std::optional<std::string_view> after(std::string_view text, std::string_view prefix);

/// At most `maxBytes` bytes of `text`, cut between two code points, with "…" behind it when something was cut.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t maxBytes);

/// The text of a double-quoted JSON or YAML scalar (quotes excluded): escapes undone, lone surrogates become U+FFFD, an
/// escape that neither format knows stays as it stands.
[[nodiscard]] std::string unescaped(std::string_view quoted);

/// Does this line, which is no element, say that the rest was cut off? Knows "[...]", "…", "truncated to N characters",
/// "AX tree truncated at" and other sentences with that word.
[[nodiscard]] bool isTruncationMark(std::string_view line);

/// Notes one more reason why `screen` is not whole. The more certain kind stands (flagged, marked, suspected), the
/// reasons are joined.
void addTruncation(model::Screen& screen, model::Truncation kind, const std::string& reason);

}  // namespace turntable::screen
