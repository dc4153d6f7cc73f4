#pragma once

#include <string>
#include <string_view>

#include "recorder/wire/json_scan.h"
#include "recorder/wire/response.h"

namespace turntable::wire {

/// What both APIs' readers do to a reply. One thread; owned by the parser.
class ReplyState {
public:
    [[nodiscard]] ParsedReply& reply() { return m_reply; }
    [[nodiscard]] const ParsedReply& reply() const { return m_reply; }

    /// A piece of `block` came; documents that come whole tell no moment.
    void noteContent(ReplyBlock& block, std::optional<support::Nanoseconds> at);
    /// Each sentence once, and not without end.
    void noteOddity(std::string sentence);
    /// The first error stays.
    void noteError(std::string words);
    void closeBlocks();

    /// Takes llama.cpp's `timings`, where there are any.
    void readTimings(const JsonValue& timings);
    /// Fills what usage left open from the server's timings, which count the same tokens. For replies that came to
    /// their end: on the way timings count what is done so far.
    void completeUsage();

private:
    ParsedReply m_reply;
};

/// What a server says of an error, from any of the shapes in use: {"error":{"message"}}, {"error":"…"}, {"message"},
/// {"detail"}, {"errors":[{"message"}]}; the JSON itself where none of them fits.
[[nodiscard]] std::string errorWords(const JsonValue& document);

/// The first part of a text, cut between characters.
[[nodiscard]] std::string shortened(std::string_view text);

}  // namespace turntable::wire
