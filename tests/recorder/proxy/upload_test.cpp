#include <future>
#include <string>

#include <gtest/gtest.h>

#include "tests/recorder/proxy/proxy_fixture.h"

namespace turntable::proxy {
namespace {

using model::TurnStatus;
using test::messageEvents;
using test::plainReply;
using test::RawAgent;
using test::ScriptedUpstream;
using test::UpstreamPeer;
using test::UpstreamRequest;
using Reads = ScriptedUpstream::Reads;

constexpr std::size_t kLarge = 300'000;

/// Requests of more than AgentConnection::kSmallBodyBytes, which go on while they come.
class RecordingProxyUpload : public ProxyFixture {
protected:
    /// A turn whose request is cut where the agent pauses.
    struct Halves {
        std::string body;
        std::string first;  ///< with the head
        std::string second;
    };
    static Halves halves(const std::string& target = "/v1/messages", std::size_t size = kLarge,
                         const std::string& extraHeaders = {}) {
        Halves made;
        made.body = turnBody(std::string(size, 'x'));
        const std::string all = postRequest(target, made.body, extraHeaders);
        const std::size_t cut = all.size() - made.body.size() / 2;
        made.first = all.substr(0, cut);
        made.second = all.substr(cut);
        return made;
    }
    static std::size_t rest(const UpstreamRequest& request, const std::string& body) {
        return body.size() - request.body.size();
    }
};

/// An upstream that takes a request's head and waits to be left alone.
struct HalfReadUpstream {
    std::promise<void> begun;
    std::promise<void> dropped;
    ScriptedUpstream server{[this](const UpstreamRequest&, UpstreamPeer& peer) {
                                begun.set_value();
                                peer.awaitHangUp();
                                dropped.set_value();
                                peer.close();
                            },
                            Reads::head};
};

TEST_F(RecordingProxyUpload, GoesOnBeforeItIsWhole) {
    const Halves turn = halves();
    std::promise<void> begun;
    std::promise<std::string> seen;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            const std::size_t firstHalf = turn.body.size() - turn.second.size();
            std::string body = request.body + peer.receive(firstHalf - request.body.size());
            begun.set_value();
            body += peer.receive(turn.body.size() - body.size());
            seen.set_value(body);
            test::sendStream(peer, messageEvents("late"));
            peer.close();
        },
        Reads::head);
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(turn.first);
    begun.get_future().wait();  // all of the first half has come, and nothing else was sent
    agent.send(turn.second);
    EXPECT_TRUE(agent.readUntil("0\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
    EXPECT_EQ(seen.get_future().get(), turn.body);
    EXPECT_TRUE(upstream.requests()[0].hasHeader("content-length: " + std::to_string(turn.body.size())));
    const auto turns = waitForTurns(1);
    EXPECT_EQ(turns[0].status, TurnStatus::complete) << turns[0].error;
    EXPECT_EQ(*reader().requestBody(turns[0].id), turn.body);
    EXPECT_EQ(turns[0].wire.upstreamConnected, support::Nanoseconds::zero()) << "it was connected before that";
}

TEST_F(RecordingProxyUpload, TenMegabytesComeThroughBitForBit) {
    ScriptedUpstream upstream([](const UpstreamRequest& request, UpstreamPeer& peer) {
        test::sendStream(peer, messageEvents(std::to_string(request.body.size())));
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    const std::string body = turnBody(std::string(10'000'000, 'y'));
    for (int round = 0; round < 2; ++round) {
        agent.send(postRequest("/v1/messages", body));
        EXPECT_NE(agent.readUntil("0\r\n\r\n").find(std::to_string(body.size())), std::string::npos);
        EXPECT_EQ(upstream.requests().back().body, body);
    }
    EXPECT_EQ(*reader().requestBody(waitForTurns(2)[1].id), body);
}

TEST_F(RecordingProxyUpload, EndsUpstreamWhenTheAgentHangsUpHalfway) {
    HalfReadUpstream upstream;
    startProxy(upstream.server.url());
    RawAgent agent(port());
    agent.send(halves().first);
    upstream.begun.get_future().wait();
    agent.hangUp();
    upstream.dropped.get_future().wait();
    m_proxy->stop();
    EXPECT_TRUE(reader().sessions()->empty()) << "half a request is no turn";
    EXPECT_EQ(spoolFiles(), 0);
}

TEST_F(RecordingProxyUpload, GivesAnAnswerThatComesTooEarlyOnceTheRequestIsWhole) {
    std::promise<void> answered;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            if (request.target == "/other") {
                peer.send(plainReply("fine"));
                return;
            }
            peer.send(plainReply("{}", "401 Unauthorized"));
            answered.set_value();
            peer.awaitHangUp();  // what was not sent cannot be: the connection is no good any more
            peer.close();
        },
        Reads::head);
    startProxy(upstream.url());
    const Halves turn = halves();
    RawAgent agent(port());
    agent.send(turn.first);
    answered.get_future().wait();
    agent.send(turn.second);
    EXPECT_TRUE(agent.readUntil("{}").starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    const auto turns = waitForTurns(1);
    EXPECT_EQ(turns[0].httpStatus, 401);
    EXPECT_EQ(turns[0].wire.headers, support::Nanoseconds::zero()) << "counted from the last byte of the request";
    EXPECT_EQ(*reader().requestBody(turns[0].id), turn.body);
    agent.send(postRequest("/other", ""));
    EXPECT_TRUE(agent.readUntil("fine").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(RecordingProxyUpload, SendsTheRestAfterAGoodAnswerThatCameEarly) {
    const Halves turn = halves("/echo");
    std::promise<void> answered;
    std::promise<std::string> seen;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            peer.send(plainReply("early"));
            answered.set_value();
            seen.set_value(request.body + peer.receive(rest(request, turn.body)));
            peer.close();
        },
        Reads::head);
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(turn.first);
    answered.get_future().wait();
    agent.send(turn.second);
    EXPECT_TRUE(agent.readUntil("early").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(seen.get_future().get(), turn.body);
}

TEST_F(RecordingProxyUpload, SaysThatTheUpstreamBrokeOffInTheMiddle) {
    std::promise<void> closed;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest&, UpstreamPeer& peer) {
            peer.reset();
            closed.set_value();
        },
        Reads::head);
    startProxy(upstream.url());
    const Halves turn = halves();
    RawAgent agent(port());
    agent.send(turn.first);
    closed.get_future().wait();
    agent.send(turn.second);
    EXPECT_TRUE(agent.readUntil("}}").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    const auto turns = waitForTurns(1);
    EXPECT_EQ(turns[0].status, TurnStatus::failed);
    EXPECT_EQ(*reader().requestBody(turns[0].id), turn.body);
}

TEST_F(RecordingProxyUpload, SaysThatTheUpstreamIsDownAndKeepsTheConnection) {
    startProxy("http://127.0.0.1:" + std::to_string(test::unusedPort()));
    const Halves turn = halves();
    RawAgent agent(port());
    for (int round = 0; round < 2; ++round) {
        agent.send(turn.first);
        agent.send(turn.second);
        EXPECT_TRUE(agent.readUntil("}}").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    }
    EXPECT_EQ(*reader().requestBody(waitForTurns(2)[1].id), turn.body);
}

TEST_F(RecordingProxyUpload, BeginsAnewWhenAKeptConnectionDiesUnderIt) {
    const Halves turn = halves();
    std::promise<void> died;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            if (request.method == "GET") {
                peer.send(plainReply("warm"));
                return;
            }
            if (request.onConnection == 2) {
                peer.reset();
                died.set_value();
                return;
            }
            const std::string body = request.body + peer.receive(rest(request, turn.body));
            peer.send(plainReply(body == turn.body ? "the same" : "another"));
            peer.close();
        },
        Reads::head);
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send("GET /warm HTTP/1.1\r\nHost: localhost\r\n\r\n");
    static_cast<void>(agent.readUntil("warm"));
    agent.send(turn.first);
    died.get_future().wait();
    agent.send(turn.second);
    EXPECT_TRUE(agent.readUntil("the same").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(upstream.requests().back().connection, 2);
}

TEST_F(RecordingProxyUpload, IsHeldBackWhereItsModelMayBeRenamed) {
    m_options.modelRules = {{"claude-*", "qwen"}};
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("{}")); });
    startProxy(upstream.url());
    const Halves turn = halves();
    RawAgent agent(port());
    agent.send(turn.first);
    agent.send(turn.second);
    static_cast<void>(agent.readUntil("{}"));
    std::string renamed = turn.body;
    renamed.replace(renamed.find("claude-x"), 8, "qwen");
    EXPECT_EQ(upstream.requests().at(0).body, renamed);
    EXPECT_EQ(*reader().requestBody(waitForTurns(1)[0].id), turn.body);
}

TEST_F(RecordingProxyUpload, GoesWhereItBeganWhenTheUpstreamIsSwapped) {
    const Halves turn = halves();
    std::promise<void> begun;
    ScriptedUpstream first(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            begun.set_value();
            static_cast<void>(peer.receive(rest(request, turn.body)));
            peer.send(plainReply("first"));
            peer.close();
        },
        Reads::head);
    ScriptedUpstream second([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("second")); });
    startProxy(first.url());
    RawAgent agent(port());
    agent.send(turn.first);
    begun.get_future().wait();
    ASSERT_TRUE(m_proxy->setUpstream(second.url()).ok());
    agent.send(turn.second);
    EXPECT_TRUE(agent.readUntil("first").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(second.requests().empty());
}

TEST_F(RecordingProxyUpload, StoppingEndsItInTheMiddle) {
    HalfReadUpstream upstream;
    startProxy(upstream.server.url());
    RawAgent agent(port());
    agent.send(halves().first);
    upstream.begun.get_future().wait();
    m_proxy->stop();
    upstream.dropped.get_future().wait();
    EXPECT_EQ(agent.readAll(), "");
    EXPECT_TRUE(reader().sessions()->empty());
}

TEST_F(RecordingProxyUpload, IsTakenWholeWhileTheUpstreamReadsNothing) {
    const std::string body = turnBody(std::string(20'000'000, 'z'));  // more than both sockets hold
    std::promise<void> taken;
    ScriptedUpstream upstream(
        [&](const UpstreamRequest& request, UpstreamPeer& peer) {
            taken.get_future().wait();
            const std::string seen = request.body + peer.receive(rest(request, body));
            peer.send(plainReply(seen == body ? "the same" : "another"));
            peer.close();
        },
        Reads::head);
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", body));  // returns once it fits into the agent's own socket
    taken.set_value();
    EXPECT_TRUE(agent.readUntil("the same").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(RecordingProxyUpload, IsAskedForWhenTheAgentExpectsThat) {
    ScriptedUpstream upstream(
        [](const UpstreamRequest& request, UpstreamPeer& peer) { peer.send(plainReply(request.head)); });
    startProxy(upstream.url());
    const std::string body(kLarge, 'x');
    const std::string request = postRequest("/x", body, "Expect: 100-continue\r\n");
    RawAgent agent(port());
    agent.send(request.substr(0, request.size() - body.size()));
    EXPECT_EQ(agent.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    agent.send(body);
    EXPECT_TRUE(agent.readUntil("Content-Length: 300000\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(upstream.requests().at(0).body, body);
}

TEST_F(RecordingProxyUpload, LeavesTheRequestBehindItAlone) {
    ScriptedUpstream upstream(
        [](const UpstreamRequest& request, UpstreamPeer& peer) { peer.send(plainReply(request.target)); });
    startProxy(upstream.url());
    RawAgent agent(port());
    const std::string body(kLarge, 'x');
    agent.send(postRequest("/one", body) + postRequest("/two", body) + postRequest("/three", "x"));
    for (const char* target : {"/one", "/two", "/three"}) {
        EXPECT_TRUE(agent.readUntil(target).ends_with(std::string("\r\n\r\n") + target));
    }
    EXPECT_EQ(upstream.requests().at(1).body, body);
}

TEST_F(RecordingProxyUpload, IsReadToItsEndWhereWeAnswerOurselves) {
    startProxy("http://127.0.0.1:9");
    RawAgent agent(port());
    const Halves turn = halves("/turntable/control/status");
    for (int round = 0; round < 2; ++round) {
        agent.send(turn.first);
        agent.send(turn.second);
        EXPECT_TRUE(agent.readUntil("}}").starts_with("HTTP/1.1 403 Forbidden\r\n"));
    }
}

}  // namespace
}  // namespace turntable::proxy
