#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/wire/request.h"

namespace turntable::turns {

/// What of a prompt stays the same while a conversation goes on, as hashes.
struct PromptSignature {
    /// The sentences of the system prompt, words with digits in them left out (times, countdowns, build marks change
    /// from turn to turn); sorted, each once.
    std::vector<std::uint64_t> system;
    /// One a message. Left out is what agents rewrite behind the model's back: cache_control, thinking, reminders,
    /// system messages between the others; a string content equals a list of one text block.
    std::vector<std::uint64_t> messages;
    /// The tool schemas, whatever their order and cache_control: 0 without tools. Two agents with one opening differ in it.
    std::uint64_t tools = 0;
    bool hasReply = false;  ///< a message of the assistant is among them: the conversation is past its opening
};

/// Cost: linear in the body.
[[nodiscard]] PromptSignature signatureOf(std::string_view body, const wire::ParsedRequest& request);

/// True when half of the longer one's sentences, or more, stand in both. Two prompts without a system text are similar.
[[nodiscard]] bool similarSystem(const std::vector<std::uint64_t>& left, const std::vector<std::uint64_t>& right);

/// How many messages two conversations have in common from the start.
[[nodiscard]] std::size_t commonPrefix(const std::vector<std::uint64_t>& left, const std::vector<std::uint64_t>& right);

/// A JSON text without the members named "cache_control" and the comma that goes with each.
[[nodiscard]] std::string withoutCacheControl(std::string_view json);

}  // namespace turntable::turns
