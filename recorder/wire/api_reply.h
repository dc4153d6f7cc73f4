#pragma once

#include <memory>
#include <string_view>

#include "recorder/wire/json_scan.h"
#include "recorder/wire/reply_state.h"

namespace turntable::wire {

/// How one API's replies are read: the events of a stream or one document. One thread; writes into the state that it
/// was made with, which must outlive it.
class ApiReply {
public:
    virtual ~ApiReply() = default;
    /// One event of a stream. `type` is the stream's own name for it, empty when it has none.
    virtual void applyEvent(std::string_view type, const JsonValue& data, support::Nanoseconds at) = 0;
    /// A whole reply.
    virtual void applyDocument(const JsonValue& root) = 0;
    /// The stream is over; says what it left open.
    virtual void finishStream() = 0;
};

[[nodiscard]] std::unique_ptr<ApiReply> makeMessagesReply(ReplyState& state);
[[nodiscard]] std::unique_ptr<ApiReply> makeChatReply(ReplyState& state);

}  // namespace turntable::wire
