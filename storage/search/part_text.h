#pragma once

// Private to storage: where in the bytes of a part there is text to be searched.

#include <string_view>

#include "storage/search/text_walker.h"

namespace turntable::search {

/// JSON, as it stands in a request body. No ranges for binary content.
[[nodiscard]] Text promptText(std::string_view bytes);

/// A reply. Of a stream of Server-Sent Events: the strings in it, and those that come in pieces (text, thinking, the
/// arguments of a call) joined, so that a word can be found that came in two events. Anything else: the whole body.
[[nodiscard]] Text replyText(std::string_view bytes);

/// A linked file: plain text, a backslash is a backslash.
[[nodiscard]] Text fileText(std::string_view bytes);

/// A stored screen: its application and location, the names and values of its elements, a range each. No ranges when
/// the bytes are no screen.
[[nodiscard]] Text screenText(std::string_view bytes);

}  // namespace turntable::search
