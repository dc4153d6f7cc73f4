#include "recorder/proxy/agent_socket.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace turntable::proxy {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kWriteSlice{500};
constexpr milliseconds kDrainTime{2000};

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kSendFlags = MSG_DONTWAIT;  // SO_NOSIGPIPE was set when the connection was accepted
#endif

bool wouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// Drops the first `sent` bytes.
std::span<iovec> advance(std::span<iovec> vectors, std::size_t sent) {
    while (!vectors.empty() && sent >= vectors.front().iov_len) {
        sent -= vectors.front().iov_len;
        vectors = vectors.subspan(1);
    }
    if (!vectors.empty()) {
        vectors.front().iov_base = static_cast<char*>(vectors.front().iov_base) + sent;
        vectors.front().iov_len -= sent;
    }
    return vectors;
}

}  // namespace

std::size_t AgentSocket::read(char* into, std::size_t size, milliseconds patience) {
    const auto deadline = SteadyClock::now() + patience;
    while (!m_ending) {
        const auto count = recv(descriptor(), into, size, MSG_DONTWAIT);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EINTR) continue;
        if (!wouldBlock(errno)) return 0;
        const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
        if (left.count() <= 0) return 0;
        pollfd wanted{descriptor(), POLLIN, 0};
        if (poll(&wanted, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return 0;
    }
    return 0;
}

std::optional<std::size_t> AgentSocket::readNow(char* into, std::size_t size) {
    while (!m_ending) {
        const auto count = recv(descriptor(), into, size, MSG_DONTWAIT);
        if (count > 0) return static_cast<std::size_t>(count);
        if (count < 0 && wouldBlock(errno)) return 0;
        if (count == 0 || errno != EINTR) return std::nullopt;
    }
    return std::nullopt;
}

bool AgentSocket::write(std::span<const std::string_view> pieces) {
    assert(pieces.size() <= kMaxPieces);
    std::array<iovec, kMaxPieces> storage{};
    std::size_t used = 0;
    for (const auto piece : pieces) {
        if (!piece.empty()) storage[used++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    std::span<iovec> left(storage.data(), used);
    while (!left.empty()) {
        msghdr message{};
        message.msg_iov = left.data();
        message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(left.size());
        const auto sent = sendmsg(descriptor(), &message, kSendFlags);
        if (sent >= 0) {
            left = advance(left, static_cast<std::size_t>(sent));
        } else if (wouldBlock(errno)) {
            if (!waitWritable()) return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

// Waits in slices: neither an end that another thread asks for nor a hang-up behind unread bytes wakes a wait for room.
bool AgentSocket::waitWritable() {
    const auto deadline = SteadyClock::now() + kWritePatience;
    while (!m_ending && SteadyClock::now() < deadline) {
        pollfd wanted{descriptor(), POLLOUT, 0};
        const int ready = poll(&wanted, 1, static_cast<int>(kWriteSlice.count()));
        if (ready < 0 && errno != EINTR) return false;
        if (ready > 0) return (wanted.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
        char byte = 0;
        if (recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) return false;
    }
    return false;
}

void AgentSocket::finishAnswer() {
    shutdown(descriptor(), SHUT_WR);
    std::array<char, 16384> rest{};
    const auto deadline = SteadyClock::now() + kDrainTime;
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
        if (left.count() <= 0 || read(rest.data(), rest.size(), left) == 0) return;
    }
}

void AgentSocket::endReading() {
    m_ending = true;
    shutdown(descriptor(), SHUT_RD);
}

}  // namespace turntable::proxy
