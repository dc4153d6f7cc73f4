#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "storage/support/result.h"

namespace turntable::proxy {

/// Owns one descriptor: a socket or an end of a pipe. One thread, except where its user says otherwise.
class Socket {
public:
    explicit Socket(int descriptor = -1) : m_descriptor(descriptor) {}
    Socket(Socket&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    Socket& operator=(Socket&& other) noexcept;
    ~Socket() { reset(); }

    [[nodiscard]] int descriptor() const { return m_descriptor; }
    [[nodiscard]] bool valid() const { return m_descriptor >= 0; }
    void reset();

private:
    int m_descriptor;
};

/// A listening socket on a numeric address. Errors: invalidArgument (no such address), io naming address and port.
[[nodiscard]] support::Result<Socket> listenOn(const std::string& host, std::uint16_t port);
[[nodiscard]] std::uint16_t localPort(const Socket& socket);

/// The next waiting connection, with TCP_NODELAY and no SIGPIPE; not valid when there is none or the system refuses.
[[nodiscard]] Socket acceptFrom(const Socket& listener);

/// Lets this process open some thousands of descriptors, as far as the system allows it: the default is 256 on some.
void allowManyDescriptors();

/// A pipe that one thread wakes another with: poll the reading end.
struct WakePipe {
    Socket reading;
    Socket writing;
    void wake() const;
    void drain() const;
};
[[nodiscard]] support::Result<WakePipe> makeWakePipe();

/// "127.0.0.1:8040", "[::1]:8040".
[[nodiscard]] std::string hostAndPort(const std::string& host, std::uint16_t port);

}  // namespace turntable::proxy
