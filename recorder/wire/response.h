#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/timing.h"
#include "storage/model/turn.h"
#include "storage/support/clock.h"
#include "storage/support/result.h"

namespace turntable::wire {

enum class BlockKind { text, thinking, toolUse, unknown };

/// One content block of a reply, put together from its deltas.
struct ReplyBlock {
    BlockKind kind = BlockKind::unknown;
    std::string text;       ///< of text and thinking
    std::string tool;       ///< of tool calls
    std::string callId;     ///< of tool calls
    std::string arguments;  ///< JSON text of tool calls as it came, deltas joined
    /// What its pieces took, each counted from the piece of content before it; the first of a reply ends prefill and
    /// takes nothing. Empty: no moment of it is known.
    std::optional<support::Nanoseconds> took;
    bool closed = false;  ///< the server said that the block is whole (Anthropic: content_block_stop or message_stop)
};

/// Token counts as the server reported them; absent stays absent. Anthropic counts cached tokens outside of `input`,
/// OpenAI inside of it: `promptTotal` is the sum either way, and absent when the server gave no input count.
struct Usage {
    std::optional<std::int64_t> input;  ///< as reported
    std::optional<std::int64_t> cachedRead;
    std::optional<std::int64_t> cacheCreation;
    std::optional<std::int64_t> output;
    std::optional<std::int64_t> promptTotal;
};

/// A reply, understood so far.
struct ParsedReply {
    std::string id;
    std::string model;
    std::vector<ReplyBlock> blocks;
    std::string stopReason;
    Usage usage;
    model::ServerTimings server;                       ///< llama.cpp `timings`, where the reply carries them
    std::optional<support::Nanoseconds> messageStart;  ///< message_start, or the role frame of a chat stream
    std::optional<support::Nanoseconds> firstContent;  ///< first text, thinking or tool-call content
    std::optional<support::Nanoseconds> lastContent;
    bool ended = false;                 ///< message_stop, [DONE] or a whole JSON document was seen
    std::string error;                  ///< the server's own words; empty when it reported none
    std::vector<std::string> oddities;  ///< what was not as documented, one sentence each
};

/// Reads the body of a reply as it comes: Server-Sent Events or one JSON document, of either API. One thread. Never
/// fails: what cannot be read becomes an oddity, and everything readable is kept. Pieces may be cut anywhere.
class ReplyParser {
public:
    virtual ~ReplyParser() = default;
    /// `at`: time since the request's last byte had been received.
    virtual void feed(std::string_view bytes, support::Nanoseconds at) = 0;
    /// No more bytes will come.
    virtual void finish() = 0;
    [[nodiscard]] virtual const ParsedReply& reply() const = 0;
};

/// `contentType` and `contentEncoding` are the reply's headers (either may be empty; gzip and deflate are decoded on a
/// copy, any other encoding is an oddity and the content stays unknown). A status outside 2xx is read as an error
/// document of any shape ({"type":"error","error":{…}}, {"error":{…}}, plain text).
[[nodiscard]] std::unique_ptr<ReplyParser> makeReplyParser(model::Api api, int httpStatus, std::string_view contentType,
                                                           std::string_view contentEncoding);

/// Feeds a stored reply, cut as it arrived.
[[nodiscard]] ParsedReply parseStoredReply(model::Api api, int httpStatus, std::string_view contentType,
                                           std::string_view contentEncoding, std::string_view body,
                                           const std::vector<model::Arrival>& arrivals);

}  // namespace turntable::wire
