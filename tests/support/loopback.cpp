#include "tests/support/loopback.h"

#include <cstdio>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace turntable::test {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

void require(bool condition, const char* what) {
    if (condition) return;
    std::perror(what);
    std::abort();
}

void tune(int descriptor) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
    setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

std::pair<int, std::uint16_t> bound() {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    require(descriptor >= 0, "socket");
    sockaddr_in address = loopback(0);
    require(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
    socklen_t size = sizeof address;
    require(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
    return {descriptor, ntohs(address.sin_port)};
}

int connectedTo(std::uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    require(descriptor >= 0, "socket");
    const sockaddr_in address = loopback(port);
    require(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    tune(descriptor);
    return descriptor;
}

bool sendAll(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor, bytes.data(), bytes.size(), kSendFlags);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace turntable::test
