#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "recorder/http/client.h"
#include "recorder/proxy/spool.h"
#include "recorder/turns/exchange.h"
#include "storage/support/clock.h"

namespace turntable::proxy {

class Recording;

/// Records the reply of one turn while it passes: everything goes into the spool file before the agent gets it, and to
/// the recording thread when it is over. One thread, that of the agent's connection. Never fails as far as its user can
/// tell.
class TurnTape {
public:
    TurnTape(Recording& recording, std::uint64_t exchange, support::MonotonicTime received,
             std::unique_ptr<SpoolFile> spool);
    TurnTape(const TurnTape&) = delete;
    TurnTape& operator=(const TurnTape&) = delete;
    /// Hands over what there is, if `handOver` was not called.
    ~TurnTape();

    void connected(support::MonotonicTime at);
    void head(const http::ResponseHead& head, support::MonotonicTime at);
    void body(std::string_view bytes, support::MonotonicTime at);
    /// How it ends; called before the last bytes go to the agent, and again if that changes it.
    void end(turns::ExchangeEnd end, std::string error = {}, std::string sentToAgent = {});
    void handOver();

private:
    Recording& m_recording;
    const support::MonotonicTime m_received;
    std::unique_ptr<SpoolFile> m_spool;
    turns::ReplyReceived m_reply;
    bool m_ended = false;
    bool m_handedOver = false;
};

}  // namespace turntable::proxy
