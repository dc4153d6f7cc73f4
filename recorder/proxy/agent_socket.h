#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "recorder/proxy/socket.h"

namespace turntable::proxy {

/// The connection to an agent: blocking reads and writes that end when the peer goes, when patience runs out, or when
/// another thread calls `endReading`. One thread, that of the connection, except `endReading`.
class AgentSocket {
public:
    explicit AgentSocket(Socket socket) : m_socket(std::move(socket)) {}

    /// Waits for bytes and takes what there is; 0 when none will come (end of file, broken, patience over, told to
    /// end).
    [[nodiscard]] std::size_t read(char* into, std::size_t size, std::chrono::milliseconds patience);

    /// Takes what there is without waiting: 0 when nothing is there yet, empty when none will come (end of file,
    /// broken, told to end).
    [[nodiscard]] std::optional<std::size_t> readNow(char* into, std::size_t size);

    /// Sends all pieces in order, in one go where the system takes them. At most `kMaxPieces`. False when the peer has
    /// gone, took nothing for `kWritePatience`, or the connection was told to end while it took nothing.
    [[nodiscard]] bool write(std::span<const std::string_view> pieces);

    /// Says that no more will be sent and throws away what still comes for a moment, so that a peer that is still
    /// sending gets to read our last answer instead of a reset (RFC 9112, section 9.6).
    void finishAnswer();

    void close() { m_socket.reset(); }

    /// Any thread, but not together with `close`: wakes a waiting read or write.
    void endReading();

    [[nodiscard]] int descriptor() const { return m_socket.descriptor(); }

    static constexpr std::size_t kMaxPieces = 4;
    static constexpr std::chrono::seconds kWritePatience{120};

private:
    [[nodiscard]] bool waitWritable();

    Socket m_socket;
    std::atomic<bool> m_ending = false;
};

}  // namespace turntable::proxy
