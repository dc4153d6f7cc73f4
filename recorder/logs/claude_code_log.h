#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "recorder/logs/log_exchange.h"
#include "recorder/wire/json_scan.h"
#include "storage/support/byte_range.h"
#include "storage/support/clock.h"
#include "storage/support/result.h"

namespace turntable::logs {

class PromptText;

/// The session log of Claude Code (one JSON object a line), put together to model calls. It has no bytes of the wire:
/// a line is a message, or one content block of the model's message; lines are threaded by `uuid` and `parentUuid`.
///
/// First every line is shown to `addLine`, then `exchange` builds call after call. Of a line only its place is kept,
/// and the content is read from the file again, so that memory is bounded by the largest prompt and about 300 bytes a
/// line. One thread. What a line says is judged, never believed: a parent must stand above its child, so that there
/// are no circles and a longer log changes nothing of what a shorter one told.
class ClaudeCodeLog {
public:
    /// One model call: all lines of one message id.
    struct Call {
        std::string session;  ///< names the conversation: the session id, and of a subagent its root
        bool subagent = false;
        std::optional<std::size_t> parent;  ///< the call that this one continues
        std::size_t line = 0;               ///< number of its first line
    };
    /// What the log has besides calls, and what it lacks.
    struct Counts {
        std::size_t otherLines = 0;   ///< lines that are no message: summaries, snapshots, queue operations, …
        std::size_t attachments = 0;  ///< rendered into prompts in words that the log does not have
        std::size_t ownMessages = 0;  ///< written by Claude Code itself in the model's place: errors, cancelled calls
        std::size_t strayLines = 0;   ///< whose parent is not in the log
    };
    using ContentReader = std::function<support::Result<std::string>(support::ByteRange)>;

    /// `offset`: of the line in the file. Errors: those of the reader; corrupt for a message that has not the shape.
    [[nodiscard]] support::Status addLine(std::string_view line, std::size_t number, std::uint64_t offset);

    [[nodiscard]] const std::vector<Call>& calls() const { return m_calls; }
    [[nodiscard]] const Counts& counts() const { return m_counts; }

    /// Builds the call of that index: as its request the messages so far, as its reply the message. Errors: those of
    /// `read`; limitExceeded for a prompt above kMaxEntryBytes.
    [[nodiscard]] support::Result<LoggedExchange> exchange(std::size_t call, const ContentReader& read) const;

private:
    using Time = std::optional<support::WallTime>;
    static constexpr std::uint32_t kNone = 0xffffffffU;
    enum class Role : std::uint8_t { none, user, assistant };

    struct Node {
        std::uint32_t parent = kNone;
        std::uint32_t root = kNone;     ///< the line that its thread began with
        std::uint32_t message = kNone;  ///< of an assistant's line: index into m_messages
        std::uint32_t call = kNone;     ///< the newest call at or above it
        support::ByteRange content;     ///< in the file: a string with its quotes, or an array
        Time time;
        Role role = Role::none;
        bool isString = false;
        bool sidechain = false;
    };
    struct Message {
        std::vector<std::uint32_t> lines;
        std::vector<std::uint32_t> results;        ///< user lines below one of its lines that hold a tool's result
        std::string id, model, stopReason, usage;  ///< as JSON values
        bool own = false;                          ///< Claude Code's words, not the model's
        std::uint32_t call = kNone;
    };
    [[nodiscard]] support::Status addMessage(const wire::JsonValue& line, Node& node, std::uint64_t offset);
    void thread(const wire::JsonValue& line, Node& node);
    void joinMessage(const wire::JsonValue& line, std::uint32_t index, std::size_t number);
    void addCall(const wire::JsonValue& line, std::uint32_t index, std::size_t number);
    [[nodiscard]] std::vector<std::uint32_t> threadAbove(std::uint32_t line) const;
    [[nodiscard]] bool answersACall(std::uint32_t line) const;
    /// Both write lines of the log into a text and give back the time of the newest.
    [[nodiscard]] support::Result<Time> writePrompt(std::uint32_t first, PromptText& prompt) const;
    [[nodiscard]] support::Result<Time> writeReply(const Message& message, PromptText& text) const;

    std::vector<Node> m_nodes;
    std::vector<Message> m_messages;
    std::vector<Call> m_calls;
    std::vector<std::uint32_t> m_messageOfCall;
    std::unordered_map<std::string, std::uint32_t> m_byUuid;
    std::unordered_map<std::string, std::uint32_t> m_byMessageId;  ///< session and message id
    Counts m_counts;
    wire::JsonReader m_reader;
};

}  // namespace turntable::logs
