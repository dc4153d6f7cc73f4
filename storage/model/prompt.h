#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/figure.h"
#include "storage/support/byte_range.h"

namespace turntable::model {

/// Where in a prompt a token stands. `other` is what the chat template adds and what belongs nowhere else.
enum class Section { system, tools, history, screen, user, other };
inline constexpr std::size_t kSectionCount = 6;
inline constexpr std::array<Section, kSectionCount> kSections = {Section::system, Section::tools, Section::history,
                                                                 Section::screen, Section::user,  Section::other};

[[nodiscard]] constexpr std::string_view sectionName(Section section) {
    constexpr std::array<std::string_view, kSectionCount> kNames = {"system", "tools", "history",
                                                                    "screen", "user",  "other"};
    return kNames[static_cast<std::size_t>(section)];
}

enum class PartKind { systemText, toolSchema, text, thinking, image, document, toolUse, toolResult, unknown };

[[nodiscard]] constexpr std::string_view partKindName(PartKind kind) {
    constexpr std::array<std::string_view, 9> kNames = {"system",   "tool_schema", "text",        "thinking", "image",
                                                        "document", "tool_use",    "tool_result", "unknown"};
    return kNames[static_cast<std::size_t>(kind)];
}

/// One addressable piece of a request body: a system block, a tool schema, a content block of a message.
struct PromptPart {
    PartKind kind = PartKind::unknown;
    Section section = Section::other;
    std::string role;          ///< "system", "user", "assistant", "tool"; empty for tool schemas
    int messageIndex = -1;     ///< position in `messages`, from 0; -1 outside of it
    int blockIndex = -1;       ///< position in the message's content, from 0; 0 when the content is one string
    support::ByteRange bytes;  ///< in the request body: the whole JSON value of the block, braces or quotes included
    std::string label;         ///< tool name of schemas and calls; empty otherwise
    std::string callId;        ///< of tool calls and tool results; empty otherwise
    bool isError = false;      ///< of tool results
    TokenFigure tokens;        ///< filled by recorder/tokens
};

/// Input tokens by section. The sections sum to `input`.
struct TokenBreakdown {
    std::array<TokenFigure, kSectionCount> sections;
    TokenFigure input;   ///< prompt total, cached tokens included; basis exact only when a server counted it
    TokenFigure cached;  ///< of `input`, taken from the prefix cache; no value when the server does not say
    TokenFigure output;

    [[nodiscard]] const TokenFigure& of(Section section) const { return sections[static_cast<std::size_t>(section)]; }
    [[nodiscard]] TokenFigure& of(Section section) { return sections[static_cast<std::size_t>(section)]; }
    bool operator==(const TokenBreakdown&) const = default;
};

}  // namespace turntable::model
