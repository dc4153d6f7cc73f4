#include <algorithm>
#include <utility>

#include "recorder/wire/conversion.h"

namespace turntable::wire {

namespace {

OrderedJson textPart(std::string text) { return {{"type", "text"}, {"text", std::move(text)}}; }

/// The image_url part of an image block; null when its source cannot be written as a URL.
OrderedJson imagePart(const OrderedJson& block) {
    const OrderedJson& source = member(block, "source");
    const std::string type = memberText(source, "type");
    std::string url;
    if (type == "base64") {
        const std::string media = memberText(source, "media_type");
        url = "data:" + (media.empty() ? "image/png" : media) + ";base64," + memberText(source, "data");
    } else if (type == "url") {
        url = memberText(source, "url");
    }
    if (url.empty()) return nullptr;
    return {{"type", "image_url"}, {"image_url", {{"url", std::move(url)}}}};
}

/// One text part alone is written as a string, as most clients do.
OrderedJson asContent(OrderedJson parts) {
    if (parts.size() == 1 && memberText(parts[0], "type") == "text") return memberText(parts[0], "text");
    return parts;
}

class ToChat {
public:
    explicit ToChat(Dropped& dropped) : m_dropped(dropped) {}

    OrderedJson convert(const OrderedJson& body) {
        OrderedJson chat = OrderedJson::object();
        carry(body, "model", chat, "model");
        addSystem(member(body, "system"));
        for (const OrderedJson& message : body["messages"]) addMessage(message);
        chat["messages"] = std::move(m_messages);
        addTools(body, chat);
        addSettings(body, chat);
        m_dropped.addUnknown(body,
                             {"model", "system", "messages", "tools", "tool_choice", "max_tokens", "temperature",
                              "top_p", "stop_sequences", "stream", "chat_template_kwargs"},
                             "");
        return chat;
    }

private:
    void noteBlock(const OrderedJson& block) {
        if (!member(block, "cache_control").is_null()) m_dropped.add("cache_control");
        if (!member(block, "citations").is_null()) m_dropped.add("citations");
    }

    /// Blocks are joined with nothing in between, as llama-server does.
    void addSystem(const OrderedJson& system) {
        std::string text;
        if (system.is_string()) text = system.get<std::string>();
        if (system.is_array()) {
            for (const OrderedJson& block : system) {
                text += memberText(block, "text");
                noteBlock(block);
            }
        }
        if (!text.empty()) m_messages.push_back({{"role", "system"}, {"content", std::move(text)}});
    }

    void addMessage(const OrderedJson& message) {
        std::string role = memberText(message, "role");
        const OrderedJson& content = member(message, "content");
        if (!content.is_array()) {
            m_messages.push_back(
                {{"role", std::move(role)}, {"content", content.is_string() ? content : OrderedJson("")}});
            return;
        }
        // The words of a turn first, then its tool results, each a message of its own: llama-server's order.
        OrderedJson parts = OrderedJson::array();
        OrderedJson calls = OrderedJson::array();
        OrderedJson results = OrderedJson::array();
        std::string reasoning;
        for (const OrderedJson& block : content) {
            noteBlock(block);
            const std::string type = memberText(block, "type");
            if (type == "tool_use") {
                calls.push_back(callOf(block));
            } else if (type == "tool_result") {
                results.push_back(resultOf(block));
            } else if (type == "thinking") {
                reasoning += memberText(block, "thinking");
            } else {
                addPart(block, type, parts);
            }
        }
        addConverted(std::move(role), std::move(parts), std::move(calls), std::move(reasoning));
        for (OrderedJson& result : results) m_messages.push_back(std::move(result));
    }

    void addConverted(std::string role, OrderedJson parts, OrderedJson calls, std::string reasoning) {
        if (parts.empty() && calls.empty() && reasoning.empty()) return;
        OrderedJson message = {{"role", std::move(role)}};
        message["content"] = parts.empty() ? OrderedJson("") : asContent(std::move(parts));
        if (!reasoning.empty()) message["reasoning_content"] = std::move(reasoning);
        if (!calls.empty()) message["tool_calls"] = std::move(calls);
        m_messages.push_back(std::move(message));
    }

    void addPart(const OrderedJson& block, const std::string& type, OrderedJson& parts) {
        if (type == "text") {
            parts.push_back(textPart(memberText(block, "text")));
            return;
        }
        OrderedJson image = type == "image" ? imagePart(block) : OrderedJson(nullptr);
        if (image.is_null()) {
            m_dropped.add("block " + (type.empty() ? "without type" : type));
        } else {
            parts.push_back(std::move(image));
        }
    }

    OrderedJson callOf(const OrderedJson& block) {
        const OrderedJson& input = member(block, "input");
        OrderedJson function = {{"name", memberText(block, "name")}};
        function["arguments"] = input.is_null() ? "{}" : input.dump();
        return {{"id", memberText(block, "id")}, {"type", "function"}, {"function", std::move(function)}};
    }

    /// Texts joined with nothing in between, as llama-server does; a result with an image stays a list.
    OrderedJson resultOf(const OrderedJson& block) {
        if (member(block, "is_error") == true) m_dropped.add("tool_result.is_error");
        const OrderedJson& content = member(block, "content");
        OrderedJson message = {{"role", "tool"}, {"tool_call_id", memberText(block, "tool_use_id")}};
        OrderedJson parts = OrderedJson::array();
        if (content.is_array()) {
            for (const OrderedJson& inner : content) addPart(inner, memberText(inner, "type"), parts);
        }
        const bool onlyText = std::all_of(parts.begin(), parts.end(),
                                          [](const OrderedJson& part) { return memberText(part, "type") == "text"; });
        if (onlyText) {
            std::string text = content.is_string() ? content.get<std::string>() : std::string();
            for (const OrderedJson& part : parts) text += memberText(part, "text");
            message["content"] = std::move(text);
        } else {
            message["content"] = std::move(parts);
        }
        return message;
    }

    void addTools(const OrderedJson& body, OrderedJson& chat) {
        const OrderedJson& tools = member(body, "tools");
        if (tools.is_array() && !tools.empty()) {
            chat["tools"] = OrderedJson::array();
            for (const OrderedJson& tool : tools) chat["tools"].push_back(toolOf(tool));
        }
        const OrderedJson& choice = member(body, "tool_choice");
        const std::string type = memberText(choice, "type");
        if (type == "tool") {
            chat["tool_choice"] = {{"type", "function"}, {"function", {{"name", memberText(choice, "name")}}}};
        } else if (!type.empty()) {
            chat["tool_choice"] = type == "any" ? "required" : type;
        }
        const OrderedJson& single = member(choice, "disable_parallel_tool_use");
        if (single.is_boolean()) chat["parallel_tool_calls"] = !single.get<bool>();
    }

    OrderedJson toolOf(const OrderedJson& tool) {
        OrderedJson function = {{"name", memberText(tool, "name")}};
        carry(tool, "description", function, "description");
        const OrderedJson& schema = member(tool, "input_schema");
        // Tools of the provider's own have no schema; llama-server makes plain functions of them.
        function["parameters"] =
            schema.is_object() ? schema : OrderedJson{{"type", "object"}, {"properties", OrderedJson::object()}};
        carry(tool, "strict", function, "strict");
        if (!member(tool, "cache_control").is_null()) m_dropped.add("cache_control");
        const std::string type = memberText(tool, "type");
        if (!type.empty() && type != "custom") m_dropped.add("tools[].type " + type);
        m_dropped.addUnknown(tool, {"name", "description", "input_schema", "strict", "cache_control", "type"},
                             "tools[].");
        return {{"type", "function"}, {"function", std::move(function)}};
    }

    static void addSettings(const OrderedJson& body, OrderedJson& chat) {
        for (const char* name : {"max_tokens", "temperature", "top_p"}) carry(body, name, chat, name);
        carry(body, "stop_sequences", chat, "stop");
        carry(body, "chat_template_kwargs", chat, "chat_template_kwargs");
        carry(body, "stream", chat, "stream");
        // Streams of the Messages API always tell their usage.
        if (member(body, "stream") == true) chat["stream_options"] = {{"include_usage", true}};
    }

    Dropped& m_dropped;
    OrderedJson m_messages = OrderedJson::array();
};

}  // namespace

OrderedJson messagesToChat(const OrderedJson& body, Dropped& dropped) { return ToChat(dropped).convert(body); }

}  // namespace turntable::wire
