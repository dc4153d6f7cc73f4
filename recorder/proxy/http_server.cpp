#include "recorder/proxy/http_server.h"

#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

#include <poll.h>

namespace turntable::proxy {
namespace {

constexpr int kOutOfDescriptorsMs = 100;  // until another connection may have ended

}  // namespace

support::Result<std::unique_ptr<HttpServer>> HttpServer::bind(const std::string& host, std::uint16_t port,
                                                              std::size_t maxConnections) {
    auto listener = listenOn(host, port);
    if (!listener) return std::move(listener).error();
    allowManyDescriptors();
    auto wake = makeWakePipe();
    if (!wake) return std::move(wake).error();
    return std::unique_ptr<HttpServer>(new HttpServer(*std::move(listener), *std::move(wake), maxConnections));
}

HttpServer::HttpServer(Socket listener, WakePipe wake, std::size_t maxConnections)
    : m_listener(std::move(listener)),
      m_wake(std::move(wake)),
      m_port(localPort(m_listener)),
      m_maxConnections(maxConnections) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::serve(Handler handler) {
    m_handler = std::move(handler);
    m_acceptor = std::jthread([this] { acceptLoop(m_stop.get_token()); });
}

void HttpServer::stop() {
    m_stop.request_stop();
    m_wake.wake();
    if (m_acceptor.joinable()) m_acceptor.join();
    m_listener.reset();
    m_shared.with([](Shared& shared) {
        shared.stopping = true;
        for (auto& connection : shared.live) connection.socket.endReading();
    });
    // Threads move themselves to `finished`, each waking us: wait until all have.
    while (m_shared.with([](Shared& shared) { return !shared.live.empty(); })) {
        pollfd woken{m_wake.reading.descriptor(), POLLIN, 0};
        poll(&woken, 1, -1);
        m_wake.drain();
    }
    joinFinished();
}

void HttpServer::acceptLoop(const std::stop_token& stop) {
    int patience = -1;
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> wanted{{{m_wake.reading.descriptor(), POLLIN, 0}, {m_listener.descriptor(), POLLIN, 0}}};
        // Out of descriptors: the listener stays readable, so it is left out for a moment.
        const nfds_t count = patience < 0 ? 2 : 1;
        poll(wanted.data(), count, patience);
        m_wake.drain();
        joinFinished();
        patience = -1;
        while (!stop.stop_requested() && patience < 0 && acceptOne()) {
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) patience = kOutOfDescriptorsMs;
    }
}

// False when nobody waits (any more), errno then says why.
bool HttpServer::acceptOne() {
    errno = 0;
    Socket socket = acceptFrom(m_listener);
    if (!socket.valid()) return errno == EINTR || errno == ECONNABORTED;
    m_shared.with([&](Shared& shared) {
        if (shared.live.size() >= m_maxConnections) return;
        const auto connection = shared.live.emplace(shared.live.end(), std::move(socket));
        try {
            connection->thread = std::jthread([this, connection] { run(connection, m_stop.get_token()); });
        } catch (const std::system_error&) {  // no more threads: the agent sees a closed connection and tries again
            shared.live.erase(connection);
        }
    });
    errno = 0;
    return true;
}

void HttpServer::run(Connections::iterator connection, const std::stop_token& stop) {
    try {
        m_handler(connection->socket, stop);
    } catch (const std::exception&) {
        // Out of memory costs this connection, not the recorder: the agent sees it closed.
    }
    m_shared.with([&](Shared& shared) {
        connection->socket.close();
        shared.finished.splice(shared.finished.end(), shared.live, connection);
        m_wake.wake();
    });
}

void HttpServer::joinFinished() {
    Connections finished;
    m_shared.with([&finished](Shared& shared) { finished.splice(finished.end(), shared.finished); });
}

}  // namespace turntable::proxy
