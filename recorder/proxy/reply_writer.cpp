#include "recorder/proxy/reply_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "recorder/http/header_name.h"
#include "recorder/proxy/error_document.h"
#include "recorder/proxy/header_filter.h"

namespace turntable::proxy {
namespace {

std::optional<std::uint64_t> contentLength(const http::ResponseHead& head) {
    if (!http::headerValue(head.headers, "transfer-encoding").empty()) return std::nullopt;
    const std::string_view text = http::headerValue(head.headers, "content-length");
    std::uint64_t length = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return length;
}

}  // namespace

ReplyWriter::ReplyWriter(AgentSocket& socket, const AgentRequest& request)
    : m_socket(socket), m_request(request), m_keepAlive(request.keepAlive) {}

// RFC 9112, section 6.3
ReplyWriter::Framing ReplyWriter::framingOf(const http::ResponseHead& head, std::optional<std::uint64_t> length) const {
    if (m_request.method == "HEAD" || head.status == 204 || head.status == 304) return Framing::none;
    if (length) return Framing::length;
    return m_request.http10 ? Framing::untilClose : Framing::chunked;
}

bool ReplyWriter::head(const http::ResponseHead& head) {
    const auto length = contentLength(head);
    m_framing = framingOf(head, length);
    m_left = m_framing == Framing::length ? *length : 0;
    if (m_framing == Framing::untilClose) m_keepAlive = false;

    std::string text = "HTTP/1.1 " + std::to_string(head.status) + " " + head.reason + "\r\n";
    for (const auto& header : forwardedResponseHeaders(head.headers)) {
        const bool isLength = http::sameHeaderName(header.name, "content-length");
        if (isLength && (!length || head.status == 204)) continue;
        text.append(header.name).append(": ").append(header.value).append("\r\n");
    }
    if (m_framing == Framing::chunked) text += "Transfer-Encoding: chunked\r\n";
    if (!m_keepAlive) {
        text += "Connection: close\r\n";
    } else if (m_request.http10) {
        text += "Connection: keep-alive\r\n";
    }
    text += "\r\n";
    if (m_left > 0) {
        m_pendingHead = std::move(text);
        return true;
    }
    return send(text);
}

bool ReplyWriter::body(std::string_view bytes) {
    if (bytes.empty() || m_framing == Framing::none) return true;
    if (m_framing != Framing::chunked) {
        m_left -= std::min<std::uint64_t>(m_left, bytes.size());
        return send(bytes);
    }
    std::array<char, 20> size{};
    char* end = std::to_chars(size.data(), size.data() + size.size() - 2, bytes.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return send({size.data(), static_cast<std::size_t>(end - size.data())}, bytes, "\r\n");
}

bool ReplyWriter::end() {
    const bool sent = m_framing == Framing::chunked ? send("0\r\n\r\n") : m_pendingHead.empty() || send({});
    m_whole = sent && m_left == 0;
    return sent;
}

bool ReplyWriter::sendWhole(int status, std::string_view contentType, std::string_view text) {
    m_pendingHead.clear();
    http::ResponseHead head;
    head.status = status;
    head.reason = reasonPhrase(status);
    head.headers = {{"Content-Type", std::string(contentType)}, {"Content-Length", std::to_string(text.size())}};
    return this->head(head) && body(text) && end();
}

bool ReplyWriter::sendError(int status, model::Api api, std::string_view message) {
    return sendWhole(status, "application/json", errorDocument(status, api, message));
}

std::optional<std::uint64_t> ReplyWriter::left() const {
    return m_framing == Framing::length ? std::optional(m_left) : std::nullopt;
}

bool ReplyWriter::send(std::string_view first, std::string_view second, std::string_view third) {
    m_begun = true;
    const std::array<std::string_view, 4> pieces{m_pendingHead, first, second, third};
    const bool sent = m_socket.write(pieces);
    m_pendingHead.clear();
    return sent;
}

}  // namespace turntable::proxy
