#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "recorder/proxy/agent_body.h"
#include "recorder/proxy/agent_connection.h"
#include "recorder/proxy/agent_socket.h"
#include "recorder/proxy/client_pool.h"
#include "recorder/proxy/recording.h"
#include "recorder/proxy/recording_proxy.h"
#include "recorder/proxy/reply_writer.h"
#include "recorder/proxy/request_target.h"
#include "recorder/proxy/upstream.h"
#include "storage/support/guarded.h"

namespace turntable::proxy {

/// Takes requests of agents to the upstream and replies back, byte by byte, with a tape beside it for those that are
/// turns. An upstream that has OpenAI's API only is asked for a chat completion where the agent wants a message. Any
/// thread.
class Forwarder {
public:
    /// `recording` must outlive the forwarder.
    Forwarder(std::vector<ModelRule> rules, Upstream upstream, Recording& recording);

    [[nodiscard]] Upstream upstream() const;
    void setUpstream(Upstream upstream);

    /// Runs one exchange to its end, `body` being that of `request`; `reply` then says whether the connection can carry
    /// another.
    void forward(const AgentRequest& request, const RequestTarget& target, AgentBody& body, AgentSocket& agent,
                 ReplyWriter& reply, const std::stop_token& stop);

private:
    void pass(const Upstream& upstream, const AgentRequest& request, const RequestTarget& target, AgentBody& body,
              AgentSocket& agent, ReplyWriter& reply, const std::stop_token& stop);
    void translate(const Upstream& upstream, const AgentRequest& request, const RequestTarget& target,
                   AgentSocket& agent, ReplyWriter& reply, const std::stop_token& stop);
    void count(const Upstream& upstream, const AgentRequest& request, const RequestTarget& target, ReplyWriter& reply,
               const std::stop_token& stop);
    [[nodiscard]] support::Status exchange(const http::Request& request, http::ReplySink& sink, AgentSocket& agent,
                                           const std::stop_token& stop);

    const std::vector<ModelRule> m_rules;
    Recording& m_recording;
    support::Guarded<Upstream> m_upstream;
    ClientPool m_clients;
};

}  // namespace turntable::proxy
