#include "recorder/wire/json_scan.h"

#include <simdjson.h>

#include <cstring>
#include <limits>

#include "recorder/wire/json_shape.h"
#include "storage/support/utf8.h"

namespace turntable::wire {

namespace {

namespace ondemand = simdjson::ondemand;
using support::Error;
using support::ErrorCode;

Error corruptAt(std::size_t position, std::string_view what) {
    return {ErrorCode::corrupt, "not JSON at byte " + std::to_string(position) + ": " + std::string(what)};
}

std::string_view trimRight(std::string_view text) {
    while (!text.empty() && isJsonSpace(text.back())) text.remove_suffix(1);
    return text;
}

JsonKind scalarKind(std::string_view token) {
    if (token.front() == '"') return JsonKind::string;
    if (token == "true" || token == "false") return JsonKind::boolean;
    if (token == "null") return JsonKind::null;
    return isJsonNumber(token) ? JsonKind::number : JsonKind::absent;
}

/// Walks a document once and notes where its values stand. `text` is checked for its shape before.
class Indexer {
public:
    Indexer(ondemand::document& document, std::string_view text) : m_document(document), m_text(text) {}

    simdjson::error_code run() {
        ondemand::value root;
        if (const auto error = m_document.get_value().get(root)) return error;
        return add(root, 0, {});
    }
    std::vector<JsonNode> takeNodes() { return std::move(m_nodes); }
    /// Where the walk stands, for the message of an error.
    std::size_t position() {
        const char* place = nullptr;
        if (m_document.current_location().get(place) || place < m_text.data()) return m_last;
        const auto offset = static_cast<std::size_t>(place - m_text.data());
        return offset > m_text.size() ? m_last : offset;
    }

private:
    std::uint32_t offsetOf(const char* place) const { return static_cast<std::uint32_t>(place - m_text.data()); }

    /// Adds the node of `value` and of all that lies in it. Depth counts the containers around it.
    simdjson::error_code add(ondemand::value value, std::size_t depth, support::ByteRange key) {
        const std::string_view token = trimRight(value.raw_json_token());
        if (token.empty()) return simdjson::TAPE_ERROR;
        const std::size_t index = m_nodes.size();
        JsonNode node;
        node.begin = offsetOf(token.data());
        node.end = node.begin + static_cast<std::uint32_t>(token.size());
        node.keyBegin = static_cast<std::uint32_t>(key.offset);
        node.keyEnd = static_cast<std::uint32_t>(key.end());
        m_last = node.begin;
        if (token.front() == '{') {
            node.kind = JsonKind::object;
        } else if (token.front() == '[') {
            node.kind = JsonKind::array;
        } else {
            node.kind = scalarKind(token);
            m_nodes.push_back(node);
            return node.kind == JsonKind::absent ? simdjson::TAPE_ERROR : simdjson::SUCCESS;
        }
        m_nodes.push_back(node);
        if (depth >= kIndexedDepth) return pass(value, index);
        if (const auto error =
                node.kind == JsonKind::object ? addMembers(value, depth, index) : addElements(value, depth, index)) {
            return error;
        }
        return closeHere(index);
    }

    simdjson::error_code addMembers(ondemand::value value, std::size_t depth, std::size_t parent) {
        ondemand::object object;
        if (const auto error = value.get_object().get(object)) return error;
        std::size_t last = 0;
        for (auto member : object) {
            ondemand::field field;
            if (const auto error = std::move(member).get(field)) return error;
            const char* name = field.key().raw();
            const std::uint32_t begin = offsetOf(name);
            link(parent, last);
            last = m_nodes.size();
            if (const auto error = add(field.value(), depth + 1, {begin, keySize(begin)})) return error;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code addElements(ondemand::value value, std::size_t depth, std::size_t parent) {
        ondemand::array array;
        if (const auto error = value.get_array().get(array)) return error;
        std::size_t last = 0;
        for (auto element : array) {
            ondemand::value child;
            if (const auto error = std::move(element).get(child)) return error;
            link(parent, last);
            last = m_nodes.size();
            if (const auto error = add(child, depth + 1, {})) return error;
        }
        return simdjson::SUCCESS;
    }

    /// Makes the node that comes next the one behind `last`, or the first child of `parent`.
    void link(std::size_t parent, std::size_t last) {
        const auto coming = static_cast<std::uint32_t>(m_nodes.size());
        if (last == 0) {
            m_nodes[parent].firstChild = coming;
        } else {
            m_nodes[last].next = coming;
        }
    }

    std::size_t keySize(std::size_t begin) const {
        std::size_t end = begin;
        while (end < m_text.size() && m_text[end] != '"') end += m_text[end] == '\\' ? 2U : 1U;
        return end - begin;
    }

    /// Passes over a container without looking into it.
    simdjson::error_code pass(ondemand::value value, std::size_t index) {
        std::string_view raw;
        if (m_nodes[index].kind == JsonKind::object) {
            ondemand::object object;
            if (const auto error = value.get_object().get(object)) return error;
            if (const auto error = object.raw_json().get(raw)) return error;
        } else {
            ondemand::array array;
            if (const auto error = value.get_array().get(array)) return error;
            if (const auto error = array.raw_json().get(raw)) return error;
        }
        m_nodes[index].end = m_nodes[index].begin + static_cast<std::uint32_t>(trimRight(raw).size());
        return simdjson::SUCCESS;
    }

    /// The walk stands on the token behind a container: its closing bracket is the last byte before that is not space.
    simdjson::error_code closeHere(std::size_t index) {
        const char* place = nullptr;
        const auto error = m_document.current_location().get(place);
        if (error && error != simdjson::OUT_OF_BOUNDS) return error;
        const std::string_view before = error ? m_text : m_text.substr(0, offsetOf(place));  // out of bounds: the root
        m_nodes[index].end = static_cast<std::uint32_t>(trimRight(before).size());
        return simdjson::SUCCESS;
    }

    ondemand::document& m_document;
    std::string_view m_text;  // the padded copy
    std::vector<JsonNode> m_nodes;
    std::size_t m_last = 0;  // offset of the value that was read last
};

Error explain(simdjson::error_code error, std::string_view text, std::size_t position) {
    if (error == simdjson::UTF8_ERROR) return corruptAt(support::findInvalidUtf8(text), "invalid UTF-8");
    if (error == simdjson::UNESCAPED_CHARS)
        return corruptAt(findControlInString(text), "a control character in a string");
    if (error == simdjson::CAPACITY || error == simdjson::MEMALLOC) {
        return {ErrorCode::limitExceeded, "a JSON text of " + std::to_string(text.size()) + " bytes"};
    }
    return corruptAt(position, "a comma, a colon, a key or a value is missing, misplaced or malformed");
}

}  // namespace

struct JsonReader::State {
    ondemand::parser parser;
    std::string buffer;  // the text and the padding that simdjson reads over
};

JsonReader::JsonReader() : m_state(std::make_unique<State>()) {}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

support::Result<JsonDocument> JsonReader::read(std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max() - simdjson::SIMDJSON_PADDING) {
        return explain(simdjson::CAPACITY, text, 0);
    }
    if (auto shape = checkJsonShape(text); !shape) return std::move(shape).error();
    std::string& buffer = m_state->buffer;
    buffer.clear();
    buffer.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    buffer.append(text).append(simdjson::SIMDJSON_PADDING, ' ');

    const simdjson::padded_string_view padded(buffer.data(), text.size(), buffer.size());
    ondemand::document document;
    if (const auto error = m_state->parser.iterate(padded).get(document)) return explain(error, text, 0);
    Indexer indexer(document, std::string_view(buffer.data(), text.size()));
    if (const auto error = indexer.run()) return explain(error, text, indexer.position());
    return JsonDocument(text, indexer.takeNodes());
}

}  // namespace turntable::wire
