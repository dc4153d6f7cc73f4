#include "recorder/http/client.h"

#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "recorder/http/url.h"
#include "tests/support/scripted_upstream.h"

namespace turntable::http {
namespace {

using support::ErrorCode;
using test::plainReply;
using test::ScriptedUpstream;
using test::UpstreamPeer;
using test::UpstreamRequest;

Client makeClient() {
    auto client = Client::create();
    EXPECT_TRUE(client.ok());
    return *std::move(client);
}

Request post(const std::string& url, std::string_view body) {
    Request request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    return request;
}

/// Keeps what it hears, and lets a test wait for the first piece.
class HearingSink final : public ReplySink {
public:
    ResponseHead head;
    std::vector<std::string> pieces;
    std::optional<support::MonotonicTime> connected;
    std::promise<void> firstPiece;
    std::size_t piecesWanted = 1'000'000;

    void onConnected(support::MonotonicTime at) override { connected = at; }
    bool onHead(const ResponseHead& received, support::MonotonicTime) override {
        head = received;
        return true;
    }
    bool onBody(std::string_view bytes, support::MonotonicTime) override {
        pieces.emplace_back(bytes);
        if (pieces.size() == 1) firstPiece.set_value();
        return pieces.size() < piecesWanted;
    }
};

TEST(HttpClient, SendsMethodTargetHeadersAndBodyAsGiven) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("{}")); });
    Client client = makeClient();
    Request request = post(upstream.url() + "/a/../b%20c?x={1}&y", "body");
    request.headers.push_back({"X-One", "1"});
    request.headers.push_back({"X-Empty", ""});
    request.headers.push_back({"X-One", "2"});
    ASSERT_TRUE(fetch(client, request).ok());
    const auto seen = upstream.requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].target, "/a/../b%20c?x={1}&y");
    EXPECT_EQ(seen[0].body, "body");
    EXPECT_EQ(seen[0].head, "POST /a/../b%20c?x={1}&y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(upstream.port()) +
                                "\r\nContent-Type: application/json\r\nX-One: 1\r\nX-Empty:\r\nX-One: 2\r\n"
                                "Content-Length: 4\r\n");
}

TEST(HttpClient, SendsArbitraryMethods) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("{}")); });
    Client client = makeClient();
    for (const char* method : {"GET", "DELETE", "PUT", "PURGE"}) {
        Request request;
        request.method = method;
        request.url = upstream.url() + "/m";
        ASSERT_TRUE(fetch(client, request).ok()) << method;
        EXPECT_EQ(upstream.requests().back().method, method);
    }
}

TEST(HttpClient, GivesStatusReasonAndHeadersInOrder) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 529 Site is overloaded\r\nB: 2\r\nA: 1\r\nB: 3\r\nContent-Length: "
            "0\r\n\r\n");
    });
    Client client = makeClient();
    const auto reply = fetch(client, post(upstream.url() + "/", "x"));
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->head.status, 529);
    EXPECT_EQ(reply->head.reason, "Site is overloaded");
    ASSERT_EQ(reply->head.headers.size(), 4U);
    EXPECT_EQ(reply->head.headers[0].name, "B");
    EXPECT_EQ(reply->head.headers[1].value, "1");
    EXPECT_EQ(headerValue(reply->head.headers, "b"), "2");
}

TEST(HttpClient, GivesPiecesOfAStreamAsTheyCome) {
    std::promise<void> heard;
    auto wasHeard = heard.get_future().share();
    ScriptedUpstream upstream([wasHeard](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk("one");
        wasHeard.wait();  // the second piece is not even sent before the first was heard
        peer.sendChunk("two");
        peer.send("0\r\n\r\n");
    });
    Client client = makeClient();
    HearingSink sink;
    std::jthread listener([&, first = sink.firstPiece.get_future()] {
        first.wait();
        heard.set_value();
    });
    ASSERT_TRUE(client.exchange(post(upstream.url() + "/", "x"), sink).ok());
    EXPECT_EQ(sink.pieces, (std::vector<std::string>{"one", "two"}));
    EXPECT_TRUE(sink.connected.has_value());
}

TEST(HttpClient, KeepsContentCoding) {
    const std::string zipped("\x1f\x8b\x08\x00not really", 14);
    ScriptedUpstream upstream([&zipped](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 14\r\n\r\n" + zipped);
    });
    Client client = makeClient();
    Request request = post(upstream.url() + "/", "x");
    request.headers.push_back({"Accept-Encoding", "gzip, deflate"});
    const auto reply = fetch(client, request);
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->body, zipped);
    EXPECT_TRUE(upstream.requests()[0].hasHeader("accept-encoding: gzip, deflate"));
}

TEST(HttpClient, ReusesAConnection) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("{}")); });
    Client client = makeClient();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(fetch(client, post(upstream.url() + "/", "x")).ok());
    EXPECT_EQ(upstream.requests().back().connection, 1);
    EXPECT_EQ(upstream.requests().back().onConnection, 3);
}

TEST(HttpClient, TriesOnceMoreWhenAReusedConnectionDiesBeforeTheReply) {
    ScriptedUpstream upstream([](const UpstreamRequest& request, UpstreamPeer& peer) {
        if (request.onConnection == 2) {
            peer.reset();
            return;
        }
        peer.send(plainReply("{}"));
    });
    Client client = makeClient();
    const std::string large(300'000, 'x');
    for (const std::string_view body :
         {std::string_view("small"), std::string_view("small"), std::string_view(large)}) {
        const auto reply = fetch(client, post(upstream.url() + "/", body));
        ASSERT_TRUE(reply.ok()) << reply.error().message;
        EXPECT_EQ(reply->head.status, 200);
        EXPECT_EQ(upstream.requests().back().body, body);
    }
}

TEST(HttpClient, DoesNotTryAgainOnAFreshConnection) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.close(); });
    Client client = makeClient();
    const auto reply = fetch(client, post(upstream.url() + "/", "x"));
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code, ErrorCode::network);
    EXPECT_TRUE(reply.error().message.starts_with("127.0.0.1:" + std::to_string(upstream.port()) +
                                                  " broke off before its reply: "))
        << reply.error().message;
    EXPECT_EQ(upstream.requests().size(), 1U);
}

TEST(HttpClient, SaysThatAConnectionWasRefused) {
    Client client = makeClient();
    const std::string endpoint = "127.0.0.1:" + std::to_string(test::unusedPort());
    const auto reply = fetch(client, post("http://" + endpoint + "/", "x"));
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code, ErrorCode::network);
    EXPECT_EQ(reply.error().message, "cannot reach " + endpoint + ": connection refused");
}

TEST(HttpClient, SaysThatAReplyBrokeOffInTheMiddle) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk("half");
        peer.close();
    });
    Client client = makeClient();
    HearingSink sink;
    const auto done = client.exchange(post(upstream.url() + "/", "x"), sink);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::network);
    EXPECT_NE(done.error().message.find("broke off in the middle of its reply"), std::string::npos)
        << done.error().message;
    EXPECT_EQ(sink.pieces, std::vector<std::string>{"half"});
}

TEST(HttpClient, IsCancelledByItsStopToken) {
    std::promise<void> arrived;
    ScriptedUpstream upstream([&arrived](const UpstreamRequest&, UpstreamPeer& peer) {
        arrived.set_value();
        peer.awaitHangUp();  // ends only because the client drops the connection
    });
    Client client = makeClient();
    std::stop_source stop;
    std::jthread stopper([&] {
        arrived.get_future().wait();
        stop.request_stop();
    });
    const auto reply = fetch(client, post(upstream.url() + "/", "x"), stop.get_token());
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code, ErrorCode::cancelled);
}

TEST(HttpClient, IsCancelledBySinkThatWantsNoMore) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk("one");
        peer.awaitHangUp();
    });
    Client client = makeClient();
    HearingSink sink;
    sink.piecesWanted = 1;
    const auto done = client.exchange(post(upstream.url() + "/", "x"), sink);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
}

TEST(HttpClient, TimesOutInTheTimeAllowed) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.awaitHangUp(); });
    Client client = makeClient();
    Request request = post(upstream.url() + "/", "x");
    request.totalTimeout = std::chrono::milliseconds(50);
    const auto reply = fetch(client, request);
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code, ErrorCode::network);
    EXPECT_NE(reply.error().message.find("timed out"), std::string::npos) << reply.error().message;
}

TEST(HttpClient, RefusesWhatIsNoHttpUrl) {
    Client client = makeClient();
    for (const char* url : {"", "ftp://host/", "127.0.0.1:80", "http://", "http://:80/", "http://h:0/",
                            "http://h:99999/", "http://h:8o/", "http://h /"}) {
        const auto reply = fetch(client, post(url, "x"));
        ASSERT_FALSE(reply.ok()) << url;
        EXPECT_EQ(reply.error().code, ErrorCode::invalidArgument) << url;
    }
}

TEST(HttpUrl, IsCutIntoOriginEndpointAndTarget) {
    const auto plain = parseUrl("http://host");
    ASSERT_TRUE(plain.ok());
    EXPECT_EQ(plain->origin, "http://host");
    EXPECT_EQ(plain->endpoint, "host:80");
    EXPECT_EQ(plain->target, "/");
    const auto full = parseUrl("HTTPS://[::1]:8443/a//b/?q#f");
    ASSERT_TRUE(full.ok());
    EXPECT_EQ(full->origin, "HTTPS://[::1]:8443");
    EXPECT_EQ(full->endpoint, "[::1]:8443");
    EXPECT_EQ(full->target, "/a//b/?q");
    const auto query = parseUrl("http://host:1?q");
    ASSERT_TRUE(query.ok());
    EXPECT_EQ(query->target, "/?q");
}

}  // namespace
}  // namespace turntable::http
