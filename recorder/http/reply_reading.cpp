#include "recorder/http/reply_reading.h"

#include <charconv>
#include <chrono>

namespace turntable::http {
namespace {

support::MonotonicTime now() { return std::chrono::steady_clock::now(); }

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

bool ReplyReading::line(std::string_view text) {
    m_anythingCame = true;
    if (m_headDelivered) return true;
    if (text.starts_with("HTTP/")) {
        statusLine(text);
        return true;
    }
    if (!trimmed(text).empty()) {
        field(text);
        return true;
    }
    if (m_head.status < 200) return true;
    m_headDelivered = true;
    m_refused = !m_sink.onHead(m_head, now());
    return !m_refused;
}

bool ReplyReading::body(std::string_view bytes) {
    m_anythingCame = true;
    if (bytes.empty()) return true;
    m_refused = !m_sink.onBody(bytes, now());
    return !m_refused;
}

void ReplyReading::connected() { m_sink.onConnected(now()); }

void ReplyReading::requestSent() {
    if (!m_requestSent) m_sink.onRequestSent();
    m_requestSent = true;
}

// RFC 9112, section 4: HTTP-version SP status-code SP [ reason-phrase ]
void ReplyReading::statusLine(std::string_view text) {
    m_head = {};
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return;
    const std::string_view rest = text.substr(space + 1);
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), m_head.status);
    if (code != std::errc()) return;
    m_head.reason = trimmed(rest.substr(static_cast<std::size_t>(end - rest.data())));
}

void ReplyReading::field(std::string_view text) {
    const bool continuesLine = text.front() == ' ' || text.front() == '\t';  // obsolete folding, RFC 9112, section 5.2
    if (continuesLine && !m_head.headers.empty()) {
        m_head.headers.back().value.append(" ").append(trimmed(text));
        return;
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return;
    m_head.headers.push_back(
        {std::string(trimmed(text.substr(0, colon))), std::string(trimmed(text.substr(colon + 1)))});
}

}  // namespace turntable::http
