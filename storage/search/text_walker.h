#pragma once

// Private to storage: recorded bytes as the characters that a search looks at.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace turntable::search {

/// Whether backslashes mean something: in JSON they do, in a plain file they do not.
enum class Escapes { json, none };

/// A stretch of bytes that holds text.
struct TextRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool joined = false;  ///< goes on where the range before stops; else nothing can be found across the two
};

/// Recorded bytes and where in them the text is. The bytes are borrowed.
struct Text {
    std::string_view bytes;
    std::vector<TextRange> ranges;  ///< ascending, not overlapping
    Escapes escapes = Escapes::json;
};

/// One character and the bytes it stands for.
struct Glyph {
    char32_t original = 0;  ///< unescaped; U+0020 for any stretch of white space and control characters
    char32_t folded = 0;    ///< of either case the same
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Stands between ranges that are not joined; never in a text, since control characters read as white space.
inline constexpr char32_t kBorder = 0x1F;
/// Bytes that are not UTF-8 are characters of their own, from here on.
inline constexpr char32_t kRawByte = 0x110000;
/// Unbroken base64 or the like (upper case, lower case, digits) of at least this many bytes is no text: pictures.
inline constexpr std::size_t kMinEncodedBytes = 2048;

/// Walks over a text character by character: escapes of JSON are resolved (those of characters, \uXXXX, also when they
/// have been escaped twice), stretches of white space are one space, encoded binary data is one space, case is folded.
/// A walk that begins at any character of another walk sees the same from there on, unless that is a space. Takes any
/// bytes; cost linear. One thread; borrows the text, which must outlive it.
class TextWalker {
public:
    explicit TextWalker(const Text& text, std::size_t from = 0);
    /// Empty at the end.
    [[nodiscard]] std::optional<Glyph> next();

private:
    [[nodiscard]] Glyph decode();
    [[nodiscard]] std::optional<Glyph> decodeEscape() const;
    [[nodiscard]] Glyph decodeUtf8() const;
    [[nodiscard]] bool skipEncoded();

    const Text& m_text;
    std::size_t m_range = 0;
    std::size_t m_at = 0;
    std::size_t m_plainUntil = 0;  ///< up to here no encoded data begins
    bool m_afterSpace = false;
    bool m_borderDue = false;
};

/// Appends the bytes of a character (UTF-8, or the raw byte).
void appendCharacter(std::string& out, char32_t character);

/// The whole text as the search sees it.
[[nodiscard]] std::string foldedText(const Text& text);
/// The same for what a person types: no escapes, no white space at either end.
[[nodiscard]] std::string foldedQuery(std::string_view query);

}  // namespace turntable::search
