#pragma once

// Private to storage/privacy and storage/archive: text freed of its escapes that knows where each byte came from.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/byte_range.h"

namespace turntable::privacy {

/// Bytes, each with the stretch of the document that it stands for. Values; one thread.
class TextView {
public:
    TextView() = default;
    /// A stretch of the document as it is.
    TextView(std::string_view document, support::ByteRange range);

    [[nodiscard]] const std::string& text() const { return m_text; }
    void add(char byte, support::ByteRange origin);
    void append(const TextView& other);
    /// Where `size` bytes from `offset` stand in the document; neighbours are joined.
    [[nodiscard]] std::vector<support::ByteRange> origins(std::size_t offset, std::size_t size) const;
    /// The same text with JSON's escapes (RFC 8259, section 7) undone; what is no escape stays.
    [[nodiscard]] TextView unescaped() const;

private:
    [[nodiscard]] support::ByteRange originOf(std::size_t first, std::size_t count) const;
    std::string m_text;
    std::vector<std::uint32_t> m_begin;
    std::vector<std::uint32_t> m_end;
};

/// A string of a JSON text. `content` is what stands between the quotes.
struct JsonString {
    support::ByteRange content;
    support::ByteRange key;  ///< content of the key that it is the value of; empty: none
    bool isKey = false;
    int depth = 0;  ///< of the object or array that it stands in; 1: the outermost
};

/// Calls `visit` for each string of a JSON text that stands at `range` of the document, and `outside` for each stretch
/// between strings. Never fails: what is not JSON has fewer strings.
void forEachJsonString(std::string_view document, support::ByteRange range,
                       const std::function<void(const JsonString&)>& visit,
                       const std::function<void(support::ByteRange)>& outside);

/// The JSON texts of a document, and what is none: one stretch when the whole is JSON, else line by line, with the
/// "data:" of event streams taken off.
struct DocumentStretch {
    support::ByteRange range;
    bool isJson = false;
};
[[nodiscard]] std::vector<DocumentStretch> stretchesOf(std::string_view document);

}  // namespace turntable::privacy
