#include <utility>

#include "recorder/wire/conversion.h"
#include "recorder/wire/json_shape.h"

namespace turntable::wire {

namespace {

/// What llama-server takes when a Messages request names no limit; the API itself demands one.
constexpr int kDefaultMaxTokens = 4096;

OrderedJson textBlock(std::string text) { return {{"type", "text"}, {"text", std::move(text)}}; }

/// The image block of an image_url part.
OrderedJson imageBlock(const OrderedJson& part) {
    const OrderedJson& image = member(part, "image_url");
    std::string url = image.is_string() ? image.get<std::string>() : memberText(image, "url");
    const std::size_t comma = url.find(";base64,");
    OrderedJson source;
    if (url.starts_with("data:") && comma != std::string::npos) {
        source = {{"type", "base64"}, {"media_type", url.substr(5, comma - 5)}, {"data", url.substr(comma + 8)}};
    } else {
        source = {{"type", "url"}, {"url", std::move(url)}};
    }
    return {{"type", "image"}, {"source", std::move(source)}};
}

/// Null when the text is no JSON or too deep to be handed on.
OrderedJson parsedArguments(const std::string& text) {
    if (!checkJsonShape(text)) return nullptr;
    OrderedJson parsed = OrderedJson::parse(text, nullptr, false);
    return parsed.is_discarded() ? OrderedJson(nullptr) : parsed;
}

class ToMessages {
public:
    explicit ToMessages(Dropped& dropped) : m_dropped(dropped) {}

    OrderedJson convert(const OrderedJson& body) {
        OrderedJson request = OrderedJson::object();
        carry(body, "model", request, "model");
        for (const OrderedJson& message : body["messages"]) addMessage(message);
        addSystem(request);
        request["messages"] = std::move(m_messages);
        addTools(body, request);
        addSettings(body, request);
        m_dropped.addUnknown(
            body,
            {"model", "messages", "tools", "tool_choice", "parallel_tool_calls", "max_tokens", "max_completion_tokens",
             "temperature", "top_p", "stop", "stream", "stream_options", "chat_template_kwargs"},
            "");
        return request;
    }

private:
    /// A list of blocks keeps the borders of several system messages.
    void addSystem(OrderedJson& request) {
        if (m_system.size() == 1) {
            request["system"] = memberText(m_system[0], "text");
        } else if (!m_system.empty()) {
            request["system"] = std::move(m_system);
        }
    }

    OrderedJson blocksOf(const OrderedJson& content) {
        OrderedJson blocks = OrderedJson::array();
        if (content.is_string() && !content.get_ref<const std::string&>().empty()) {
            blocks.push_back(textBlock(content.get<std::string>()));
        }
        if (!content.is_array()) return blocks;
        for (const OrderedJson& part : content) {
            const std::string type = memberText(part, "type");
            if (type == "text") {
                blocks.push_back(textBlock(memberText(part, "text")));
            } else if (type == "refusal") {
                blocks.push_back(textBlock(memberText(part, "refusal")));
            } else if (type == "image_url") {
                blocks.push_back(imageBlock(part));
            } else {
                m_dropped.add("part " + (type.empty() ? "without type" : type));
            }
        }
        return blocks;
    }

    void addMessage(const OrderedJson& message) {
        const std::string role = memberText(message, "role");
        const OrderedJson& content = member(message, "content");
        if (role == "system" || role == "developer") {
            if (!m_messages.empty()) m_dropped.add("place of a later system message");
            for (OrderedJson& block : blocksOf(content)) m_system.push_back(std::move(block));
        } else if (role == "tool") {
            addResult(message, content);
        } else if (role == "assistant") {
            addAssistant(message, content);
        } else {
            m_resultsOpen = false;
            m_messages.push_back({{"role", role.empty() ? "user" : role},
                                  {"content", content.is_string() ? content : blocksOf(content)}});
        }
    }

    /// Results in a row are one user message, as the Messages API wants the answers to one turn's calls.
    void addResult(const OrderedJson& message, const OrderedJson& content) {
        OrderedJson block = {{"type", "tool_result"}, {"tool_use_id", memberText(message, "tool_call_id")}};
        block["content"] = content.is_string() ? content : blocksOf(content);
        if (!std::exchange(m_resultsOpen, true)) {
            m_messages.push_back({{"role", "user"}, {"content", OrderedJson::array()}});
        }
        m_messages.back()["content"].push_back(std::move(block));
    }

    void addAssistant(const OrderedJson& message, const OrderedJson& content) {
        m_resultsOpen = false;
        OrderedJson blocks = OrderedJson::array();
        std::string reasoning = memberText(message, "reasoning_content");
        if (reasoning.empty()) reasoning = memberText(message, "reasoning");
        if (!reasoning.empty()) {
            blocks.push_back({{"type", "thinking"}, {"thinking", std::move(reasoning)}, {"signature", ""}});
        }
        for (OrderedJson& block : blocksOf(content)) blocks.push_back(std::move(block));
        const OrderedJson& calls = member(message, "tool_calls");
        if (calls.is_array()) {
            for (const OrderedJson& call : calls) blocks.push_back(callBlock(call));
        }
        if (!member(message, "function_call").is_null()) m_dropped.add("messages[].function_call");
        if (blocks.size() == 1 && memberText(blocks[0], "type") == "text") {
            m_messages.push_back({{"role", "assistant"}, {"content", memberText(blocks[0], "text")}});
        } else if (!blocks.empty()) {
            m_messages.push_back({{"role", "assistant"}, {"content", std::move(blocks)}});
        }
    }

    OrderedJson callBlock(const OrderedJson& call) {
        const OrderedJson& function = member(call, "function");
        const OrderedJson& arguments = member(function, "arguments");
        OrderedJson input =
            arguments.is_string() ? parsedArguments(arguments.get_ref<const std::string&>()) : arguments;
        if (!input.is_object()) {
            // A call cut by a token limit is no JSON; the Messages API takes objects only.
            if (arguments != "") m_dropped.add("arguments that are no JSON object");
            input = OrderedJson::object();
        }
        return {{"type", "tool_use"},
                {"id", memberText(call, "id")},
                {"name", memberText(function, "name")},
                {"input", std::move(input)}};
    }

    void addTools(const OrderedJson& body, OrderedJson& request) {
        const OrderedJson& tools = member(body, "tools");
        if (tools.is_array() && !tools.empty()) {
            request["tools"] = OrderedJson::array();
            for (const OrderedJson& tool : tools) addTool(tool, request["tools"]);
        }
        const OrderedJson& choice = member(body, "tool_choice");
        if (choice.is_string()) {
            request["tool_choice"] = {{"type", choice == "required" ? "any" : choice.get<std::string>()}};
        } else if (const std::string name = memberText(member(choice, "function"), "name"); !name.empty()) {
            request["tool_choice"] = {{"type", "tool"}, {"name", name}};
        }
        if (member(body, "parallel_tool_calls") == false && request.contains("tools")) {
            if (!request.contains("tool_choice")) request["tool_choice"] = {{"type", "auto"}};
            request["tool_choice"]["disable_parallel_tool_use"] = true;
        }
    }

    void addTool(const OrderedJson& tool, OrderedJson& tools) {
        const OrderedJson& function = member(tool, "function");
        if (!function.is_object()) {
            m_dropped.add("tools[].type " + memberText(tool, "type"));
            return;
        }
        OrderedJson converted = {{"name", memberText(function, "name")}};
        carry(function, "description", converted, "description");
        const OrderedJson& schema = member(function, "parameters");
        converted["input_schema"] =
            schema.is_object() ? schema : OrderedJson{{"type", "object"}, {"properties", OrderedJson::object()}};
        carry(function, "strict", converted, "strict");
        tools.push_back(std::move(converted));
    }

    static void addSettings(const OrderedJson& body, OrderedJson& request) {
        request["max_tokens"] = kDefaultMaxTokens;
        carry(body, "max_tokens", request, "max_tokens");
        carry(body, "max_completion_tokens", request, "max_tokens");
        for (const char* name : {"temperature", "top_p", "chat_template_kwargs", "stream"})
            carry(body, name, request, name);
        const OrderedJson& stop = member(body, "stop");
        if (stop.is_string()) request["stop_sequences"] = OrderedJson::array({stop});
        if (stop.is_array()) request["stop_sequences"] = stop;
    }

    Dropped& m_dropped;
    OrderedJson m_system = OrderedJson::array();
    OrderedJson m_messages = OrderedJson::array();
    bool m_resultsOpen = false;  ///< the last message holds tool results, and takes more
};

}  // namespace

OrderedJson chatToMessages(const OrderedJson& body, Dropped& dropped) { return ToMessages(dropped).convert(body); }

}  // namespace turntable::wire
