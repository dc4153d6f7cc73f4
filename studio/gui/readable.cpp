#include "studio/gui/readable.h"

#include <algorithm>
#include <cstddef>

namespace turntable::gui {

namespace {

constexpr std::size_t kLineLimit = 2000;
constexpr std::size_t kTextLimit = 1 << 20;
constexpr int kIndentLimit = 100;

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Index behind the string that begins at `at`; the end of the text when it is not closed.
std::size_t behindString(std::string_view json, std::size_t at) {
    for (++at; at < json.size(); ++at) {
        if (json[at] == '\\')
            ++at;
        else if (json[at] == '"')
            return at + 1;
    }
    return json.size();
}

/// A position not after `at` where no UTF-8 sequence is cut.
std::size_t characterStart(std::string_view text, std::size_t at) {
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    return at;
}

}  // namespace

std::string readableJson(std::string_view json) {
    const auto begin = std::find_if_not(json.begin(), json.end(), isSpace);
    if (begin == json.end() || (*begin != '{' && *begin != '[')) return std::string(json);
    std::string out;
    out.reserve(json.size() + json.size() / 4);
    int depth = 0;
    const auto newLine = [&out, &depth] {
        out += '\n';
        out.append(static_cast<std::size_t>(std::clamp(depth, 0, kIndentLimit)) * 2, ' ');
    };
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c == '"') {
            const std::size_t end = behindString(json, at);
            out += json.substr(at, end - at);
            at = end;
            continue;
        }
        ++at;
        if (isSpace(c)) continue;
        if (c == '}' || c == ']') {
            --depth;
            if (!out.empty() && out.back() != '{' && out.back() != '[') newLine();
            out += c;
        } else if (c == '{' || c == '[') {
            out += c;
            ++depth;
            const auto next = std::find_if_not(json.begin() + static_cast<std::ptrdiff_t>(at), json.end(), isSpace);
            // An empty one stays in one piece.
            if (next != json.end() && *next != '}' && *next != ']') newLine();
        } else {
            out += c;
            if (c == ',') newLine();
            if (c == ':') out += ' ';
        }
    }
    return out;
}

std::string readableLines(std::string_view text) {
    std::string out;
    out.reserve(std::min(text.size(), kTextLimit));
    for (std::size_t at = 0; at < text.size();) {
        if (out.size() > kTextLimit) {
            out += "… (" + std::to_string(text.size() - at) + " more bytes)";
            break;
        }
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        if (line.size() > kLineLimit) {
            const std::size_t kept = characterStart(line, kLineLimit);
            out += line.substr(0, kept);
            out += "… (" + std::to_string(line.size() - kept) + " more bytes in this line)";
        } else {
            out += line;
        }
        if (end < text.size()) out += '\n';
        at = end + 1;
    }
    return out;
}

}  // namespace turntable::gui
