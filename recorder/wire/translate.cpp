#include "recorder/wire/translate.h"

#include <algorithm>
#include <utility>

#include "recorder/wire/conversion.h"
#include "recorder/wire/json_scan.h"

namespace turntable::wire {

namespace {

using support::ByteRange;
using support::Error;
using support::ErrorCode;
using support::Result;

/// Bytes to put in the place of a range.
struct Edit {
    ByteRange range;
    std::string bytes;
};

std::string applied(std::string_view text, std::vector<Edit> edits) {
    std::stable_sort(edits.begin(), edits.end(),
                     [](const Edit& a, const Edit& b) { return a.range.offset < b.range.offset; });
    std::string out;
    std::size_t at = 0;
    for (const Edit& edit : edits) {
        out.append(text.substr(at, edit.range.offset - at)).append(edit.bytes);
        at = edit.range.end();
    }
    return out.append(text.substr(at));
}

/// Gives `object` a member: the value of the one it has is replaced, a new one stands at the end.
Edit setMember(const JsonValue& object, std::string_view name, std::string value) {
    if (const JsonValue old = object.find(name); old.exists()) return {old.bytes(), std::move(value)};
    const std::string comma = object.first().exists() ? "," : "";
    return {{object.bytes().end() - 1, 0}, comma + encodeString(name) + ":" + std::move(value)};
}

/// The whole body as a value. simdjson has checked shape, depth and UTF-8 before: what is left for this parser to
/// refuse are escapes that stand for no character.
Result<OrderedJson> parseForEditing(std::string_view body) {
    try {
        return OrderedJson::parse(body);
    } catch (const OrderedJson::parse_error& failure) {
        return Error{ErrorCode::corrupt, "request body: not JSON at byte " +
                                             std::to_string(failure.byte > 0 ? failure.byte - 1 : 0) +
                                             ": a malformed number, string or structure"};
    } catch (const OrderedJson::exception&) {
        return Error{ErrorCode::corrupt, "request body: a number that cannot be represented"};
    }
}

}  // namespace

void Dropped::add(std::string name) {
    if (std::find(m_names.begin(), m_names.end(), name) == m_names.end()) m_names.push_back(std::move(name));
}

void Dropped::addUnknown(const OrderedJson& object, std::initializer_list<std::string_view> known,
                         const std::string& where) {
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) add(where + name);
    }
}

const OrderedJson& member(const OrderedJson& object, const char* name) {
    static const OrderedJson kNull;
    if (!object.is_object()) return kNull;
    const auto found = object.find(name);
    return found == object.end() ? kNull : *found;
}

std::string memberText(const OrderedJson& object, const char* name) {
    const OrderedJson& value = member(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

void carry(const OrderedJson& from, const char* name, OrderedJson& to, const char* newName) {
    const OrderedJson& value = member(from, name);
    if (!value.is_null()) to[newName] = value;
}

Result<Translated> translateRequest(std::string_view body, model::Api from, model::Api to) {
    JsonReader reader;
    if (auto document = reader.read(body); !document) {
        return support::withContext(std::move(document).error(), "request body");
    }
    auto parsed = parseForEditing(body);
    if (!parsed) return std::move(parsed).error();
    if (!member(*parsed, "messages").is_array()) {
        return Error{ErrorCode::corrupt, "request body: expected a JSON object with an array \"messages\""};
    }
    if (from == to) return Translated{std::string(body), {}};
    Dropped dropped;
    const OrderedJson converted =
        to == model::Api::openaiChat ? messagesToChat(*parsed, dropped) : chatToMessages(*parsed, dropped);
    // Arguments of a call may hold any bytes behind their escapes: dump() must not throw on them.
    return Translated{converted.dump(-1, ' ', false, OrderedJson::error_handler_t::replace), dropped.take()};
}

Result<std::string> withStreaming(std::string_view body, model::Api api) {
    JsonReader reader;
    auto document = reader.read(body);
    if (!document) return support::withContext(std::move(document).error(), "request body");
    const JsonValue root = document->root();
    if (!root.is(JsonKind::object))
        return Error{ErrorCode::corrupt, "request body: expected a JSON object, found an array"};

    const bool streams = root.find("stream").isTrue();
    std::vector<Edit> edits;
    if (!streams) edits.push_back(setMember(root, "stream", "true"));
    if (api == model::Api::openaiChat) {
        const JsonValue options = root.find("stream_options");
        if (!options.is(JsonKind::object)) {
            edits.push_back(setMember(root, "stream_options", R"({"include_usage":true})"));
        } else if (!options.find("include_usage").isTrue()) {
            edits.push_back(setMember(options, "include_usage", "true"));
        }
    }
    // Two members added to an empty object: the second needs the comma that the first did not.
    if (edits.size() == 2 && !root.first().exists()) edits[1].bytes.insert(0, ",");
    return applied(body, std::move(edits));
}

}  // namespace turntable::wire
