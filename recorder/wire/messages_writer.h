#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/wire/messages_error.h"
#include "recorder/wire/response.h"

namespace turntable::wire {

/// What a reply holds beyond ParsedReply, as it was written.
struct ReplyExtras {
    std::string stopSequence;  ///< the text at which generation stopped, where the server tells
    std::string timings;       ///< JSON object of llama.cpp's `timings`; empty when there is none
};

/// Names for what a server leaves unnamed.
struct FallbackNames {
    std::string id;     ///< of the message; must differ from message to message
    std::string model;  ///< as the request asked for it
};

/// Writes a Chat Completions reply, read so far, as the events or the document of the Messages API
/// (docs.anthropic.com, "Streaming messages"). What the server has not told is null, or left out where the API allows
/// that. One thread.
///
/// Blocks follow one another as in the reference; only a call whose arguments are not whole yet stays open while
/// another block begins, since its other pieces may still come.
class MessagesWriter {
public:
    /// Both must outlive the writer.
    MessagesWriter(const ParsedReply& reply, const ReplyExtras& extras, FallbackNames names);

    /// Appends what has come since the last call; the message's start goes before it.
    void update(std::string& out);
    /// Appends the end of a whole message: what is still missing, stop reason, usage, timings.
    void end(std::string& out);
    static void error(const MessagesError& error, std::string& out);
    /// A line that only keeps the connection alive.
    static void comment(std::string_view text, std::string& out);

    /// The whole reply as one document. A call with arguments that cannot be read has none there.
    [[nodiscard]] std::string document() const;
    /// The tool of the first such call; empty: there is none, or the reply was cut and its stop reason tells.
    [[nodiscard]] std::string unreadableCall() const;

private:
    /// How much of a block has been written.
    struct Written {
        bool started = false;
        bool stopped = false;
        std::size_t bytes = 0;
        std::size_t index = 0;  ///< its number in the stream
    };
    void start(std::string& out);
    void startBlock(std::size_t place, std::string& out);
    void writeDelta(std::size_t place, std::string& out);
    void stopBlock(std::size_t place, std::string& out);
    void stopWholeOnes(std::string& out);
    [[nodiscard]] std::string callId(std::size_t place) const;
    [[nodiscard]] std::string blockText(std::size_t place) const;
    [[nodiscard]] std::string stopText() const;
    [[nodiscard]] std::string usageText() const;
    [[nodiscard]] std::string messageId() const;
    [[nodiscard]] std::string messageModel() const;

    const ParsedReply& m_reply;
    const ReplyExtras& m_extras;
    const FallbackNames m_names;
    std::vector<Written> m_written;
    std::size_t m_nextIndex = 0;
    bool m_started = false;
};

}  // namespace turntable::wire
