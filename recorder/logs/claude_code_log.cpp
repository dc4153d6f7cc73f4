#include "recorder/logs/claude_code_log.h"

#include <algorithm>
#include <utility>

#include "recorder/logs/claude_code_prompt.h"
#include "recorder/logs/log_format.h"
#include "recorder/logs/log_values.h"
#include "recorder/turns/provenance.h"

namespace turntable::logs {
namespace {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;
using turns::Provenance;
using wire::JsonKind;
using wire::JsonValue;

constexpr std::string_view kRequestIs =
    "Claude Code session log: the messages so far; system prompt, tool schemas and parameters are not in the log, "
    "times "
    "are those of its lines";
constexpr std::string_view kReplyIs = "Claude Code session log: content and usage of the reply as the log has them";
constexpr std::string_view kNoModel = "<synthetic>";

bool holdsToolResult(const JsonValue& content) {
    for (JsonValue block = content.first(); block.exists(); block = block.next()) {
        if (block.find("type").text() == "tool_result") return true;
    }
    return false;
}

// A JSON value as it stands, when it is of that kind.
void takeRaw(const JsonValue& value, JsonKind kind, std::string& to) {
    if (value.is(kind)) to = value.raw();
}

std::string orNull(const std::string& json) { return json.empty() ? "null" : json; }

}  // namespace

Status ClaudeCodeLog::addLine(std::string_view text, std::size_t number, std::uint64_t offset) {
    const auto document = m_reader.read(text);
    if (!document) return document.error();
    const JsonValue line = document->root();
    const std::string type = line.find("type").text();
    const std::string uuid = line.find("uuid").text();
    const bool isMessage = type == "user" || type == "assistant";
    if (type != "attachment" && !isMessage) ++m_counts.otherLines;
    if (uuid.empty() && !isMessage) return {};
    if (m_nodes.size() >= kNone - 1) return Error{ErrorCode::limitExceeded, "more lines than can be counted"};

    Node node;
    node.time = timeOfText(line.find("timestamp").text());
    node.sidechain = line.find("isSidechain").isTrue();
    if (isMessage) {
        if (Status added = addMessage(line, node, offset); !added) return added;
    } else if (type == "attachment") {
        ++m_counts.attachments;
    }
    thread(line, node);
    const auto index = static_cast<std::uint32_t>(m_nodes.size());
    m_nodes.push_back(node);
    if (!uuid.empty()) m_byUuid.try_emplace(uuid, index);
    if (node.role == Role::assistant) {
        joinMessage(line, index, number);
    } else if (node.parent != kNone && m_nodes[node.parent].message != kNone &&
               holdsToolResult(line.find("message").find("content"))) {
        m_messages[m_nodes[node.parent].message].results.push_back(index);
    }
    return {};
}

void ClaudeCodeLog::thread(const JsonValue& line, Node& node) {
    const std::string parent = line.find("parentUuid").text();
    const auto found = parent.empty() ? m_byUuid.end() : m_byUuid.find(parent);
    if (found != m_byUuid.end() && m_nodes[found->second].sidechain == node.sidechain) {
        node.parent = found->second;
        node.root = m_nodes[node.parent].root;
        node.call = m_nodes[node.parent].call;
        return;
    }
    node.root = static_cast<std::uint32_t>(m_nodes.size());
    if (!parent.empty() && found == m_byUuid.end()) ++m_counts.strayLines;
}

Status ClaudeCodeLog::addMessage(const JsonValue& line, Node& node, std::uint64_t offset) {
    const JsonValue message = line.find("message");
    const JsonValue content = message.find("content");
    if (!message.is(JsonKind::object) || (!content.is(JsonKind::string) && !content.is(JsonKind::array))) {
        return Error{ErrorCode::corrupt,
                     "a message without content: expected \"message\" with a text or a list as \"content\""};
    }
    node.content = {static_cast<std::size_t>(offset) + content.bytes().offset, content.bytes().size};
    node.isString = content.is(JsonKind::string);
    node.role = line.find("type").text() == "user" ? Role::user : Role::assistant;
    return {};
}

void ClaudeCodeLog::joinMessage(const JsonValue& line, std::uint32_t index, std::size_t number) {
    const JsonValue message = line.find("message");
    const std::string id = message.find("id").text();
    const std::string key = line.find("sessionId").text() + '\n' + id;
    const auto known = id.empty() ? m_byMessageId.end() : m_byMessageId.find(key);
    auto place = static_cast<std::uint32_t>(m_messages.size());
    if (known != m_byMessageId.end()) {
        place = known->second;
    } else {
        m_messages.emplace_back();
        if (!id.empty()) m_byMessageId.emplace(key, place);
    }
    m_nodes[index].message = place;
    Message& joined = m_messages[place];
    joined.lines.push_back(index);
    // The last line of a message has the final figures.
    takeRaw(message.find("id"), JsonKind::string, joined.id);
    takeRaw(message.find("model"), JsonKind::string, joined.model);
    takeRaw(message.find("stop_reason"), JsonKind::string, joined.stopReason);
    takeRaw(message.find("usage"), JsonKind::object, joined.usage);
    if (joined.lines.size() == 1) {
        joined.own = message.find("model").text() == kNoModel || line.find("isApiErrorMessage").isTrue();
        if (joined.own) {
            ++m_counts.ownMessages;
        } else {
            addCall(line, index, number);
        }
    }
    if (joined.call != kNone) m_nodes[index].call = joined.call;
}

void ClaudeCodeLog::addCall(const JsonValue& line, std::uint32_t index, std::size_t number) {
    const Node& node = m_nodes[index];
    Call call;
    call.line = number;
    call.session = line.find("sessionId").text();
    call.subagent = node.sidechain;
    if (node.sidechain) {
        const std::string agent = line.find("agentId").text();
        call.session += "\nagent " + (agent.empty() ? "of line " + std::to_string(node.root) : agent);
    }
    if (node.call != kNone && m_calls[node.call].session == call.session) call.parent = node.call;
    m_messages[node.message].call = static_cast<std::uint32_t>(m_calls.size());
    m_calls.push_back(std::move(call));
    m_messageOfCall.push_back(node.message);
}

// From the first line of its thread to `line`.
std::vector<std::uint32_t> ClaudeCodeLog::threadAbove(std::uint32_t line) const {
    std::vector<std::uint32_t> thread;
    for (; line != kNone; line = m_nodes[line].parent) thread.push_back(line);
    std::reverse(thread.begin(), thread.end());
    return thread;
}

bool ClaudeCodeLog::answersACall(std::uint32_t line) const {
    const std::uint32_t parent = m_nodes[line].parent;
    if (parent == kNone || m_nodes[parent].message == kNone) return false;
    const auto& results = m_messages[m_nodes[parent].message].results;
    return std::binary_search(results.begin(), results.end(), line);
}

Result<ClaudeCodeLog::Time> ClaudeCodeLog::writePrompt(std::uint32_t first, PromptText& prompt) const {
    Time newest;
    const auto add = [&](PromptText::Role role, std::uint32_t line) {
        const Node& node = m_nodes[line];
        if (role == PromptText::Role::user && node.time) newest = node.time;
        return prompt.add(role, node.content, node.isString);
    };
    std::vector<bool> written(m_messages.size(), false);
    for (const std::uint32_t line : threadAbove(m_nodes[first].parent)) {
        const Node& node = m_nodes[line];
        if (node.role == Role::user && !answersACall(line)) {
            if (Status added = add(PromptText::Role::user, line); !added) return added.error();
        }
        if (node.role != Role::assistant || written[node.message]) continue;
        written[node.message] = true;
        const Message& message = m_messages[node.message];
        if (message.own) continue;
        // A message's blocks, then what answers its calls: lines of calls made side by side hang one below another,
        // and of their results only the last is in the thread.
        for (const auto& [role, lines] : {std::pair(PromptText::Role::assistant, &message.lines),
                                          std::pair(PromptText::Role::user, &message.results)}) {
            for (const std::uint32_t block : *lines) {
                if (block >= first) break;
                if (Status added = add(role, block); !added) return added.error();
            }
        }
    }
    return newest;
}

Result<ClaudeCodeLog::Time> ClaudeCodeLog::writeReply(const Message& message, PromptText& text) const {
    Time newest;
    for (const std::uint32_t line : message.lines) {
        const Node& block = m_nodes[line];
        if (Status added = text.add(PromptText::Role::assistant, block.content, block.isString); !added) {
            return added.error();
        }
        if (block.time) newest = block.time;
    }
    return newest;
}

Result<LoggedExchange> ClaudeCodeLog::exchange(std::size_t call, const ContentReader& read) const {
    const Message& message = m_messages[m_messageOfCall[call]];
    const std::uint32_t first = message.lines.front();
    PromptText prompt(read);
    auto start = writePrompt(first, prompt);
    if (!start) return std::move(start).error();
    PromptText content(read);
    const auto end = writeReply(message, content);
    if (!end) return end.error();

    LoggedExchange exchange;
    const Time begun = *start ? *start : m_nodes[first].time;
    exchange.startKnown = begun.has_value();
    exchange.request.api = model::Api::anthropicMessages;
    exchange.request.headers = turns::provenanceLine(Provenance::reconstructed, kRequestIs);
    exchange.request.started = begun.value_or(support::WallTime{});
    const std::string modelMember = message.model.empty() ? "" : "\"model\":" + message.model + ",";
    exchange.request.body = "{" + modelMember + "\"messages\":" + prompt.messages() + "}";

    turns::ReplyReceived& reply = exchange.reply.emplace();
    reply.headers = turns::provenanceLine(Provenance::reconstructed, kReplyIs);
    reply.wire.lastByte = between(*start, *end);
    reply.body = "{\"id\":" + orNull(message.id) + R"(,"type":"message","role":"assistant","model":)" +
                 orNull(message.model) + ",\"content\":" + content.blocks() +
                 ",\"stop_reason\":" + orNull(message.stopReason) + ",\"stop_sequence\":null";
    if (!message.usage.empty()) reply.body += ",\"usage\":" + message.usage;
    reply.body += "}";
    return exchange;
}

}  // namespace turntable::logs
