#include "recorder/turns/prompt_signature.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace turntable::turns {
namespace {

// FNV-1a, 64 bits: the hash never leaves the process and guards nothing.
class Hash {
public:
    void add(std::string_view text) {
        for (const char c : text) step(static_cast<unsigned char>(c));
        step(0xFFU);  // never in UTF-8: keeps "ab","c" apart from "a","bc"
    }
    [[nodiscard]] std::uint64_t value() const { return m_value; }

private:
    void step(unsigned char byte) { m_value = (m_value ^ byte) * 0x100000001B3ULL; }
    std::uint64_t m_value = 0xCBF29CE484222325ULL;
};

bool isSystem(const model::PromptPart& part) {
    return part.kind == model::PartKind::systemText || part.role == "system" || part.role == "developer";
}

bool isWordByte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || byte >= 0x80U;
}

// The words of a sentence that hold no digit; empty when there is none.
std::string wordsWithoutDigits(std::string_view sentence) {
    std::string words;
    std::size_t begin = 0;
    while (begin < sentence.size()) {
        std::size_t end = begin;
        bool digit = false;
        for (; end < sentence.size() && isWordByte(sentence[end]); ++end) {
            digit = digit || std::isdigit(static_cast<unsigned char>(sentence[end])) != 0;
        }
        if (end > begin && !digit) words.append(sentence.substr(begin, end - begin)).push_back(' ');
        begin = std::max(end, begin + 1);
    }
    return words;
}

// Cuts the text before the first of `separators` off its front.
std::string_view takeUntil(std::string_view& text, std::string_view separators) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return piece;
}

void addSentences(std::string_view text, std::vector<std::uint64_t>& sentences) {
    while (!text.empty()) {
        std::string_view line = takeUntil(text, "\n");
        // Some agents put a line of bytes that change from turn to turn in front of their system prompt.
        if (line.starts_with("x-anthropic-billing-header")) continue;
        while (!line.empty()) {
            const std::string words = wordsWithoutDigits(takeUntil(line, ".;"));
            if (words.empty()) continue;
            Hash hash;
            hash.add(words);
            sentences.push_back(hash.value());
        }
    }
}

// What the part adds to its message's hash; empty: nothing that lasts.
std::string lastingText(std::string_view body, const model::PromptPart& part) {
    switch (part.kind) {
        case model::PartKind::thinking:
        case model::PartKind::toolSchema:
        case model::PartKind::systemText: return {};
        case model::PartKind::text: {
            std::string text = wire::partText(body, part);
            return text.starts_with("<system-reminder>") ? std::string() : text;
        }
        case model::PartKind::toolResult: return "result of " + part.callId + ": " + wire::partText(body, part);
        default: return withoutCacheControl(support::slice(body, part.bytes));
    }
}

std::size_t skipSpace(std::string_view text, std::size_t at) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
    return at;
}

void trimEnd(std::string& text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
}

// The end of the JSON value at `at`, for the plain values that cache_control has: an object, null, a string.
std::size_t endOfValue(std::string_view text, std::size_t at) {
    int depth = 0;
    bool quoted = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            if (c == '\\')
                ++at;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        } else if (c == ',' && depth == 0) {
            return at;
        }
    }
    return text.size();
}

}  // namespace

std::string withoutCacheControl(std::string_view json) {
    // Inside of a string the quotes would be escaped, so that these bytes are always a whole string of their own.
    constexpr std::string_view kKey = "\"cache_control\"";
    std::string out;
    std::size_t copied = 0;
    for (auto at = json.find(kKey); at != std::string_view::npos; at = json.find(kKey, at)) {
        const std::size_t colon = skipSpace(json, at + kKey.size());
        if (colon >= json.size() || json[colon] != ':') {
            at += kKey.size();
            continue;
        }
        std::size_t end = endOfValue(json, skipSpace(json, colon + 1));
        out.append(json.substr(copied, at - copied));
        trimEnd(out);
        if (!out.empty() && out.back() == ',') {
            out.pop_back();
            trimEnd(out);
        } else {
            const std::size_t comma = skipSpace(json, end);
            if (comma < json.size() && json[comma] == ',') end = skipSpace(json, comma + 1);
        }
        at = copied = end;
    }
    return out.append(json.substr(copied));
}

PromptSignature signatureOf(std::string_view body, const wire::ParsedRequest& request) {
    PromptSignature signature;
    Hash message;
    int openIndex = -1;
    const auto closeMessage = [&] {
        if (openIndex >= 0) signature.messages.push_back(message.value());
    };
    for (const model::PromptPart& part : request.parts) {
        if (isSystem(part)) {
            if (signature.messages.empty() && openIndex < 0) addSentences(wire::partText(body, part), signature.system);
            continue;
        }
        if (part.kind == model::PartKind::toolSchema) {
            Hash tool;
            tool.add(withoutCacheControl(support::slice(body, part.bytes)));
            signature.tools += tool.value();
            continue;
        }
        if (part.messageIndex < 0) continue;
        const std::string text = lastingText(body, part);
        if (text.empty()) continue;
        if (part.messageIndex != openIndex) {
            closeMessage();
            openIndex = part.messageIndex;
            message = Hash();
            message.add(part.role);
        }
        message.add(model::partKindName(part.kind));
        message.add(text);
        if (part.role == "assistant") signature.hasReply = true;
    }
    closeMessage();
    auto& system = signature.system;
    std::sort(system.begin(), system.end());
    system.erase(std::unique(system.begin(), system.end()), system.end());
    return signature;
}

bool similarSystem(const std::vector<std::uint64_t>& left, const std::vector<std::uint64_t>& right) {
    std::size_t common = 0;
    for (auto l = left.begin(), r = right.begin(); l != left.end() && r != right.end();) {
        if (*l == *r) {
            ++common;
            ++l;
            ++r;
        } else if (*l < *r) {
            ++l;
        } else {
            ++r;
        }
    }
    return common * 2 >= std::max(left.size(), right.size());
}

std::size_t commonPrefix(const std::vector<std::uint64_t>& left, const std::vector<std::uint64_t>& right) {
    const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    (void)r;
    return static_cast<std::size_t>(std::distance(left.begin(), l));
}

}  // namespace turntable::turns
