#pragma once

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

/// A request of an agent, completely received.
struct AgentRequest {
    std::string method;
    std::string target;                 ///< as sent
    bool http10 = false;                ///< the agent speaks HTTP/1.0: no chunks
    bool keepAlive = true;              ///< what the agent asked for
    std::vector<http::Header> headers;  ///< in order, duplicates kept
    std::string body;                   ///< transfer coding removed
    support::MonotonicTime received{};  ///< last byte
};

/// Reads the requests of one connection, one after the other, answers `Expect: 100-continue`, and refuses what is
/// malformed (400) or too large (413, 431) with an answer of its own. One thread.
class AgentConnection {
public:
    /// `socket` must outlive the connection.
    AgentConnection(AgentSocket& socket, std::size_t maxRequestBytes);
    AgentConnection(const AgentConnection&) = delete;
    AgentConnection& operator=(const AgentConnection&) = delete;
    ~AgentConnection();

    /// Empty when no further request comes: the peer has gone, idled for five minutes, or sent something that was
    /// refused.
    [[nodiscard]] std::optional<AgentRequest> next();

    static constexpr std::uint32_t kMaxHeaderBytes = 128 * 1024;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace turntable::proxy
