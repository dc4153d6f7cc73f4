#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recorder/http/client.h"
#include "recorder/proxy/agent_socket.h"
#include "storage/support/clock.h"

namespace turntable::proxy {

/// A request of an agent. A large body may still be coming: see AgentBody.
struct AgentRequest {
    std::string method;
    std::string target;                 ///< as sent
    bool http10 = false;                ///< the agent speaks HTTP/1.0: no chunks
    bool keepAlive = true;              ///< what the agent asked for
    std::vector<http::Header> headers;  ///< in order, duplicates kept
    std::string body;                   ///< transfer coding removed
    std::uint64_t missing = 0;          ///< bytes of the body that have not been read yet
    support::MonotonicTime received{};  ///< last byte; not set while bytes are missing
};

/// What an agent may send at most.
struct RequestLimits {
    std::size_t requestBytes = std::size_t{256} << 20;  ///< of a body
    std::size_t headerBytes = std::size_t{128} << 10;   ///< of a head
};

/// Reads the requests of one connection, one after the other, answers `Expect: 100-continue`, and refuses what is
/// malformed (400) or too large (413, 431) with an answer of its own. One thread.
class AgentConnection {
public:
    /// `socket` must outlive the connection.
    AgentConnection(AgentSocket& socket, const RequestLimits& limits);
    AgentConnection(const AgentConnection&) = delete;
    AgentConnection& operator=(const AgentConnection&) = delete;
    ~AgentConnection();

    /// A body of more than `kSmallBodyBytes` whose length is given comes as far as it is there; the others, chunked
    /// ones among them, come whole. What is missing must have been read before the next call. Empty when no further
    /// request comes: the peer has gone, idled for five minutes, or sent something that was refused.
    [[nodiscard]] std::optional<AgentRequest> next();

    /// Such a body is here as soon as its head: sent on in one piece with it, it costs the upstream one read.
    static constexpr std::uint64_t kSmallBodyBytes = 64 * 1024;
    /// For an agent that stops in the middle of a request.
    static constexpr std::chrono::milliseconds kMiddlePatience = std::chrono::minutes(1);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::proxy
