#include "recorder/proxy/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace turntable::proxy {
namespace {

using support::Error;
using support::ErrorCode;

void switchOn(int socket, int level, int option) {
    const int on = 1;
    setsockopt(socket, level, option, &on, sizeof on);
}

void setFlags(int descriptor, bool nonBlocking) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return;
    fcntl(descriptor, F_SETFL, nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

Error systemError(const std::string& what, int number) {
    return {ErrorCode::io, what + ": " + std::generic_category().message(number)};
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        reset();
        m_descriptor = std::exchange(other.m_descriptor, -1);
    }
    return *this;
}

void Socket::reset() {
    if (m_descriptor >= 0) close(m_descriptor);
    m_descriptor = -1;
}

std::string hostAndPort(const std::string& host, std::uint16_t port) {
    const bool bare6 = host.find(':') != std::string::npos;
    return (bare6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

support::Result<Socket> listenOn(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (host.empty() || getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
        return Error{ErrorCode::invalidArgument,
                     "cannot listen on '" + host + "': expected a numeric address such as 127.0.0.1"};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, &freeaddrinfo);
    const std::string what = "cannot listen on " + hostAndPort(host, port);
    Socket socket(::socket(address->ai_family, address->ai_socktype, address->ai_protocol));
    if (!socket.valid()) return systemError(what, errno);
    switchOn(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR);
    setFlags(socket.descriptor(), true);
    if (bind(socket.descriptor(), address->ai_addr, address->ai_addrlen) != 0) return systemError(what, errno);
    if (listen(socket.descriptor(), SOMAXCONN) != 0) return systemError(what, errno);
    return socket;
}

std::uint16_t localPort(const Socket& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

Socket acceptFrom(const Socket& listener) {
    Socket socket(accept(listener.descriptor(), nullptr, nullptr));
    if (!socket.valid()) return socket;
    setFlags(socket.descriptor(), false);
    switchOn(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY);
    switchOn(socket.descriptor(), SOL_SOCKET, SO_KEEPALIVE);
#ifdef SO_NOSIGPIPE
    switchOn(socket.descriptor(), SOL_SOCKET, SO_NOSIGPIPE);
#endif
    return socket;
}

void allowManyDescriptors() {
    constexpr rlim_t kWanted = 8192;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
    limit.rlim_cur = std::min(limit.rlim_max, kWanted);
    setrlimit(RLIMIT_NOFILE, &limit);
}

support::Result<WakePipe> makeWakePipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return systemError("cannot make a pipe", errno);
    setFlags(ends[0], true);
    setFlags(ends[1], true);
    return WakePipe{Socket(ends[0]), Socket(ends[1])};
}

void WakePipe::wake() const {
    // A full pipe wakes just as well.
    const auto written = write(writing.descriptor(), "w", 1);
    static_cast<void>(written);
}

void WakePipe::drain() const {
    std::array<char, 64> bytes{};
    while (read(reading.descriptor(), bytes.data(), bytes.size()) > 0) {
    }
}

}  // namespace turntable::proxy
