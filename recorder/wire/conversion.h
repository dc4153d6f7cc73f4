#pragma once

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace turntable::wire {

using OrderedJson = nlohmann::ordered_json;

/// What a conversion leaves out, each named once, in the order in which it was met.
class Dropped {
public:
    void add(std::string name);
    /// Names the members of `object` that are not in `known`, as `where` + name.
    void addUnknown(const OrderedJson& object, std::initializer_list<std::string_view> known, const std::string& where);
    [[nodiscard]] std::vector<std::string> take() { return std::move(m_names); }

private:
    std::vector<std::string> m_names;
};

/// A Messages request as a Chat Completions one, and back. `body` is an object with an array `messages`; values of a
/// type that the API does not know there are dropped.
[[nodiscard]] OrderedJson messagesToChat(const OrderedJson& body, Dropped& dropped);
[[nodiscard]] OrderedJson chatToMessages(const OrderedJson& body, Dropped& dropped);

/// The member of that name, or null when there is none or `object` is no object.
[[nodiscard]] const OrderedJson& member(const OrderedJson& object, const char* name);
/// The same as text; empty unless it is a string.
[[nodiscard]] std::string memberText(const OrderedJson& object, const char* name);
/// Copies a member under another name when it is there and not null.
void carry(const OrderedJson& from, const char* name, OrderedJson& to, const char* newName);

}  // namespace turntable::wire
