#include "recorder/proxy/turn_tape.h"

#include "recorder/proxy/header_filter.h"
#include "recorder/proxy/recording.h"

namespace turntable::proxy {

TurnTape::TurnTape(Recording& recording, turns::RequestReceived request, std::string_view body,
                   support::MonotonicTime received, std::shared_ptr<std::atomic<bool>> stored,
                   std::unique_ptr<SpoolFile> spool)
    : m_recording(recording),
      m_request(std::move(request)),
      m_body(body),
      m_received(received),
      m_stored(std::move(stored)),
      m_spool(std::move(spool)) {
    m_reply.exchange = m_request.exchange;
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
    if (!m_spool) return;
    keepRequest();
    m_spool->body(bytes, stamp);
}

void TurnTape::end(turns::ExchangeEnd end, std::string error, std::string sentToAgent) {
    m_reply.end = end;
    m_reply.error = std::move(error);
    m_reply.sentToAgent = std::move(sentToAgent);
    if (!m_reply.sentToAgent.empty()) m_reply.wire.lastByte = support::SystemClock().monotonicNow() - m_received;
    if (!m_spool || m_ended) return;
    m_ended = true;
    keepRequest();
    m_spool->end(m_reply.end, m_reply.error, m_reply.sentToAgent);
}

// The store commits a request within a few milliseconds, beside us. Where the reply is quicker, the spool has to hold
// both.
void TurnTape::keepRequest() {
    if (m_requestKept || *m_stored) return;
    m_requestKept = true;
    m_spool->request(m_request, m_body);
}

void TurnTape::handOver() {
    if (m_handedOver) return;
    m_handedOver = true;
    m_recording.finish(std::move(m_reply), std::move(m_spool));
}

}  // namespace turntable::proxy
