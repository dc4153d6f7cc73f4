#pragma once

#include <cstdint>
#include <string_view>

namespace turntable::tokens {

/// What a text is made of, cut the way byte-pair tokenizers of today cut before they merge: a word takes one character
/// before it along, digits go in threes, a run of signs takes the line feeds behind it.
struct TextShape {
    std::int64_t words = 0;           ///< runs of ASCII letters, split where lower case turns to upper case
    std::int64_t longLetters = 0;     ///< letters of a word beyond the twelfth
    std::int64_t digitGroups = 0;     ///< up to three digits each
    std::int64_t signRuns = 0;        ///< runs of punctuation that no word took along
    std::int64_t longSigns = 0;       ///< signs of such a run beyond the second
    std::int64_t spaceRuns = 0;       ///< runs of blanks and line feeds that nothing took along
    std::int64_t ideographs = 0;      ///< Chinese, Japanese and Korean characters
    std::int64_t foreignLetters = 0;  ///< other letters beyond ASCII
    std::int64_t symbols = 0;         ///< other code points beyond ASCII
};

/// Counts in one pass. Invalid UTF-8 counts as symbols.
[[nodiscard]] TextShape shapeOf(std::string_view text);

}  // namespace turntable::tokens
