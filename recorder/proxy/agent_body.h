#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "recorder/http/client.h"
#include "recorder/proxy/agent_connection.h"
#include "recorder/proxy/agent_socket.h"

namespace turntable::proxy {

/// The body of a request that is still coming: goes on to the upstream while it comes, and is kept in the request, for
/// the recording and for a second try. It holds at most what `AgentConnection` allowed. One thread, that of the
/// connection.
class AgentBody final : public http::BodySource {
public:
    /// Both must outlive the body; `request.missing` and `request.received` are kept up.
    AgentBody(AgentSocket& socket, AgentRequest& request);

    [[nodiscard]] std::uint64_t size() const override { return m_request.body.size() + m_request.missing; }
    [[nodiscard]] bool whole() const override { return m_request.missing == 0; }
    [[nodiscard]] bool ready() const override { return m_given < m_request.body.size(); }
    [[nodiscard]] std::optional<std::size_t> read(std::span<char> into) override;
    [[nodiscard]] bool fill() override;
    [[nodiscard]] bool stalled() const override;
    void rewind(std::uint64_t offset) override { m_given = static_cast<std::size_t>(offset); }

    /// Waits until the body is whole. False when it will not be: the agent has gone, sent nothing for a minute, or the
    /// connection was told to end.
    [[nodiscard]] bool await();

private:
    [[nodiscard]] std::optional<std::size_t> receive(std::span<char> into);
    void keep(std::span<const char> bytes);

    AgentSocket& m_socket;
    AgentRequest& m_request;
    std::size_t m_given = 0;  ///< bytes that `read` has given since the last `rewind`
    support::MonotonicTime m_lastByte;
};

}  // namespace turntable::proxy
