#include "tests/support/scripted_upstream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.h"

namespace turntable::test {
namespace {

char lowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return lowerCase(c); });
    return lower;
}

bool receiveMore(int descriptor, std::string& buffer) {
    std::array<char, 65536> bytes{};
    const auto count = recv(descriptor, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    buffer.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

std::size_t contentLength(std::string_view head) {
    const std::string lower = lowerCase(head);
    const auto at = lower.find("\r\ncontent-length: ");
    std::size_t length = 0;
    if (at != std::string::npos) std::from_chars(lower.data() + at + 18, lower.data() + lower.size(), length);
    return length;
}

// The next request of a connection out of `buffer`; false at the end of the connection.
bool readRequest(int descriptor, ScriptedUpstream::Reads reads, std::string& buffer, UpstreamRequest& request) {
    std::size_t headEnd = 0;
    while ((headEnd = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!receiveMore(descriptor, buffer)) return false;
    }
    request.head = buffer.substr(0, headEnd + 2);
    std::size_t length = contentLength(request.head);
    if (reads == ScriptedUpstream::Reads::head) length = std::min(length, buffer.size() - headEnd - 4);
    while (buffer.size() < headEnd + 4 + length) {
        if (!receiveMore(descriptor, buffer)) return false;
    }
    request.body = buffer.substr(headEnd + 4, length);
    buffer.erase(0, headEnd + 4 + length);
    const auto first = request.head.find(' ');
    const auto second = request.head.find(' ', first + 1);
    request.method = request.head.substr(0, first);
    request.target = request.head.substr(first + 1, second - first - 1);
    return true;
}

}  // namespace

bool UpstreamRequest::hasHeader(std::string_view line) const {
    const auto colon = line.find(':');
    const std::string wanted = "\r\n" + lowerCase(line.substr(0, colon)) + std::string(line.substr(colon)) + "\r\n";
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
        if (head.size() - at < wanted.size()) return false;
        std::string found = head.substr(at, wanted.size());
        std::transform(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(colon + 2), found.begin(),
                       [](char c) { return lowerCase(c); });
        if (found == wanted) return true;
    }
    return false;
}

bool UpstreamPeer::send(std::string_view bytes) const { return !m_closed && sendAll(m_descriptor, bytes); }

bool UpstreamPeer::sendChunk(std::string_view bytes) const {
    std::array<char, 32> size{};
    const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    return send(std::string(size.data(), static_cast<std::size_t>(length)) + std::string(bytes) + "\r\n");
}

void UpstreamPeer::close() {
    shutdown(m_descriptor, SHUT_RDWR);
    m_closed = true;
}

void UpstreamPeer::reset() {
    const linger abortive{1, 0};
    setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &abortive, sizeof abortive);
    m_closed = true;
}

std::string UpstreamPeer::receive() const {
    std::string bytes;
    static_cast<void>(receiveMore(m_descriptor, bytes));
    return bytes;
}

std::string UpstreamPeer::receive(std::size_t count) const {
    std::string bytes;
    while (bytes.size() < count && receiveMore(m_descriptor, bytes)) {
    }
    return bytes;
}

void UpstreamPeer::awaitHangUp() const {
    std::string ignored;
    while (receiveMore(m_descriptor, ignored)) {
    }
}

ScriptedUpstream::ScriptedUpstream(Script script, Reads reads) : m_script(std::move(script)), m_reads(reads) {
    std::tie(m_listener, m_port) = bound();
    require(listen(m_listener, 1024) == 0, "listen");
    m_acceptor = std::jthread([this] { acceptLoop(); });
}

ScriptedUpstream::~ScriptedUpstream() {
    m_ending = true;
    { const RawAgent waker(m_port); }  // not every system wakes an accept by shutting the listener down
    m_acceptor.join();
    close(m_listener);
    std::vector<std::jthread> threads;
    m_connections.with([&threads](std::list<Connection>& all) {
        for (auto& connection : all) {
            if (connection.descriptor >= 0) shutdown(connection.descriptor, SHUT_RDWR);
            threads.push_back(std::move(connection.thread));
        }
    });
}

std::vector<UpstreamRequest> ScriptedUpstream::requests() const {
    return m_requests.with([](const std::vector<UpstreamRequest>& all) { return all; });
}

void ScriptedUpstream::acceptLoop() {
    for (int number = 1; !m_ending; ++number) {
        const int descriptor = accept(m_listener, nullptr, nullptr);
        if (descriptor < 0) return;
        tune(descriptor);
        m_connections.with([&](std::list<Connection>& all) {
            Connection& connection = all.emplace_back();
            connection.descriptor = descriptor;
            connection.thread = std::jthread([this, &connection, number] { serve(connection, number); });
        });
    }
}

void ScriptedUpstream::serve(Connection& connection, int number) {
    const int descriptor = m_connections.with([&connection](auto&) { return connection.descriptor; });
    std::string buffer;
    for (int onConnection = 1;; ++onConnection) {
        UpstreamRequest request;
        if (!readRequest(descriptor, m_reads, buffer, request)) break;
        request.connection = number;
        request.onConnection = onConnection;
        m_requests.with([&request](std::vector<UpstreamRequest>& all) { all.push_back(request); });
        UpstreamPeer peer(descriptor);
        m_script(request, peer);
        if (peer.closed()) break;
    }
    m_connections.with([&connection](auto&) {
        ::close(connection.descriptor);
        connection.descriptor = -1;
    });
}

std::string plainReply(std::string_view body, std::string_view statusLine, std::string_view contentType) {
    return "HTTP/1.1 " + std::string(statusLine) + "\r\nContent-Type: " + std::string(contentType) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string streamHead() {
    return "HTTP/1.1 200 OK\r\nServer: scripted\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
           "chunked\r\n\r\n";
}

std::vector<std::string> messageEvents(std::string_view text) {
    const auto event = [](const std::string& type, const std::string& rest) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
    };
    return {
        event("message_start",
              R"(,"message":{"id":"m1","type":"message","role":"assistant","content":[],"model":"tiny",)"
              R"("stop_reason":null,"usage":{"input_tokens":12,"output_tokens":0}})"),
        event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})"),
        event("content_block_delta",
              R"(,"index":0,"delta":{"type":"text_delta","text":")" + std::string(text) + R"("})"),
        event("content_block_stop", R"(,"index":0)"),
        event("message_delta",
              R"(,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3})"),
        event("message_stop", ""),
    };
}

void sendStream(UpstreamPeer& peer, const std::vector<std::string>& events) {
    peer.send(streamHead());
    for (const auto& event : events) peer.sendChunk(event);
    peer.send("0\r\n\r\n");
}

std::string joined(const std::vector<std::string>& pieces) {
    std::string all;
    for (const auto& piece : pieces) all += piece;
    return all;
}

RawAgent::RawAgent(std::uint16_t port) : m_descriptor(connectedTo(port)) {}

RawAgent::~RawAgent() { hangUp(); }

void RawAgent::hangUp() {
    if (m_descriptor >= 0) close(m_descriptor);
    m_descriptor = -1;
}

void RawAgent::send(std::string_view bytes) const { static_cast<void>(sendAll(m_descriptor, bytes)); }

std::string RawAgent::readUntil(std::string_view mark) {
    std::size_t at = 0;
    while ((at = m_buffer.find(mark)) == std::string::npos) {
        if (!receiveMore(m_descriptor, m_buffer)) return std::exchange(m_buffer, {});
    }
    std::string taken = m_buffer.substr(0, at + mark.size());
    m_buffer.erase(0, taken.size());
    return taken;
}

std::string RawAgent::readAll() {
    while (receiveMore(m_descriptor, m_buffer)) {
    }
    return std::exchange(m_buffer, {});
}

std::uint16_t portOf(std::string_view url) {
    std::uint16_t port = 0;
    const auto colon = url.rfind(':');
    std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
    return port;
}

std::uint16_t unusedPort() {
    const auto [descriptor, port] = bound();
    close(descriptor);
    return port;
}

}  // namespace turntable::test
