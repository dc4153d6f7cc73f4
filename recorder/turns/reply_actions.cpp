#include "recorder/turns/reply_actions.h"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "recorder/screen/observe.h"

namespace turntable::turns {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";

bool blank(std::string_view text) { return text.find_first_not_of(kJsonSpace) == std::string_view::npos; }

bool wholeObject(std::string_view text) {
    const auto first = text.find_first_not_of(kJsonSpace);
    return first != std::string_view::npos && text[first] == '{' && nlohmann::json::accept(text);
}

// An object without members: what servers put for a call that was cut before its arguments could be read.
bool emptyObject(std::string_view text) {
    return wholeObject(text) && text.find_first_not_of(kJsonSpace, text.find('{') + 1) == text.rfind('}');
}

bool tokenLimitReached(const wire::ParsedReply& reply) {
    return reply.stopReason == "max_tokens" || reply.stopReason == "length";
}

std::string argumentsFault(const wire::ParsedReply& reply, const wire::ReplyBlock& block, bool last) {
    const bool cut = last && tokenLimitReached(reply);
    if (blank(block.arguments)) {
        if (cut) return "cut by the token limit before its arguments";
        return block.closed || reply.ended ? "" : "the reply ended before its arguments";
    }
    if (cut && (emptyObject(block.arguments) || !wholeObject(block.arguments))) return "cut by the token limit";
    if (wholeObject(block.arguments)) return {};
    if (nlohmann::json::accept(block.arguments)) return "the arguments are JSON but no object";
    return reply.ended ? "the arguments are not valid JSON" : "the reply ended in the middle of the arguments";
}

std::string faultOf(const wire::ParsedReply& reply, const wire::ReplyBlock& block, const wire::ParsedRequest& request,
                    bool last) {
    const auto& declared = request.toolNames;
    if (!declared.empty() && std::find(declared.begin(), declared.end(), block.tool) == declared.end()) {
        return "the request declares no tool \"" + block.tool + "\"";
    }
    return argumentsFault(reply, block, last);
}

void resolve(model::Action& action, const model::Screen& screen) {
    action.target = screen::resolveTarget(screen, action.arguments);
    if (!action.target) return;
    const auto index = static_cast<std::size_t>(std::max(*action.target, 0));
    if (*action.target < 0 || index >= screen.elements.size()) {
        action.target.reset();
        return;
    }
    action.targetRole = screen.elements[index].role;
    action.targetText = screen.elements[index].text;
}

// Where to cut so that no UTF-8 sequence is halved: continuation bytes are 10xxxxxx (RFC 3629, section 3).
std::size_t codePointBorder(std::string_view text, std::size_t maxBytes) {
    if (text.size() <= maxBytes) return text.size();
    std::size_t end = maxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return end;
}

}  // namespace

std::vector<model::Action> actionsOf(const wire::ParsedReply& reply, const wire::ParsedRequest& request,
                                     const model::Screen* screen) {
    std::vector<model::Action> actions;
    for (std::size_t i = 0; i < reply.blocks.size(); ++i) {
        const wire::ReplyBlock& block = reply.blocks[i];
        if (block.kind != wire::BlockKind::toolUse) continue;
        model::Action action;
        action.callId = block.callId;
        action.tool = block.tool;
        action.arguments = block.arguments;
        action.invalidReason = faultOf(reply, block, request, i + 1 == reply.blocks.size());
        action.valid = action.invalidReason.empty();
        if (screen != nullptr && wholeObject(action.arguments)) resolve(action, *screen);
        actions.push_back(std::move(action));
    }
    return actions;
}

std::string visibleText(const wire::ParsedReply& reply, std::size_t maxBytes) {
    std::string text;
    for (const wire::ReplyBlock& block : reply.blocks) {
        if (block.kind != wire::BlockKind::text || block.text.empty()) continue;
        if (!text.empty()) text += '\n';
        text += block.text;
        if (text.size() > maxBytes) break;
    }
    text.resize(codePointBorder(text, maxBytes));
    return text;
}

}  // namespace turntable::turns
