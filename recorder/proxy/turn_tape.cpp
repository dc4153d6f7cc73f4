#include "recorder/proxy/turn_tape.h"

#include "recorder/proxy/header_filter.h"
#include "recorder/proxy/recording.h"

namespace turntable::proxy {

TurnTape::TurnTape(Recording& recording, std::uint64_t exchange, support::MonotonicTime received,
                   std::unique_ptr<SpoolFile> spool)
    : m_recording(recording), m_received(received), m_spool(std::move(spool)) {
    m_reply.exchange = exchange;
    m_reply.end = turns::ExchangeEnd::recorderStopped;
}

TurnTape::~TurnTape() { handOver(); }

void TurnTape::connected(support::MonotonicTime at) { m_reply.wire.upstreamConnected = at - m_received; }

void TurnTape::head(const http::ResponseHead& head, support::MonotonicTime at) {
    m_reply.httpStatus = head.status;
    m_reply.headers = storedHeaders(head.headers);
    m_reply.wire.headers = at - m_received;
    if (m_spool) m_spool->head(m_reply);
}

void TurnTape::body(std::string_view bytes, support::MonotonicTime at) {
    // Finer than a microsecond there is but noise, and noise does not compress.
    const support::Nanoseconds stamp = std::chrono::floor<std::chrono::microseconds>(at - m_received);
    if (!m_reply.wire.firstByte) m_reply.wire.firstByte = stamp;
    m_reply.wire.lastByte = stamp;
    m_reply.body.append(bytes);
    m_reply.arrivals.push_back({stamp, bytes.size()});
    if (m_spool) m_spool->body(bytes, stamp);
}

void TurnTape::end(turns::ExchangeEnd end, std::string error, std::string sentToAgent) {
    m_reply.end = end;
    m_reply.error = std::move(error);
    m_reply.sentToAgent = std::move(sentToAgent);
    if (!m_reply.sentToAgent.empty()) m_reply.wire.lastByte = support::SystemClock().monotonicNow() - m_received;
    if (!m_spool || m_ended) return;
    m_ended = true;
    m_spool->end(m_reply.end, m_reply.error, m_reply.sentToAgent);
}

void TurnTape::handOver() {
    if (m_handedOver) return;
    m_handedOver = true;
    m_recording.finish(std::move(m_reply), std::move(m_spool));
}

}  // namespace turntable::proxy
