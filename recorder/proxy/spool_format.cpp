#include "recorder/proxy/spool_format.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace turntable::proxy {
namespace {

using support::Nanoseconds;

struct FrameHeader {
    std::uint32_t type = 0;
    std::uint32_t size = 0;
    std::int64_t at = 0;
    std::uint64_t check = 0;
};
static_assert(sizeof(FrameHeader) == 24);

constexpr std::int64_t kNoStamp = -1;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
    return hash ^ (hash >> 29);
}

// Tells a torn or never written frame from a whole one; it is no defence against anything else.
std::uint64_t checkOf(const FrameHeader& header, std::string_view payload, support::WallTime started) {
    const bool first = header.type == static_cast<std::uint32_t>(SpoolFrame::opened);
    std::uint64_t hash = mixed(header.type, header.size);
    if (!first) hash = mixed(hash, static_cast<std::uint64_t>(started.time_since_epoch().count()));
    hash = mixed(hash, static_cast<std::uint64_t>(header.at));
    while (!payload.empty()) {
        std::uint64_t word = 0;
        const std::size_t size = std::min(payload.size(), sizeof word);
        std::memcpy(&word, payload.data(), size);
        hash = mixed(hash, word);
        payload.remove_prefix(size);
    }
    return hash;
}

class PayloadWriter {
public:
    PayloadWriter& number(std::int64_t value) {
        m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    PayloadWriter& text(std::string_view value) {
        number(static_cast<std::int64_t>(value.size()));
        m_bytes.append(value);
        return *this;
    }
    std::string take() { return std::move(m_bytes); }

private:
    std::string m_bytes;
};

/// After the first value that is not there everything reads as 0 or empty, and `whole` is false.
class PayloadReader {
public:
    explicit PayloadReader(std::string_view bytes) : m_left(bytes) {}
    std::int64_t number() {
        std::int64_t value = 0;
        const std::string_view bytes = take(sizeof value);
        if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string text() {
        const std::int64_t size = number();
        return std::string(take(size < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(size)));
    }
    [[nodiscard]] bool whole() const { return m_whole; }

private:
    std::string_view take(std::size_t size) {
        m_whole = m_whole && size <= m_left.size();
        if (!m_whole) return {};
        const std::string_view taken = m_left.substr(0, size);
        m_left.remove_prefix(size);
        return taken;
    }
    std::string_view m_left;
    bool m_whole = true;
};

bool readOpened(std::string_view payload, SpooledExchange& exchange) {
    PayloadReader reader(payload);
    exchange.owner.recorder.value = reader.number();
    exchange.owner.process.pid = reader.number();
    exchange.owner.process.startMark = reader.text();
    exchange.owner.started = support::WallTime(Nanoseconds(reader.number()));
    exchange.owner.key = reader.text();
    return reader.whole();
}

void readRequest(std::string_view payload, SpooledExchange& exchange, bool isChange) {
    PayloadReader reader(payload);
    RequestChange change;
    if (isChange) {
        change.base = support::WallTime(Nanoseconds(reader.number()));
        change.baseSize = static_cast<std::size_t>(reader.number());
        change.head = static_cast<std::size_t>(reader.number());
        change.tail = static_cast<std::size_t>(reader.number());
    }
    turns::RequestReceived request;
    request.api = reader.number() == 0 ? model::Api::anthropicMessages : model::Api::openaiChat;
    request.started = support::WallTime(Nanoseconds(reader.number()));
    request.target = reader.text();
    request.sessionHint = reader.text();
    request.headers = reader.text();
    request.body = reader.text();
    if (!reader.whole()) return;
    exchange.request = std::move(request);
    if (isChange) exchange.change = change;
}

void readHead(std::string_view payload, Nanoseconds at, turns::ReplyReceived& reply) {
    PayloadReader reader(payload);
    const std::int64_t status = reader.number();
    const std::int64_t connected = reader.number();
    reply.headers = reader.text();
    reply.httpStatus = static_cast<int>(status);
    if (connected != kNoStamp) reply.wire.upstreamConnected = Nanoseconds(connected);
    reply.wire.headers = at;
}

void readBody(std::string_view payload, Nanoseconds at, turns::ReplyReceived& reply) {
    reply.body.append(payload);
    reply.arrivals.push_back({at, payload.size()});
    if (!reply.wire.firstByte) reply.wire.firstByte = at;
    reply.wire.lastByte = at;
}

void readEnd(std::string_view payload, SpooledExchange& exchange) {
    PayloadReader reader(payload);
    const std::int64_t end = reader.number();
    exchange.reply.error = reader.text();
    exchange.reply.sentToAgent = reader.text();
    exchange.ended =
        reader.whole() && end >= 0 && end <= static_cast<std::int64_t>(turns::ExchangeEnd::recorderStopped);
    if (exchange.ended) exchange.reply.end = static_cast<turns::ExchangeEnd>(end);
}

void readFrame(const FrameHeader& header, std::string_view payload, SpooledExchange& exchange) {
    const Nanoseconds at(header.at);
    switch (static_cast<SpoolFrame>(header.type)) {
        case SpoolFrame::opened: break;
        case SpoolFrame::privacy: exchange.owner.privacy = payload; break;
        case SpoolFrame::request: readRequest(payload, exchange, false); break;
        case SpoolFrame::requestChange: readRequest(payload, exchange, true); break;
        case SpoolFrame::head:
            readHead(payload, at, exchange.reply);
            exchange.replyBegan = true;
            break;
        case SpoolFrame::body: readBody(payload, at, exchange.reply); break;
        case SpoolFrame::end: readEnd(payload, exchange); break;
    }
}

// The next whole frame; false at the end of what is known.
bool nextFrame(std::string_view& bytes, FrameHeader& header, std::string_view& payload, support::WallTime started) {
    if (bytes.size() < sizeof header) return false;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.size > bytes.size() - sizeof header) return false;
    payload = bytes.substr(sizeof header, header.size);
    if (checkOf(header, payload, started) != header.check) return false;
    bytes.remove_prefix(sizeof header + header.size);
    return true;
}

}  // namespace

std::optional<std::string> applyChange(const RequestChange& change, std::string_view base, std::string_view between) {
    if (base.size() != change.baseSize || change.head > base.size() || change.tail > base.size() - change.head) {
        return std::nullopt;
    }
    std::string body(base.substr(0, change.head));
    body += between;
    return body += base.substr(base.size() - change.tail);
}

std::string frameHeader(SpoolFrame type, Nanoseconds at, std::string_view payload, support::WallTime started) {
    FrameHeader header{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(payload.size()), at.count(), 0};
    header.check = checkOf(header, payload, started);
    return {reinterpret_cast<const char*>(&header), sizeof header};
}

std::string openedPayload(const SpoolOwner& owner) {
    PayloadWriter writer;
    writer.number(owner.recorder.value).number(owner.process.pid).text(owner.process.startMark);
    writer.number(owner.started.time_since_epoch().count());
    return writer.text(owner.key).take();
}

namespace {

std::string requestFields(PayloadWriter& writer, const turns::RequestReceived& request, std::string_view body) {
    writer.number(request.api == model::Api::anthropicMessages ? 0 : 1);
    writer.number(request.started.time_since_epoch().count());
    return writer.text(request.target).text(request.sessionHint).text(request.headers).text(body).take();
}

}  // namespace

std::string requestPayload(const turns::RequestReceived& request, std::string_view body) {
    PayloadWriter writer;
    return requestFields(writer, request, body);
}

std::string requestChangePayload(const turns::RequestReceived& request, const RequestChange& change,
                                 std::string_view body) {
    PayloadWriter writer;
    writer.number(change.base.time_since_epoch().count()).number(static_cast<std::int64_t>(change.baseSize));
    writer.number(static_cast<std::int64_t>(change.head)).number(static_cast<std::int64_t>(change.tail));
    return requestFields(writer, request, body.substr(change.head, body.size() - change.head - change.tail));
}

std::string headPayload(const turns::ReplyReceived& reply) {
    PayloadWriter writer;
    const auto connected = reply.wire.upstreamConnected;
    writer.number(reply.httpStatus.value_or(0)).number(connected ? connected->count() : kNoStamp);
    return writer.text(reply.headers).take();
}

std::string endPayload(turns::ExchangeEnd end, std::string_view error, std::string_view sentToAgent) {
    return PayloadWriter().number(static_cast<std::int64_t>(end)).text(error).text(sentToAgent).take();
}

support::Result<std::string> crypted(const SpoolKey& key, support::WallTime started, std::size_t placeInFile,
                                     std::string_view payload) {
    return digest::applyStream(key.bytes(), static_cast<std::uint64_t>(started.time_since_epoch().count()), placeInFile,
                               payload);
}

std::optional<SpooledExchange> parseSpool(std::string_view bytes) {
    const std::size_t size = bytes.size();
    FrameHeader header;
    std::string_view payload;
    SpooledExchange exchange;
    exchange.reply.end = turns::ExchangeEnd::recorderStopped;
    if (!nextFrame(bytes, header, payload, {}) || header.type != static_cast<std::uint32_t>(SpoolFrame::opened) ||
        !readOpened(payload, exchange)) {
        return std::nullopt;
    }
    const auto key = exchange.owner.key.empty() ? nullptr : SpoolKey::find(exchange.owner.key);
    exchange.keyLost = !exchange.owner.key.empty() && !key;
    while (!exchange.ended && !exchange.keyLost) {
        const std::size_t place = size - bytes.size();
        if (!nextFrame(bytes, header, payload, exchange.owner.started)) break;
        const auto plain = key ? crypted(*key, exchange.owner.started, place, payload)
                               : support::Result<std::string>(std::string(payload));
        if (!plain) break;
        readFrame(header, *plain, exchange);
    }
    return exchange;
}

}  // namespace turntable::proxy
