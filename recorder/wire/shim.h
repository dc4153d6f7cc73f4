#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/result.h"

namespace turntable::wire {

/// A Messages request as a server that has only Chat Completions takes it. It follows from the request's bytes alone
/// (translateRequest), so that it need not be stored.
struct ShimRequest {
    std::string body;                  ///< of POST …/v1/chat/completions
    std::vector<std::string> dropped;  ///< what has no counterpart there
    std::string model;
    bool streaming = false;
};
/// Errors: corrupt, when it is no request of the Messages API; limitExceeded, when it is nested too deeply.
[[nodiscard]] support::Result<ShimRequest> shimRequest(std::string_view messagesBody);

/// The status and content type that the agent gets.
struct ShimHead {
    int status = 200;
    std::string_view contentType;
};

/// What the agent gets next. `bytes` live until the next call.
struct ShimPiece {
    std::optional<ShimHead> head;  ///< comes once, with the first piece that has something to send
    std::string_view bytes;
};

/// The reply of a Chat Completions server as the Messages API gives it: bytes in, bytes out, as they come. A stream is
/// translated event by event; how it was cut into pieces makes no difference to what comes out. Whatever goes wrong
/// becomes an error as the API tells it: a document with the right status, or, in a stream that has begun, its last
/// event. What the server does not tell (token counts, before the last chunk) is null and never 0; llama.cpp's
/// `timings` go along as a member of message_delta, or of the document. One thread. Never fails.
class Shim {
public:
    enum class Wanted { document, stream };
    /// `fallbackId`: of the message, where the server names none.
    Shim(Wanted wanted, std::string requestedModel, std::string fallbackId);
    Shim(Shim&&) noexcept;
    ~Shim();

    /// The head of the server's reply. An announced stream is announced to the agent at once.
    [[nodiscard]] ShimPiece head(int status, std::string_view contentType, std::string_view contentEncoding);
    [[nodiscard]] ShimPiece feed(std::string_view bytes);
    /// The end of the reply, in order.
    [[nodiscard]] ShimPiece finish();
    /// The end in the middle of it, and why. Gives nothing when the agent has been sent nothing: there is still every
    /// answer to choose from.
    [[nodiscard]] ShimPiece breakOff(std::string_view why);
    /// The last thing has been said: a whole message, or an error.
    [[nodiscard]] bool over() const;

private:
    class State;
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::wire
