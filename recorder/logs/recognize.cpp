#include "recorder/logs/recognize.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace turntable::logs {
namespace {

using support::Error;
using support::ErrorCode;

constexpr std::string_view kExpected =
    "expected a Turntable store or archive, a claude-trace log, a HAR or a Claude Code session log";

std::string_view trimLeft(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

std::optional<LogFormat> formatOfMember(std::string_view name, char value) {
    constexpr std::array<std::string_view, 6> kOfClaudeCode{"parentUuid", "isSidechain", "leafUuid",
                                                            "sessionId",  "messageId",   "agentId"};
    if (name == "log" && value == '{') return LogFormat::har;
    if (name == "request" && value == '{') return LogFormat::claudeTrace;
    if (std::find(kOfClaudeCode.begin(), kOfClaudeCode.end(), name) != kOfClaudeCode.end()) {
        return LogFormat::claudeCode;
    }
    return std::nullopt;
}

// The end of the string that begins at `at`: behind its quote, or the size.
std::size_t endOfString(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
}

// By the members of the object that begins the text, as far as it goes. Looks at brackets and strings only.
std::optional<LogFormat> formatOfObject(std::string_view text) {
    if (!text.starts_with('{')) return std::nullopt;
    std::size_t depth = 0;
    std::string_view string;  // of the outermost level, the newest
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            const std::size_t end = endOfString(text, at);
            if (depth == 1) string = text.substr(at + 1, end - at - 1);
            at = end - 1;
        } else if (c == ':' && depth == 1) {
            const std::string_view value = trimLeft(text.substr(at + 1));
            const std::string_view name = string.substr(0, string.empty() ? 0 : string.size() - 1);
            if (const auto format = formatOfMember(name, value.empty() ? '\0' : value.front())) return format;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            break;
        }
    }
    return std::nullopt;
}

Error refused(const std::string& what) { return {ErrorCode::invalidArgument, what + "; " + std::string(kExpected)}; }

std::string beginning(std::string_view text) {
    constexpr std::size_t kShown = 40;
    std::string shown;
    for (const char c : text.substr(0, kShown)) shown += c >= ' ' && c <= '~' ? c : '.';
    return shown;
}

}  // namespace

support::Result<LogFormat> recognizeFormat(std::string_view head) {
    if (head.starts_with("SQLite format 3")) return LogFormat::store;
    if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
        return refused("the file is UTF-16, not UTF-8: convert it first");
    }
    if (head.starts_with("\x1f\x8b") || head.starts_with("PK\x03\x04") || head.starts_with("\x28\xb5\x2f\xfd")) {
        return refused("the file is compressed: unpack it first");
    }
    if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
    if (trimLeft(head).empty()) return refused("the file is empty");
    // Each is read up to its end, which a broken one does not have.
    constexpr int kMostObjects = 32;
    std::string_view rest = trimLeft(head);
    for (int tried = 0; tried < kMostObjects && !rest.empty(); ++tried) {
        if (const auto format = formatOfObject(rest)) return *format;
        const auto end = rest.find('\n');
        rest = end == std::string_view::npos ? std::string_view() : trimLeft(rest.substr(end));
    }
    return refused("the file begins with \"" + beginning(trimLeft(head)) + "\" and is no log that can be imported");
}

}  // namespace turntable::logs
