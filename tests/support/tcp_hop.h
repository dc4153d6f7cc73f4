#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <thread>

#include "storage/support/guarded.h"

namespace turntable::test {

/// Copies bytes between a client and a port of this machine, both ways, and knows nothing of them: the least that
/// anything in between can cost.
class TcpHop {
public:
    explicit TcpHop(std::uint16_t to);
    TcpHop(const TcpHop&) = delete;
    TcpHop& operator=(const TcpHop&) = delete;
    ~TcpHop();

    [[nodiscard]] std::uint16_t port() const { return m_port; }

private:
    struct Pair {
        int client = -1;
        int server = -1;
        std::jthread there;
        std::jthread back;
    };
    void acceptLoop();

    std::uint16_t m_to;
    std::uint16_t m_port = 0;
    int m_listener = -1;
    std::atomic<bool> m_ending = false;
    support::Guarded<std::list<Pair>> m_pairs;
    std::jthread m_acceptor;
};

}  // namespace turntable::test
