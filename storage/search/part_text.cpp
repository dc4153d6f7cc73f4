#include "storage/search/part_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "storage/screen_codec.h"

namespace turntable::search {
namespace {

constexpr std::size_t kProbeBytes = 4096;

// A NUL never stands in JSON or in a text file, and soon in a picture or an archive.
bool isBinary(std::string_view bytes) { return bytes.substr(0, kProbeBytes).find('\0') != std::string_view::npos; }

Text whole(std::string_view bytes, Escapes escapes) {
    if (bytes.empty() || isBinary(bytes)) return {bytes, {}, escapes};
    return {bytes, {{0, bytes.size(), false}}, escapes};
}

bool isEventStream(std::string_view bytes) {
    const auto begin = bytes.find_first_not_of("\r\n");
    if (begin == std::string_view::npos) return false;
    constexpr std::array<std::string_view, 5> kFields = {"event:", "data:", "id:", "retry:", ":"};
    return std::any_of(kFields.begin(), kFields.end(),
                       [rest = bytes.substr(begin)](std::string_view field) { return rest.starts_with(field); });
}

template <std::size_t Size>
bool isOneOf(std::string_view word, const std::array<std::string_view, Size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Collects the strings of the events of a stream.
class StreamStrings {
public:
    explicit StreamStrings(std::string_view bytes) : m_bytes(bytes) {}

    void addLine(std::size_t begin, std::size_t end) {
        std::string_view key;
        for (std::size_t at = begin; at < end;) {
            if (m_bytes[at] != '"') {
                ++at;
                continue;
            }
            const std::size_t close = endOfString(at + 1, end);
            std::size_t behind = std::min(close + 1, end);
            while (behind < end && (m_bytes[behind] == ' ' || m_bytes[behind] == '\t')) ++behind;
            if (behind < end && m_bytes[behind] == ':') {
                key = m_bytes.substr(at + 1, close - at - 1);
            } else {
                addValue(key, at + 1, close);
            }
            at = std::max(behind, close + 1);
        }
    }
    std::vector<TextRange> take() { return std::move(m_ranges); }

private:
    [[nodiscard]] std::size_t endOfString(std::size_t at, std::size_t end) const {
        while (at < end && m_bytes[at] != '"') at += m_bytes[at] == '\\' ? std::size_t{2} : std::size_t{1};
        return std::min(at, end);
    }
    void addValue(std::string_view key, std::size_t begin, std::size_t end) {
        constexpr std::array<std::string_view, 6> kMarks = {"type", "id",        "object",
                                                            "role", "signature", "system_fingerprint"};
        constexpr std::array<std::string_view, 7> kPieces = {
            "text", "thinking", "partial_json", "content", "arguments", "reasoning_content", "reasoning"};
        if (begin == end || isOneOf(key, kMarks)) return;
        if (isOneOf(key, kPieces)) {
            m_ranges.push_back({begin, end, key == m_growing});
            m_growing = key;
            return;
        }
        // What every event repeats (the model's name) is one text, and does not end what grows.
        const auto value = m_bytes.substr(begin, end - begin);
        auto& last = m_lastValues[key];
        if (last == value) return;
        last = value;
        m_ranges.push_back({begin, end, false});
        m_growing = {};
    }

    std::string_view m_bytes;
    std::vector<TextRange> m_ranges;
    std::string_view m_growing;  ///< key of the range that was added last, when it may go on
    std::map<std::string_view, std::string_view> m_lastValues;
};

/// Finds texts one after the other in the bytes that they were decoded from.
class Finder {
public:
    explicit Finder(std::string_view bytes) : m_bytes(bytes) {}
    void add(std::string_view text) {
        if (text.empty()) return;
        const auto found = m_bytes.find(text, m_at);
        if (found == std::string_view::npos) return;
        m_at = found + text.size();
        m_ranges.push_back({found, m_at, false});
    }
    std::vector<TextRange> take() { return std::move(m_ranges); }

private:
    std::string_view m_bytes;
    std::size_t m_at = 0;
    std::vector<TextRange> m_ranges;
};

}  // namespace

Text promptText(std::string_view bytes) { return whole(bytes, Escapes::json); }

Text fileText(std::string_view bytes) { return whole(bytes, Escapes::none); }

Text replyText(std::string_view bytes) {
    if (!isEventStream(bytes)) return whole(bytes, Escapes::json);
    StreamStrings strings(bytes);
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find_first_of("\r\n", begin), bytes.size());
        constexpr std::string_view kData = "data:";
        if (bytes.substr(begin, end - begin).starts_with(kData)) strings.addLine(begin + kData.size(), end);
        begin = end + 1;
    }
    return {bytes, strings.take(), Escapes::json};
}

Text screenText(std::string_view bytes) {
    const auto screen = storage::decodeScreen(bytes);
    if (!screen) return {bytes, {}, Escapes::none};
    Finder finder(bytes);
    finder.add(screen->application);
    finder.add(screen->location);
    for (const auto& element : screen->elements) {
        finder.add(element.text);
        if (element.value) finder.add(*element.value);
    }
    return {bytes, finder.take(), Escapes::none};
}

}  // namespace turntable::search
