#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

/// Sockets of 127.0.0.1 for what stands in for a server, an agent or a hop in tests. Each function ends the program,
/// with the system's word for it, when it cannot do its work: a test cannot go on without its sockets.
namespace turntable::test {

void require(bool condition, const char* what);
/// Nothing is held back to be sent together, and a peer that has gone raises no signal.
void tune(int descriptor);
/// A socket on a free port, not yet listening, and the port.
[[nodiscard]] std::pair<int, std::uint16_t> bound();
[[nodiscard]] int connectedTo(std::uint16_t port);
/// False when the peer has gone.
[[nodiscard]] bool sendAll(int descriptor, std::string_view bytes);

}  // namespace turntable::test
