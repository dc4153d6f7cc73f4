#include "recorder/proxy/exchange_tape.h"

#include <algorithm>

#include "recorder/proxy/header_filter.h"
#include "recorder/turns/stored_headers.h"
#include "recorder/wire/request.h"

namespace turntable::proxy {

ExchangeTape::ExchangeTape(Recording& recording, const AgentRequest& request, const RequestTarget& target)
    : m_recording(recording),
      m_request(request),
      m_target(target),
      m_api(wire::recognizeTurn(request.method, target.path)) {}

void ExchangeTape::connected(support::MonotonicTime at) {
    m_connected = at;
    if (m_tape) m_tape->connected(at);  // a second try, after the first one had sent the request
}

void ExchangeTape::begin() {
    if (m_begun) return;
    m_begun = true;
    if (!m_api) return;
    m_tape = m_recording.open(received(), m_request.body, m_request.received);
    if (m_tape && m_connected) m_tape->connected(sinceWhole(*m_connected));
}

support::MonotonicTime ExchangeTape::sinceWhole(support::MonotonicTime at) const {
    return std::max(at, m_request.received);
}

turns::RequestReceived ExchangeTape::received() const {
    turns::RequestReceived received;
    received.api = *m_api;
    received.target = turns::storedTarget(m_target.path);
    received.sessionHint = m_target.sessionHint;
    received.headers = storedHeaders(m_request.headers) + m_mark;
    return received;
}

}  // namespace turntable::proxy
