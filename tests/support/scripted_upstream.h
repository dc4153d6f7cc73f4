#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "storage/support/guarded.h"

namespace turntable::test {

/// A request as the upstream read it.
struct UpstreamRequest {
    std::string method;
    std::string target;
    std::string head;                                           ///< request line and headers, as they came
    std::string body;                                           ///< by its Content-Length; see `Reads`
    int connection = 0;                                         ///< from 1, in the order of arrival
    int onConnection = 0;                                       ///< from 1: the how manieth of its connection
    [[nodiscard]] bool hasHeader(std::string_view line) const;  ///< "name: value", any case of the name
};

/// The upstream's end of one connection, for a script to misbehave with.
class UpstreamPeer {
public:
    explicit UpstreamPeer(int descriptor) : m_descriptor(descriptor) {}
    /// False when the other side has gone.
    bool send(std::string_view bytes) const;
    bool sendChunk(std::string_view bytes) const;
    /// Ends the connection: in order, or with a reset.
    void close();
    void reset();
    /// The next bytes that come, at least one; empty when the other side has hung up.
    [[nodiscard]] std::string receive() const;
    /// `count` bytes, or what there was until the other side hung up.
    [[nodiscard]] std::string receive(std::size_t count) const;
    /// Waits until the other side hangs up.
    void awaitHangUp() const;
    [[nodiscard]] bool closed() const { return m_closed; }

private:
    int m_descriptor;
    bool m_closed = false;
};

/// A model server that does what a script says, on a port of its own: dies before the headers or in the middle of an
/// event, answers slowly, closes a connection that is about to be used again. The script runs on a thread a connection,
/// once a request; the connection stays open afterwards unless it closed it.
class ScriptedUpstream {
public:
    using Script = std::function<void(const UpstreamRequest&, UpstreamPeer&)>;

    /// How much of a request is read before its script runs.
    enum class Reads {
        whole,
        head,  ///< and of the body only what came with it; the script reads the rest, and ends the connection
    };
    explicit ScriptedUpstream(Script script, Reads reads = Reads::whole);
    ScriptedUpstream(const ScriptedUpstream&) = delete;
    ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;
    ~ScriptedUpstream();

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] std::vector<UpstreamRequest> requests() const;

private:
    struct Connection {
        int descriptor = -1;
        std::jthread thread;
    };
    void acceptLoop();
    void serve(Connection& connection, int number);

    Script m_script;
    const Reads m_reads;
    int m_listener = -1;
    std::atomic<bool> m_ending = false;
    std::uint16_t m_port = 0;
    support::Guarded<std::vector<UpstreamRequest>> m_requests;
    support::Guarded<std::list<Connection>> m_connections;
    std::jthread m_acceptor;
};

/// A whole reply with its length.
[[nodiscard]] std::string plainReply(std::string_view body, std::string_view statusLine = "200 OK",
                                     std::string_view contentType = "application/json");
/// The head of a streamed reply.
[[nodiscard]] std::string streamHead();
/// A Messages stream that says `text`, cut into its events.
[[nodiscard]] std::vector<std::string> messageEvents(std::string_view text);
/// Sends head, events and the last chunk.
void sendStream(UpstreamPeer& peer, const std::vector<std::string>& events);
[[nodiscard]] std::string joined(const std::vector<std::string>& pieces);

/// One connection of an agent, spoken by hand: what a test wants to see byte by byte.
class RawAgent {
public:
    explicit RawAgent(std::uint16_t port);
    RawAgent(const RawAgent&) = delete;
    RawAgent& operator=(const RawAgent&) = delete;
    ~RawAgent();
    void send(std::string_view bytes) const;
    /// Reads until `mark` has come (or the end of the connection); gives everything up to and with it.
    [[nodiscard]] std::string readUntil(std::string_view mark);
    /// Everything to the end of the connection.
    [[nodiscard]] std::string readAll();
    void hangUp();

private:
    int m_descriptor = -1;
    std::string m_buffer;
};

[[nodiscard]] std::uint16_t portOf(std::string_view url);
/// A port on which nobody listens.
[[nodiscard]] std::uint16_t unusedPort();

}  // namespace turntable::test
