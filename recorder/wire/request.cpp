#include "recorder/wire/request.h"

#include <algorithm>
#include <utility>

#include "recorder/wire/json_scan.h"
#include "recorder/wire/prompt_parts.h"

namespace turntable::wire {

namespace {

using model::PartKind;
using model::PromptPart;
using model::Section;
using support::Error;
using support::ErrorCode;

/// Words that an agent program puts between tool results by itself, in the manner of a person's message.
bool isReminder(std::string_view body, const PromptPart& part) {
    constexpr std::string_view kMark = "<system-reminder>";
    constexpr std::size_t kHead = 64;  // the mark opens the text; before it stand the block's other members at most
    if (part.kind != PartKind::text) return false;
    return support::slice(body, part.bytes).substr(0, kHead).find(kMark) != std::string_view::npos;
}

/// The person's newest message: of role user, with something in it that is neither a tool's result nor a reminder.
int newestWords(std::string_view body, const std::vector<PromptPart>& parts) {
    int newest = -1;
    for (const PromptPart& part : parts) {
        if (part.role != "user" || part.kind == PartKind::toolResult || isReminder(body, part)) continue;
        newest = std::max(newest, part.messageIndex);
    }
    return newest;
}

void markNewestWords(std::string_view body, std::vector<PromptPart>& parts) {
    const int newest = newestWords(body, parts);
    if (newest < 0) return;
    for (PromptPart& part : parts) {
        const bool words = part.messageIndex == newest && part.kind != PartKind::toolResult;
        if (words && part.section == Section::history) part.section = Section::user;
    }
}

/// Parts are found field by field; the body may hold the fields in any order.
void sortByPosition(std::vector<PromptPart>& parts) {
    std::stable_sort(parts.begin(), parts.end(),
                     [](const PromptPart& a, const PromptPart& b) { return a.bytes.offset < b.bytes.offset; });
    int message = -1;
    int next = 0;
    for (PromptPart& part : parts) {
        if (part.messageIndex < 0) continue;
        if (std::exchange(message, part.messageIndex) != part.messageIndex) next = 0;
        part.blockIndex = next++;
    }
}

std::optional<std::int64_t> maxTokensOf(const JsonValue& root) {
    if (const auto newer = root.find("max_completion_tokens").count()) return newer;
    return root.find("max_tokens").count();
}

bool startsWithQuote(std::string_view raw) { return !raw.empty() && raw.front() == '"'; }

std::string textOfBlock(const JsonValue& block, PartKind kind) {
    if (kind == PartKind::toolResult) {
        return contentText(block.is(JsonKind::array) ? block : block.find("content"));
    }
    if (kind == PartKind::document) {
        const JsonValue source = block.find("source");
        return source.find("type").text() == "text" ? source.find("data").text() : std::string();
    }
    for (const std::string_view name : {"text", "thinking", "refusal"}) {
        if (const JsonValue text = block.find(name); text.is(JsonKind::string)) return text.text();
    }
    return {};
}

}  // namespace

std::optional<model::Api> recognizeTurn(std::string_view method, std::string_view target) {
    if (method != "POST") return std::nullopt;
    const std::string_view path = target.substr(0, target.find_first_of("?#"));
    if (path.ends_with("/v1/messages")) return model::Api::anthropicMessages;
    if (path.ends_with("/v1/chat/completions")) return model::Api::openaiChat;
    return std::nullopt;
}

bool asksForTokenCount(std::string_view method, std::string_view target) {
    const std::string_view path = target.substr(0, target.find_first_of("?#"));
    return method == "POST" && path.ends_with("/v1/messages/count_tokens");
}

support::Result<ParsedRequest> parseRequest(model::Api api, std::string_view body) {
    JsonReader reader;
    auto document = reader.read(body);
    if (!document) return support::withContext(std::move(document).error(), "request body");
    const JsonValue root = document->root();
    if (!root.is(JsonKind::object)) {
        return Error{ErrorCode::corrupt, "request body: expected a JSON object at byte " +
                                             std::to_string(root.bytes().offset) + ", found an array"};
    }
    const JsonValue messages = root.find("messages");
    if (!messages.is(JsonKind::array)) {
        const std::size_t at = messages.exists() ? messages.bytes().offset : root.bytes().offset;
        return Error{ErrorCode::corrupt, "request body: expected an array \"messages\" in the object at byte " +
                                             std::to_string(at) +
                                             (messages.exists() ? ", found another value" : ", found none")};
    }

    ParsedRequest request;
    request.api = api;
    request.model = root.find("model").text();
    request.modelValue = root.find("model").bytes();
    request.streaming = root.find("stream").isTrue();
    request.maxTokens = maxTokensOf(root);
    for (JsonValue message = messages.first(); message.exists(); message = message.next()) ++request.messages;
    request.parts = api == model::Api::anthropicMessages ? messagesParts(root) : chatParts(root);
    sortByPosition(request.parts);
    markNewestWords(body, request.parts);
    for (const PromptPart& part : request.parts) {
        if (part.kind == PartKind::toolSchema) request.toolNames.push_back(part.label);
    }
    return request;
}

std::string partText(std::string_view body, const model::PromptPart& part) {
    const std::string_view raw = support::slice(body, part.bytes);
    switch (part.kind) {
        case PartKind::image: return {};
        case PartKind::toolSchema:
        case PartKind::toolUse:
        case PartKind::unknown: return std::string(raw);
        default: break;
    }
    if (startsWithQuote(raw)) return decodeString(raw);
    JsonReader reader;
    const auto block = reader.read(raw);
    return block ? textOfBlock(block->root(), part.kind) : std::string();
}

std::string withModel(std::string_view body, const ParsedRequest& request, std::string_view name) {
    std::string changed(body);
    const std::string literal = encodeString(name);
    if (!request.modelValue.empty()) {
        if (request.modelValue.end() > body.size()) return changed;
        return changed.replace(request.modelValue.offset, request.modelValue.size, literal);
    }
    const std::size_t brace = body.find('{');
    if (brace == std::string_view::npos) return changed;
    // A request that was understood has messages: there is a member behind the new one.
    return changed.insert(brace + 1, "\"model\":" + literal + ",");
}

}  // namespace turntable::wire
