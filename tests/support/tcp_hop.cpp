#include "tests/support/tcp_hop.h"

#include <array>
#include <tuple>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/loopback.h"

namespace turntable::test {
namespace {

void copyBytes(int from, int to) {
    std::array<char, 65536> bytes{};
    for (;;) {
        const auto count = recv(from, bytes.data(), bytes.size(), 0);
        if (count <= 0 || !sendAll(to, {bytes.data(), static_cast<std::size_t>(count)})) break;
    }
    shutdown(to, SHUT_WR);
}

}  // namespace

TcpHop::TcpHop(std::uint16_t to) : m_to(to) {
    std::tie(m_listener, m_port) = bound();
    require(listen(m_listener, 64) == 0, "listen");
    m_acceptor = std::jthread([this] { acceptLoop(); });
}

TcpHop::~TcpHop() {
    m_ending = true;
    close(connectedTo(m_port));  // not every system wakes an accept by shutting the listener down
    m_acceptor.join();
    close(m_listener);
    m_pairs.with([](std::list<Pair>& pairs) {
        for (Pair& pair : pairs) {
            for (const int descriptor : {pair.client, pair.server}) shutdown(descriptor, SHUT_RDWR);
            pair.there.join();
            pair.back.join();
            for (const int descriptor : {pair.client, pair.server}) close(descriptor);
        }
    });
}

void TcpHop::acceptLoop() {
    while (!m_ending) {
        const int client = accept(m_listener, nullptr, nullptr);
        if (client < 0) return;
        tune(client);
        const int server = connectedTo(m_to);
        m_pairs.with([&](std::list<Pair>& pairs) {
            Pair& pair = pairs.emplace_back();
            pair.client = client;
            pair.server = server;
            pair.there = std::jthread([client, server] { copyBytes(client, server); });
            pair.back = std::jthread([client, server] { copyBytes(server, client); });
        });
    }
}

}  // namespace turntable::test
