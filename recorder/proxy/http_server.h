#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "recorder/proxy/agent_socket.h"
#include "recorder/proxy/socket.h"
#include "storage/support/guarded.h"
#include "storage/support/result.h"

namespace turntable::proxy {

/// Accepts connections and gives each a thread of its own that runs the handler until it returns. A thread a
/// connection: agents hold few connections, and each blocks on a model for seconds. Any thread; the handler is called
/// from many at once.
class HttpServer {
public:
    /// Serves one connection to its end; ends soon once the token asks for it.
    using Handler = std::function<void(AgentSocket& socket, std::stop_token stop)>;

    /// Binds the address; connections wait until `serve`. A connection beyond `maxConnections` is closed at once.
    /// Errors: invalidArgument, io.
    [[nodiscard]] static support::Result<std::unique_ptr<HttpServer>> bind(const std::string& host, std::uint16_t port,
                                                                           std::size_t maxConnections);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    void serve(Handler handler);
    /// Takes no more connections, ends those there are and waits for their threads. May be called again.
    void stop();

private:
    struct Connection {
        explicit Connection(Socket accepted) : socket(std::move(accepted)) {}
        AgentSocket socket;
        std::jthread thread;
    };
    using Connections = std::list<Connection>;
    struct Shared {
        Connections live;
        Connections finished;  ///< their threads have nothing left to do but end
        bool stopping = false;
    };

    HttpServer(Socket listener, WakePipe wake, std::size_t maxConnections);
    void acceptLoop(const std::stop_token& stop);
    [[nodiscard]] bool acceptOne();
    void run(Connections::iterator connection, const std::stop_token& stop);
    void joinFinished();

    Socket m_listener;
    WakePipe m_wake;
    std::uint16_t m_port;
    std::size_t m_maxConnections;
    Handler m_handler;
    std::stop_source m_stop;
    support::Guarded<Shared> m_shared;
    std::jthread m_acceptor;
};

}  // namespace turntable::proxy
