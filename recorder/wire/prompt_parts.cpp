#include "recorder/wire/prompt_parts.h"

#include <array>
#include <string_view>
#include <utility>

namespace turntable::wire {

namespace {

using model::PartKind;
using model::PromptPart;
using model::Section;

/// The block types of the Messages API, tools that run on the server included.
PartKind messagesKind(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, PartKind>, 7> kKinds = {{{"text", PartKind::text},
                                                                              {"thinking", PartKind::thinking},
                                                                              {"redacted_thinking", PartKind::thinking},
                                                                              {"image", PartKind::image},
                                                                              {"document", PartKind::document},
                                                                              {"tool_use", PartKind::toolUse},
                                                                              {"tool_result", PartKind::toolResult}}};
    for (const auto& [name, kind] : kKinds) {
        if (name == type) return kind;
    }
    if (type.ends_with("_tool_use")) return PartKind::toolUse;
    if (type.ends_with("_tool_result")) return PartKind::toolResult;
    return PartKind::unknown;
}

PartKind chatKind(std::string_view type) {
    if (type == "text" || type == "input_text" || type == "output_text" || type == "refusal") return PartKind::text;
    if (type == "image_url" || type == "input_image") return PartKind::image;
    if (type == "file" || type == "input_file") return PartKind::document;
    return PartKind::unknown;
}

PromptPart makePart(PartKind kind, Section section, std::string role, const JsonValue& value) {
    PromptPart part;
    part.kind = kind;
    part.section = section;
    part.role = std::move(role);
    part.bytes = value.bytes();
    return part;
}

/// `system` of the Messages API: a string or blocks.
void addSystem(const JsonValue& system, std::vector<PromptPart>& parts) {
    if (system.is(JsonKind::string)) {
        PromptPart part = makePart(PartKind::systemText, Section::system, "system", system);
        part.blockIndex = 0;
        parts.push_back(std::move(part));
    }
    if (!system.is(JsonKind::array)) return;
    int index = 0;
    for (JsonValue block = system.first(); block.exists(); block = block.next()) {
        PromptPart part = makePart(PartKind::systemText, Section::system, "system", block);
        part.blockIndex = index++;
        parts.push_back(std::move(part));
    }
}

/// The name of a tool as either API declares it.
std::string toolName(const JsonValue& tool) {
    for (const std::string_view wrapper : {"function", "custom"}) {
        if (const JsonValue inner = tool.find(wrapper).find("name"); inner.exists()) return inner.text();
    }
    return tool.find("name").text();
}

void addTools(const JsonValue& tools, std::vector<PromptPart>& parts) {
    if (!tools.is(JsonKind::array)) return;
    int index = 0;
    for (JsonValue tool = tools.first(); tool.exists(); tool = tool.next()) {
        PromptPart part = makePart(PartKind::toolSchema, Section::tools, "", tool);
        part.blockIndex = index++;
        part.label = toolName(tool);
        parts.push_back(std::move(part));
    }
}

/// Adds the parts of one message, and numbers them by the order in which they came in.
class MessageParts {
public:
    MessageParts(std::vector<PromptPart>& parts, std::string role, Section section, int message)
        : m_parts(parts), m_role(std::move(role)), m_section(section), m_message(message) {}

    PromptPart& add(PartKind kind, const JsonValue& value) {
        m_parts.push_back(makePart(kind, m_section, m_role, value));
        m_parts.back().messageIndex = m_message;
        m_parts.back().blockIndex = m_next++;
        return m_parts.back();
    }

private:
    std::vector<PromptPart>& m_parts;
    const std::string m_role;
    const Section m_section;
    const int m_message;
    int m_next = 0;
};

void addMessagesBlock(const JsonValue& block, bool system, MessageParts& parts) {
    const PartKind found = block.is(JsonKind::string) ? PartKind::text : messagesKind(block.find("type").text());
    const PartKind kind = system && found == PartKind::text ? PartKind::systemText : found;
    PromptPart& part = parts.add(kind, block);
    if (kind == PartKind::toolUse) {
        part.label = block.find("name").text();
        part.callId = block.find("id").text();
    } else if (kind == PartKind::toolResult) {
        part.callId = block.find("tool_use_id").text();
        part.isError = block.find("is_error").isTrue();
    }
}

/// Everything an API may put into a message's content, block by block.
template <typename AddBlock>
void forEachBlock(const JsonValue& content, AddBlock&& addBlock) {
    if (content.is(JsonKind::array)) {
        for (JsonValue block = content.first(); block.exists(); block = block.next()) addBlock(block);
    } else if (content.exists() && !content.is(JsonKind::null)) {
        addBlock(content);
    }
}

void addChatCalls(const JsonValue& message, MessageParts& parts) {
    const JsonValue calls = message.find("tool_calls");
    if (calls.is(JsonKind::array)) {
        for (JsonValue call = calls.first(); call.exists(); call = call.next()) {
            PromptPart& part = parts.add(PartKind::toolUse, call);
            part.label = toolName(call);
            part.callId = call.find("id").text();
        }
    }
    if (const JsonValue call = message.find("function_call"); call.is(JsonKind::object)) {
        parts.add(PartKind::toolUse, call).label = call.find("name").text();
    }
}

void addChatMessage(const JsonValue& message, int index, std::vector<PromptPart>& all) {
    const std::string role = message.find("role").text();
    const bool system = role == "system" || role == "developer";
    const bool tool = role == "tool" || role == "function";
    MessageParts parts(all, system ? "system" : role, system ? Section::system : Section::history, index);
    const JsonValue content = message.find("content");
    if (tool) {
        if (content.exists()) parts.add(PartKind::toolResult, content).callId = message.find("tool_call_id").text();
        return;
    }
    for (const std::string_view name : {"reasoning_content", "reasoning"}) {
        const JsonValue reasoning = message.find(name);
        if (reasoning.is(JsonKind::string)) parts.add(PartKind::thinking, reasoning);
    }
    forEachBlock(content, [&](const JsonValue& block) {
        const PartKind kind = block.is(JsonKind::string) ? PartKind::text : chatKind(block.find("type").text());
        parts.add(system && kind == PartKind::text ? PartKind::systemText : kind, block);
    });
    if (const JsonValue refusal = message.find("refusal"); refusal.is(JsonKind::string)) {
        parts.add(PartKind::text, refusal);
    }
    addChatCalls(message, parts);
}

}  // namespace

std::vector<PromptPart> messagesParts(const JsonValue& body) {
    std::vector<PromptPart> parts;
    addSystem(body.find("system"), parts);
    addTools(body.find("tools"), parts);
    int index = 0;
    const JsonValue messages = body.find("messages");
    for (JsonValue message = messages.first(); message.exists(); message = message.next()) {
        const std::string role = message.find("role").text();
        const bool system = role == "system";
        MessageParts adder(parts, role, system ? Section::system : Section::history, index++);
        forEachBlock(message.find("content"), [&](const JsonValue& block) { addMessagesBlock(block, system, adder); });
    }
    return parts;
}

std::vector<PromptPart> chatParts(const JsonValue& body) {
    std::vector<PromptPart> parts;
    addTools(body.find("tools"), parts);
    addTools(body.find("functions"), parts);
    int index = 0;
    const JsonValue messages = body.find("messages");
    for (JsonValue message = messages.first(); message.exists(); message = message.next()) {
        addChatMessage(message, index++, parts);
    }
    return parts;
}

std::string contentText(const JsonValue& content) {
    if (content.is(JsonKind::string)) return content.text();
    std::string all;
    bool any = false;
    for (JsonValue block = content.first(); block.exists(); block = block.next()) {
        const JsonValue text = block.is(JsonKind::string) ? block : block.find("text");
        if (!text.is(JsonKind::string)) continue;
        if (std::exchange(any, true)) all.push_back('\n');
        all += text.text();
    }
    return all;
}

}  // namespace turntable::wire
