#include "recorder/proxy/agent_body.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace turntable::proxy {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
// Room made at once; what says that it is larger gets room as it comes.
constexpr std::size_t kRoomAtOnce = std::size_t{16} << 20;

support::MonotonicTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

AgentBody::AgentBody(AgentSocket& socket, AgentRequest& request)
    : m_socket(socket), m_request(request), m_lastByte(now()) {
    if (!whole()) m_request.body.reserve(std::min<std::size_t>(size(), kRoomAtOnce));
}

std::optional<std::size_t> AgentBody::read(std::span<char> into) {
    if (!ready() && !whole()) {
        const auto received = receive(into);
        if (received) m_given += *received;
        return received;
    }
    const std::size_t count = std::min(into.size(), m_request.body.size() - m_given);
    std::memcpy(into.data(), m_request.body.data() + m_given, count);
    m_given += count;
    return count;
}

bool AgentBody::fill() {
    std::array<char, kPieceBytes> piece;
    return whole() || receive(piece).has_value();
}

bool AgentBody::stalled() const { return !whole() && now() - m_lastByte > AgentConnection::kMiddlePatience; }

bool AgentBody::await() {
    std::array<char, kPieceBytes> piece;
    while (!whole()) {
        const std::size_t wanted = std::min<std::size_t>(piece.size(), m_request.missing);
        const std::size_t count = m_socket.read(piece.data(), wanted, AgentConnection::kMiddlePatience);
        if (count == 0) return false;
        keep({piece.data(), count});
    }
    return true;
}

// What the agent sends behind its body belongs to its next request and stays in the socket.
std::optional<std::size_t> AgentBody::receive(std::span<char> into) {
    const auto count = m_socket.readNow(into.data(), std::min<std::size_t>(into.size(), m_request.missing));
    if (count) keep({into.data(), *count});
    return count;
}

void AgentBody::keep(std::span<const char> bytes) {
    if (bytes.empty()) return;
    m_request.body.append(bytes.data(), bytes.size());
    m_request.missing -= bytes.size();
    m_lastByte = now();
    if (whole()) m_request.received = m_lastByte;
}

}  // namespace turntable::proxy
