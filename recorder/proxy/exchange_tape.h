#pragma once

#include <memory>
#include <optional>
#include <string>

#include "recorder/proxy/agent_connection.h"
#include "recorder/proxy/recording.h"
#include "recorder/proxy/request_target.h"
#include "storage/model/turn.h"

namespace turntable::proxy {

/// The tape of an exchange that may be a turn. It begins when the request has gone on, so that recording takes no time
/// from it, and before the agent gets anything of the reply. One thread, that of the connection.
class ExchangeTape {
public:
    /// All must outlive the tape.
    ExchangeTape(Recording& recording, const AgentRequest& request, const RequestTarget& target);

    /// The API that the agent speaks.
    [[nodiscard]] model::Api api() const { return m_api.value_or(model::Api::anthropicMessages); }
    /// A line of ours, to stand behind the stored headers of the request. Before `begin`.
    void mark(std::string line) { m_mark = std::move(line); }
    void connected(support::MonotonicTime at);
    /// The request must be whole. Further calls do nothing.
    void begin();
    /// A large request is on its way, and may be answered, before its last byte is here; stamps count from that byte.
    [[nodiscard]] support::MonotonicTime sinceWhole(support::MonotonicTime at) const;
    /// Null when the exchange is no turn, or its recording is lost.
    [[nodiscard]] TurnTape* tape() const { return m_tape.get(); }

private:
    [[nodiscard]] turns::RequestReceived received() const;

    Recording& m_recording;
    const AgentRequest& m_request;
    const RequestTarget& m_target;
    const std::optional<model::Api> m_api;
    std::string m_mark;
    std::optional<support::MonotonicTime> m_connected;
    bool m_begun = false;
    std::unique_ptr<TurnTape> m_tape;
};

}  // namespace turntable::proxy
