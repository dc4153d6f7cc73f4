#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/http/client.h"
#include "recorder/proxy/exchange_ending.h"
#include "recorder/proxy/exchange_tape.h"
#include "recorder/proxy/reply_writer.h"
#include "recorder/wire/shim.h"

namespace turntable::proxy {

/// The URL of a call below `base`, in the place of the agent's `path`, whose ending `from` it has, query left out:
/// "/v1/messages" becomes base + "/v1/chat/completions".
[[nodiscard]] std::string callUrl(std::string_view base, std::string_view path, std::string_view from,
                                  std::string_view to);

/// What goes to an OpenAI server of an agent's headers: everything but what only Anthropic knows; an x-api-key as
/// `Authorization: Bearer`, unless there is one. No content coding is asked for.
[[nodiscard]] std::vector<http::Header> shimRequestHeaders(const std::vector<http::Header>& headers);

/// The line that says in the store what became of a request (turns::provenanceLine), and what could not be carried
/// over.
[[nodiscard]] std::string translationMark(const std::vector<std::string>& dropped);

/// Gives the reply of a Chat Completions server to an agent that speaks Messages, translated as it comes. The tape
/// hears what the agent gets, before it does. One thread.
class ShimSink final : public http::ReplySink {
public:
    /// `reply` and `tape` must outlive the sink.
    ShimSink(ReplyWriter& reply, ExchangeTape& tape, wire::Shim shim)
        : m_reply(reply), m_tape(tape), m_shim(std::move(shim)) {}

    void onConnected(support::MonotonicTime at) override { m_tape.connected(at); }
    void onRequestSent() override { m_tape.begin(); }
    bool onHead(const http::ResponseHead& head, support::MonotonicTime at) override;
    bool onBody(std::string_view bytes, support::MonotonicTime at) override;
    /// The exchange is over, its tape begun. Tells the agent what is still to be told.
    void end(const Ending& how);

private:
    void record(const wire::ShimPiece& piece, const http::ResponseHead& head, support::MonotonicTime at);
    [[nodiscard]] bool send(const wire::ShimPiece& piece, const http::ResponseHead& head);
    [[nodiscard]] bool give(const wire::ShimPiece& piece, support::MonotonicTime at);
    [[nodiscard]] http::ResponseHead headFor(const wire::ShimPiece& piece) const;

    ReplyWriter& m_reply;
    ExchangeTape& m_tape;
    wire::Shim m_shim;
    http::ResponseHead m_head;  ///< the server's
    support::MonotonicTime m_headAt{};
};

/// A request that cannot be translated: 400, recorded as any other answer.
void refuseUntranslatable(const support::Error& error, ReplyWriter& reply, ExchangeTape& tape);

}  // namespace turntable::proxy
