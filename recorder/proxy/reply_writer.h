#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "recorder/http/client.h"
#include "recorder/proxy/agent_connection.h"
#include "recorder/proxy/agent_socket.h"
#include "storage/model/turn.h"

namespace turntable::proxy {

/// Writes one reply to an agent in the framing it understands: with the length the upstream gave, in chunks, or until
/// the end of the connection for HTTP/1.0. Every call sends at once, except that a head with a length waits for the
/// first piece of its body. One thread. All functions: false when the agent has gone.
class ReplyWriter {
public:
    /// Both must outlive the writer.
    ReplyWriter(AgentSocket& socket, const AgentRequest& request);

    /// `head.headers` as the upstream gave them: hop-by-hop ones are left out.
    [[nodiscard]] bool head(const http::ResponseHead& head);
    [[nodiscard]] bool body(std::string_view bytes);
    /// The reply is whole.
    [[nodiscard]] bool end();

    /// A whole reply of our own.
    [[nodiscard]] bool sendWhole(int status, std::string_view contentType, std::string_view text);
    /// An error document of the API that the agent speaks.
    [[nodiscard]] bool sendError(int status, model::Api api, std::string_view message);

    /// Something has been sent, so that nothing else can be answered any more.
    [[nodiscard]] bool begun() const { return m_begun; }
    /// The connection can carry another request: the reply is whole, and neither side asked for an end.
    [[nodiscard]] bool keepAlive() const { return m_whole && m_keepAlive; }
    /// Bytes of the body still to come; empty when its length is not known.
    [[nodiscard]] std::optional<std::uint64_t> left() const;

private:
    enum class Framing { none, length, chunked, untilClose };
    [[nodiscard]] Framing framingOf(const http::ResponseHead& head, std::optional<std::uint64_t> length) const;
    [[nodiscard]] bool send(std::string_view first, std::string_view second = {}, std::string_view third = {});

    AgentSocket& m_socket;
    const AgentRequest& m_request;
    Framing m_framing = Framing::none;
    std::string m_pendingHead;
    std::uint64_t m_left = 0;
    bool m_begun = false;
    bool m_whole = false;
    bool m_keepAlive;
};

}  // namespace turntable::proxy
