#pragma once

// Private to storage: a stored text as lines and tokens, so that a screen can be told by where its words stand.
// docs/trace-format.md, "Screen over a text", has the rules word for word.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace turntable::storage {

enum class TokenKind : std::uint8_t { word, quoted, mark };

/// A place in a line. Of a quoted token the quotes are part.
struct Token {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    TokenKind kind = TokenKind::mark;
};

/// One line, without its end and the blanks before that.
struct TextLine {
    std::string_view text;
    std::size_t indent = 0;  ///< spaces before the first other byte
    std::vector<Token> tokens;
    std::string pattern;        ///< the shape, and behind it the first two words
    std::size_t shapeSize = 0;  ///< of `pattern`

    /// The tokens as a pattern: which words stand there does not show, how they stand does. Lines of one shape are read
    /// by one rule.
    [[nodiscard]] std::string_view shape() const { return std::string_view(pattern).substr(0, shapeSize); }
    [[nodiscard]] std::string_view raw(std::size_t first, std::size_t last) const {
        return text.substr(tokens[first].begin, tokens[last].end - tokens[first].begin);
    }
    [[nodiscard]] std::string_view rest(std::size_t first) const { return text.substr(tokens[first].begin); }
};

/// Makes a line of the bytes between two line ends. What `line` had is overwritten, its memory used again.
void cutLine(std::string_view raw, TextLine& line);

/// Where the lines of a text begin. Borrows the text.
class LineIndex {
public:
    explicit LineIndex(std::string_view text);
    [[nodiscard]] std::size_t size() const { return m_begins.size(); }
    /// Without its end; empty behind the last.
    [[nodiscard]] std::string_view line(std::size_t index) const;

private:
    std::string_view m_text;
    std::vector<std::uint32_t> m_begins;
};

/// Escapes of JSON (RFC 8259 section 7) as the text they stand for; a backslash that begins none stands for itself, a
/// half of a surrogate pair for U+FFFD. Takes any bytes, gives no more of them.
[[nodiscard]] std::string withoutEscapes(std::string_view text);

}  // namespace turntable::storage
