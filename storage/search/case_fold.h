#pragma once

// Private to storage: letters of either case as one.

namespace turntable::search {

/// Unicode 14 simple case folding (one character for one: Latin, Greek, Cyrillic, Armenian, Georgian, full-width, ...).
/// What would become two characters ("ß" to "ss") stays as it is, accents stay, nothing is normalised. Takes any value.
[[nodiscard]] char32_t foldCase(char32_t character);

}  // namespace turntable::search
