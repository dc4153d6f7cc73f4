#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace turntable::tests {

/// One HTTP request as it arrived, head and body.
struct SeenRequest {
    std::string head;
    std::string body;
    [[nodiscard]] std::string line() const { return head.substr(0, head.find("\r\n")); }
};

/// A whole reply: status line, headers, body, after which the connection ends.
inline std::string httpReply(int status, std::string_view type, std::string_view body) {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + std::string(body);
}

/// An HTTP server on a free loopback port that answers each request with the bytes a function gives and then closes the
/// connection. Its own thread; ends with the object.
class ScriptedServer {
public:
    using Answer = std::function<std::string(const SeenRequest&)>;

    explicit ScriptedServer(Answer answer) : m_answer(std::move(answer)) {
        m_listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(m_listener, generic, size) != 0 || ::listen(m_listener, 16) != 0) std::abort();
        ::getsockname(m_listener, generic, &size);
        m_port = ntohs(address.sin_port);
        m_thread = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }
    ~ScriptedServer() {
        m_thread.request_stop();
        m_thread.join();
        ::close(m_listener);
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    [[nodiscard]] std::vector<SeenRequest> seen() const {
        const std::scoped_lock lock(m_mutex);
        return m_seen;
    }

private:
    void serve(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd waiting{m_listener, POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const int connection = ::accept(m_listener, nullptr, nullptr);
            if (connection < 0) continue;
            const SeenRequest request = readRequest(connection);
            if (!request.head.empty()) {
                {
                    const std::scoped_lock lock(m_mutex);
                    m_seen.push_back(request);
                }
                sendAll(connection, m_answer(request));
            }
            ::shutdown(connection, SHUT_WR);
            ::close(connection);
        }
    }

    static SeenRequest readRequest(int connection) {
        std::string text;
        char buffer[16384];
        std::size_t wanted = std::string::npos;
        while (text.size() < wanted) {
            const auto got = ::recv(connection, buffer, sizeof(buffer), 0);
            if (got <= 0) break;
            text.append(buffer, static_cast<std::size_t>(got));
            const std::size_t end = text.find("\r\n\r\n");
            if (end == std::string::npos || wanted != std::string::npos) continue;
            const std::size_t length = text.find("Content-Length: ");
            wanted = end + 4 + (length < end ? std::strtoul(text.c_str() + length + 16, nullptr, 10) : 0);
        }
        const std::size_t end = text.find("\r\n\r\n");
        if (end == std::string::npos) return {};
        return {text.substr(0, end + 2), text.substr(end + 4)};
    }

    static void sendAll(int connection, std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(connection, bytes.data(), bytes.size(), 0);
            if (sent <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    Answer m_answer;
    int m_listener = -1;
    int m_port = 0;
    mutable std::mutex m_mutex;
    std::vector<SeenRequest> m_seen;
    std::jthread m_thread;
};

}  // namespace turntable::tests
