#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "recorder/http/client.h"
#include "storage/support/guarded.h"

namespace turntable::proxy {

/// HTTP clients, and with them their open upstream connections, between exchanges: the newest goes out first, so that a
/// new connection of an agent finds a warm one to the upstream. Any thread.
class ClientPool {
public:
    [[nodiscard]] support::Result<http::Client> take() {
        auto idle = m_idle.with([](std::vector<http::Client>& clients) {
            std::optional<http::Client> client;
            if (!clients.empty()) {
                client = std::move(clients.back());
                clients.pop_back();
            }
            return client;
        });
        if (idle) return *std::move(idle);
        return http::Client::create();
    }

    void giveBack(http::Client client) {
        m_idle.with([&client](std::vector<http::Client>& clients) {
            if (clients.size() < kMaxIdle) clients.push_back(std::move(client));
        });
    }

private:
    static constexpr std::size_t kMaxIdle = 64;
    support::Guarded<std::vector<http::Client>> m_idle;
};

}  // namespace turntable::proxy
