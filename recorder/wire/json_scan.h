#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/byte_range.h"
#include "storage/support/result.h"

namespace turntable::wire {

enum class JsonKind : std::uint8_t { absent, null, boolean, number, string, array, object };

/// Where one value stands in a text. Children follow their parent; `next` is 0 for the last of them.
struct JsonNode {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t keyBegin = 0;  ///< of an object's member: inside of the quotes
    std::uint32_t keyEnd = 0;
    std::uint32_t firstChild = 0;
    std::uint32_t next = 0;
    JsonKind kind = JsonKind::absent;
};

/// A place in a JsonDocument, or no place (`absent`): looking into what is not there gives absent again, so that wire
/// formats can be read without a test at every step. Any thread; the document and its text must outlive it.
class JsonValue {
public:
    JsonValue() = default;
    JsonValue(const std::vector<JsonNode>* nodes, std::string_view text, std::uint32_t index)
        : m_nodes(nodes), m_text(text), m_index(index) {}

    [[nodiscard]] JsonKind kind() const { return m_nodes ? node().kind : JsonKind::absent; }
    [[nodiscard]] bool exists() const { return m_nodes != nullptr; }
    [[nodiscard]] bool is(JsonKind kind) const { return this->kind() == kind; }
    [[nodiscard]] bool isTrue() const { return is(JsonKind::boolean) && raw() == "true"; }

    /// In the text that was read, quotes and brackets included; empty when absent.
    [[nodiscard]] support::ByteRange bytes() const;
    [[nodiscard]] std::string_view raw() const { return support::slice(m_text, bytes()); }

    /// The member of that name; of several the last, as servers read it.
    [[nodiscard]] JsonValue find(std::string_view key) const;
    [[nodiscard]] JsonValue first() const;  ///< first element or member
    [[nodiscard]] JsonValue next() const;   ///< the one behind this one
    [[nodiscard]] std::string key() const;  ///< of a member of an object

    /// The decoded string; empty for every other kind.
    [[nodiscard]] std::string text() const;
    /// A count: a whole number from 0 to 10^15, written with or without a fraction of zeros. Anything else is no count.
    [[nodiscard]] std::optional<std::int64_t> count() const;
    [[nodiscard]] std::optional<double> number() const;

private:
    [[nodiscard]] const JsonNode& node() const { return (*m_nodes)[m_index]; }

    const std::vector<JsonNode>* m_nodes = nullptr;
    std::string_view m_text;
    std::uint32_t m_index = 0;
};

/// The map of a JSON text: where each value of its outer levels stands. Does not own the text.
class JsonDocument {
public:
    JsonDocument(std::string_view text, std::vector<JsonNode> nodes) : m_text(text), m_nodes(std::move(nodes)) {}
    [[nodiscard]] JsonValue root() const& { return {&m_nodes, m_text, 0}; }
    JsonValue root() && = delete;

private:
    std::string_view m_text;
    std::vector<JsonNode> m_nodes;
};

inline constexpr std::size_t kMaxJsonDepth = 1024;  ///< beyond it a text is refused
inline constexpr std::size_t kIndexedDepth = 8;     ///< containers below this level are ranges without children

/// Reads JSON texts whose root is an object or an array (simdjson On Demand). Keeps its buffers from text to text: one
/// reader for the many small events of a stream. One thread. Errors, with the byte position: corrupt (not JSON, not
/// UTF-8, bytes behind the root, another root); limitExceeded (more than kMaxJsonDepth levels, 4 GiB). Below
/// kIndexedDepth only strings and brackets are checked. Cost: linear.
class JsonReader {
public:
    JsonReader();
    JsonReader(JsonReader&&) noexcept;
    JsonReader& operator=(JsonReader&&) noexcept;
    ~JsonReader();

    /// `text` must outlive the document.
    [[nodiscard]] support::Result<JsonDocument> read(std::string_view text);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// The text of a JSON string literal, its quotes included. Never fails: a lone surrogate becomes U+FFFD, an escape that
/// JSON does not know stays as it is written.
[[nodiscard]] std::string decodeString(std::string_view literal);

/// The literal of a text, quotes included; invalid UTF-8 is replaced by U+FFFD.
[[nodiscard]] std::string encodeString(std::string_view text);

}  // namespace turntable::wire
