#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>

#include "recorder/wire/json_scan.h"

namespace turntable::wire {

namespace {

constexpr double kMaxCount = 1e15;

void appendUtf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { out.push_back(static_cast<char>(0x80U | ((code >> shift) & 0x3FU))); };
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xC0U | (code >> 6U)));
        tail(0);
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xE0U | (code >> 12U)));
        tail(6);
        tail(0);
    } else {
        out.push_back(static_cast<char>(0xF0U | (code >> 18U)));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// The four digits of an escape `\uXXXX` whose backslash stands at `at`.
std::optional<std::uint32_t> unicodeEscape(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    std::uint32_t code = 0;
    const char* end = text.data() + at + 6;
    const auto [stop, error] = std::from_chars(text.data() + at + 2, end, code, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    return code;
}

/// Appends what the `\u` escape at `at` stands for; gives the bytes it took, 0 when it is none.
std::size_t appendUnicode(std::string& out, std::string_view text, std::size_t at) {
    constexpr std::uint32_t kReplacement = 0xFFFD;
    const auto code = unicodeEscape(text, at);
    if (!code) return 0;
    if (*code < 0xD800 || *code > 0xDFFF) {
        appendUtf8(out, *code);
        return 6;
    }
    const auto low = *code < 0xDC00 ? unicodeEscape(text, at + 6) : std::nullopt;
    if (!low || *low < 0xDC00 || *low > 0xDFFF) {
        appendUtf8(out, kReplacement);
        return 6;
    }
    appendUtf8(out, 0x10000 + ((*code - 0xD800) << 10U) + (*low - 0xDC00));
    return 12;
}

std::string unescape(std::string_view text) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t slash = text.find('\\', at);
        out.append(text.substr(at, slash - at));
        if (slash == std::string_view::npos) break;
        at = slash;
        if (const std::size_t taken = appendUnicode(out, text, at); taken > 0) {
            at += taken;
            continue;
        }
        const std::size_t name = at + 1 < text.size() ? kNames.find(text[at + 1]) : std::string_view::npos;
        if (name == std::string_view::npos) {
            out.push_back('\\');
            ++at;
        } else {
            out.push_back(kMeanings[name]);
            at += 2;
        }
    }
    return out;
}

}  // namespace

std::string decodeString(std::string_view literal) {
    if (literal.size() < 2) return {};
    const std::string_view inner = literal.substr(1, literal.size() - 2);
    return inner.find('\\') == std::string_view::npos ? std::string(inner) : unescape(inner);
}

std::string encodeString(std::string_view text) {
    using Json = nlohmann::json;
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

support::ByteRange JsonValue::bytes() const {
    if (!m_nodes) return {};
    return {node().begin, node().end - node().begin};
}

JsonValue JsonValue::first() const {
    if (!m_nodes || node().firstChild == 0) return {};
    return {m_nodes, m_text, node().firstChild};
}

JsonValue JsonValue::next() const {
    if (!m_nodes || node().next == 0) return {};
    return {m_nodes, m_text, node().next};
}

JsonValue JsonValue::find(std::string_view key) const {
    JsonValue found;
    if (!is(JsonKind::object)) return found;
    for (JsonValue member = first(); member.exists(); member = member.next()) {
        const JsonNode& place = member.node();
        const std::string_view name = m_text.substr(place.keyBegin, place.keyEnd - place.keyBegin);
        if (name == key || (name.find('\\') != std::string_view::npos && unescape(name) == key)) found = member;
    }
    return found;
}

std::string JsonValue::key() const {
    if (!m_nodes) return {};
    return unescape(m_text.substr(node().keyBegin, node().keyEnd - node().keyBegin));
}

std::string JsonValue::text() const { return is(JsonKind::string) ? decodeString(raw()) : std::string(); }

std::optional<double> JsonValue::number() const {
    if (!is(JsonKind::number)) return std::nullopt;
    // By nlohmann: std::from_chars of doubles is missing in some standard libraries, strtod follows the locale.
    const auto value = nlohmann::json::parse(raw(), nullptr, false);
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<std::int64_t> JsonValue::count() const {
    const auto value = number();
    if (!value || !(*value >= 0) || *value > kMaxCount || std::floor(*value) != *value) return std::nullopt;
    return static_cast<std::int64_t>(*value);
}

}  // namespace turntable::wire
