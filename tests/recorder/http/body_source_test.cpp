#include <algorithm>
#include <array>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/http/client.h"
#include "tests/support/scripted_upstream.h"

namespace turntable::http {
namespace {

using support::ErrorCode;
using test::plainReply;
using test::ScriptedUpstream;
using test::UpstreamPeer;
using test::UpstreamRequest;

/// A body that a test writes into the other end of a pair of sockets.
class PairSource final : public BodySource {
public:
    explicit PairSource(std::size_t size) : m_size(size) {
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, m_ends.data()), 0);
    }
    PairSource(const PairSource&) = delete;
    PairSource& operator=(const PairSource&) = delete;
    ~PairSource() override {
        close(m_ends[0]);
        end();
    }
    [[nodiscard]] int descriptor() const { return m_ends[0]; }
    void write(std::string_view bytes) const {
        EXPECT_EQ(::send(m_ends[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
    void end() {
        if (m_ends[1] >= 0) close(m_ends[1]);
        m_ends[1] = -1;
    }

    [[nodiscard]] std::uint64_t size() const override { return m_size; }
    [[nodiscard]] bool whole() const override { return m_held.size() == m_size; }
    [[nodiscard]] bool ready() const override { return m_given < m_held.size(); }
    [[nodiscard]] std::optional<std::size_t> read(std::span<char> into) override {
        if (!ready() && !fill()) return std::nullopt;
        const std::size_t count = std::min(into.size(), m_held.size() - m_given);
        std::copy_n(m_held.data() + m_given, count, into.data());
        m_given += count;
        return count;
    }
    [[nodiscard]] bool fill() override {
        std::array<char, 1000> bytes{};
        const auto count = recv(m_ends[0], bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count > 0) m_held.append(bytes.data(), static_cast<std::size_t>(count));
        return count != 0;
    }
    [[nodiscard]] bool stalled() const override { return false; }
    void rewind(std::uint64_t offset) override { m_given = static_cast<std::size_t>(offset); }

private:
    const std::size_t m_size;
    std::array<int, 2> m_ends{-1, -1};
    std::string m_held;
    std::size_t m_given = 0;
};

/// Keeps the order of what it hears.
class OrderSink final : public ReplySink {
public:
    std::string heard;

    void onConnected(support::MonotonicTime) override { heard += "connected "; }
    void onRequestSent() override { heard += "sent "; }
    bool onHead(const ResponseHead& head, support::MonotonicTime) override {
        heard += std::to_string(head.status) + " ";
        return true;
    }
    bool onBody(std::string_view bytes, support::MonotonicTime) override {
        heard += bytes;
        return true;
    }
};

Request post(const std::string& url, BodySource& source) {
    Request request;
    request.method = "POST";
    request.url = url;
    request.source = &source;
    return request;
}

Client makeClient() {
    auto client = Client::create();
    EXPECT_TRUE(client.ok());
    return *std::move(client);
}

TEST(HttpBodySource, IsSentAsItComes) {
    PairSource source(7);
    source.write("one");
    ScriptedUpstream upstream(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            const std::string first = request.body + peer.receive(3 - request.body.size());
            source.write(" two");
            peer.send(plainReply(first + "," + peer.receive(4)));
            peer.close();
        },
        ScriptedUpstream::Reads::head);
    Client client = makeClient();
    OrderSink sink;
    const auto done = client.exchange(post(upstream.url() + "/", source), sink, {}, source.descriptor());
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(sink.heard, "connected sent 200 one, two");
    EXPECT_TRUE(upstream.requests()[0].hasHeader("content-length: 7"));
}

TEST(HttpBodySource, EndsTheExchangeWhenItBreaks) {
    PairSource source(7);
    source.write("one");
    std::promise<void> dropped;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest&, UpstreamPeer& peer) {
            source.end();
            peer.awaitHangUp();
            dropped.set_value();
            peer.close();
        },
        ScriptedUpstream::Reads::head);
    Client client = makeClient();
    OrderSink sink;
    const auto done = client.exchange(post(upstream.url() + "/", source), sink, {}, source.descriptor());
    dropped.get_future().wait();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::cancelled) << done.error().message;
    EXPECT_EQ(sink.heard, "connected ");
}

TEST(HttpBodySource, IsStoppedWhileItWaits) {
    PairSource source(7);
    std::stop_source stop;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest&, UpstreamPeer& peer) {
            stop.request_stop();
            peer.awaitHangUp();
            peer.close();
        },
        ScriptedUpstream::Reads::head);
    Client client = makeClient();
    OrderSink sink;
    const auto done = client.exchange(post(upstream.url() + "/", source), sink, stop.get_token(), source.descriptor());
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
}

TEST(HttpBodySource, IsGivenAgainWhenAReusedConnectionDies) {
    ScriptedUpstream upstream([](const UpstreamRequest& request, UpstreamPeer& peer) {
        if (request.onConnection == 2) {
            peer.reset();
            return;
        }
        peer.send(plainReply(request.body));
    });
    Client client = makeClient();
    for (int round = 0; round < 2; ++round) {
        PairSource source(7);
        source.write("one two");
        OrderSink sink;
        const auto done = client.exchange(post(upstream.url() + "/", source), sink, {}, source.descriptor());
        ASSERT_TRUE(done.ok()) << done.error().message;
        EXPECT_TRUE(sink.heard.ends_with("200 one two")) << sink.heard;
    }
    EXPECT_EQ(upstream.requests().size(), 3U);
}

}  // namespace
}  // namespace turntable::http
