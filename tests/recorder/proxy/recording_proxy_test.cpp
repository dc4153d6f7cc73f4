#include "recorder/proxy/recording_proxy.h"

#include <future>

#include "recorder/http/client.h"
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

class RecordingProxyTest : public ProxyFixture {};

ScriptedUpstream::Script streaming(const std::string& text) {
    return [text](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, messageEvents(text)); };
}

TEST_F(RecordingProxyTest, PassesAStreamAndStoresBothSidesBitForBit) {
    ScriptedUpstream upstream(streaming("hello"));
    startProxy(upstream.url() + "/base/");
    const std::string body = turnBody("hi");
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages?beta=true", body, "X-Api-Key: s\r\nAccept-Encoding: gzip\r\nX-App: a\r\n"));
    EXPECT_EQ(
        agent.readUntil("0\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nServer: scripted\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
            chunked(messageEvents("hello")));
    const auto turns = waitForTurns(1);
    EXPECT_EQ(turns[0].status, TurnStatus::complete) << turns[0].error;

    const auto seen = upstream.requests();
    EXPECT_EQ(seen[0].target, "/base/v1/messages?beta=true");
    EXPECT_EQ(seen[0].body, body);
    EXPECT_TRUE(seen[0].hasHeader("x-api-key: s"));
    EXPECT_TRUE(seen[0].hasHeader("host: 127.0.0.1:" + std::to_string(upstream.port())));

    const auto stored = reader();
    EXPECT_EQ(*stored.requestBody(turns[0].id), body);
    EXPECT_EQ(*stored.responseBody(turns[0].id), test::joined(messageEvents("hello")));
    EXPECT_EQ(*stored.requestHeaders(turns[0].id),
              "Host: 127.0.0.1\nContent-Type: application/json\nAccept-Encoding: gzip\nX-App: a\nContent-Length: " +
                  std::to_string(body.size()) + "\n");
    EXPECT_EQ(turns[0].target, "/v1/messages?beta=true");
    EXPECT_TRUE(turns[0].wire.upstreamConnected && turns[0].wire.headers && turns[0].wire.lastByte);
}

TEST_F(RecordingProxyTest, GivesEachPieceOnBeforeTheNextOneIsSent) {
    std::promise<void> heard;
    ScriptedUpstream upstream([waiting = heard.get_future().share()](const UpstreamRequest&, UpstreamPeer& peer) {
        const auto events = messageEvents("x");
        peer.send(test::streamHead());
        peer.sendChunk(events[0]);
        waiting.wait();
        for (std::size_t i = 1; i < events.size(); ++i) peer.sendChunk(events[i]);
        peer.send("0\r\n\r\n");
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_NE(agent.readUntil("message_start\"").find("200 OK"), std::string::npos);
    heard.set_value();
    EXPECT_NE(agent.readUntil("0\r\n\r\n").find("message_stop"), std::string::npos);
}

TEST_F(RecordingProxyTest, KeepsLengthsReasonsAndTheConnection) {
    ScriptedUpstream upstream([](const UpstreamRequest& request, UpstreamPeer& peer) {
        peer.send(plainReply(request.method + " " + request.body, "529 Overloaded, sorry"));
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    for (const char* text : {"a", "b"}) {
        agent.send(postRequest("/other", text));
        EXPECT_EQ(
            agent.readUntil(std::string("POST ") + text),
            std::string("HTTP/1.1 529 Overloaded, sorry\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n"
                        "POST ") +
                text);
    }
    EXPECT_EQ(upstream.requests().back().connection, 1);
    m_proxy->stop();
    EXPECT_TRUE(reader().sessions()->empty()) << "only turns are recorded";
}

TEST_F(RecordingProxyTest, PassesHeadAndArbitraryMethods) {
    ScriptedUpstream upstream([](const UpstreamRequest& request, UpstreamPeer& peer) {
        peer.send(request.method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"
                                           : plainReply(request.method));
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(agent.readUntil("\r\n\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n");
    agent.send("PURGE /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(agent.readUntil("PURGE").ends_with("\r\n\r\nPURGE"));
}

TEST_F(RecordingProxyTest, AnswersExpectAndTakesChunkedRequests) {
    ScriptedUpstream upstream(
        [](const UpstreamRequest& request, UpstreamPeer& peer) { peer.send(plainReply(request.body)); });
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send("POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(agent.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    for (const char c : std::string("3\r\none\r\n4;x=y\r\n two\r\n0\r\n\r\n")) agent.send({&c, 1});
    EXPECT_TRUE(agent.readUntil("one two").ends_with("\r\n\r\none two"));
    EXPECT_TRUE(upstream.requests()[0].hasHeader("content-length: 7"));
}

TEST_F(RecordingProxyTest, ClosesTheConnectionForHttp10Streams) {
    ScriptedUpstream upstream(streaming("old"));
    startProxy(upstream.url());
    const std::string body = turnBody("hi");
    RawAgent agent(port());
    agent.send("POST /v1/messages HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string reply = agent.readAll();
    EXPECT_TRUE(reply.ends_with("\r\nConnection: close\r\n\r\n" + test::joined(messageEvents("old")))) << reply;
}

TEST_F(RecordingProxyTest, KeepsGzipForTheAgentAndTheStore) {
    const std::string zipped("\x1f\x8b\x08\x00zipped", 10);
    ScriptedUpstream upstream([&zipped](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: "
            "10\r\n\r\n" +
            zipped);
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi", false)));
    EXPECT_TRUE(agent.readUntil("zipped").ends_with("Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + zipped));
    EXPECT_EQ(*reader().responseBody(waitForTurns(1)[0].id), zipped);
}

TEST_F(RecordingProxyTest, AnswersWithTheApisErrorWhenTheUpstreamIsDown) {
    const std::string endpoint = "127.0.0.1:" + std::to_string(test::unusedPort());
    startProxy("http://" + endpoint);
    const std::string sentence = "cannot reach " + endpoint + ": connection refused";
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_TRUE(agent.readUntil("}}").ends_with(R"({"type":"error","error":{"type":"api_error","message":")" +
                                                sentence + "\"}}"));
    agent.send(postRequest("/v1/chat/completions", turnBody("hi")));
    const std::string reply = agent.readUntil("}}");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << reply;
    EXPECT_TRUE(
        reply.ends_with(R"({"error":{"message":")" + sentence + R"(","type":"api_error","param":null,"code":null}})"))
        << reply;
    const auto turns = waitForTurns(2);
    EXPECT_EQ(turns[0].status, TurnStatus::failed);
    EXPECT_NE(turns[0].error.find(sentence), std::string::npos) << turns[0].error;
}

TEST_F(RecordingProxyTest, ClosesWithoutTheLastChunkWhenTheUpstreamDiesInTheMiddle) {
    const auto events = messageEvents("never finished");
    ScriptedUpstream upstream([&events](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk(events[0]);
        peer.sendChunk(events[1].substr(0, 20));
        peer.close();
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    const std::string reply = agent.readAll();
    EXPECT_TRUE(reply.ends_with(events[1].substr(0, 20) + "\r\n")) << reply;
    const auto turns = waitForTurns(1);
    EXPECT_TRUE(turns[0].status == TurnStatus::interrupted || turns[0].status == TurnStatus::failed);
    EXPECT_EQ(*reader().responseBody(turns[0].id), events[0] + events[1].substr(0, 20));
}

TEST_F(RecordingProxyTest, CancelsTheUpstreamWhenTheAgentHangsUp) {
    std::promise<void> dropped;
    ScriptedUpstream upstream([&dropped](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk(messageEvents("x")[0]);
        peer.awaitHangUp();
        dropped.set_value();
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    static_cast<void>(agent.readUntil("message_start"));
    agent.hangUp();
    dropped.get_future().wait();
    const auto turns = waitForTurns(1);
    EXPECT_EQ(turns[0].status, TurnStatus::cancelled);
    EXPECT_EQ(*reader().responseBody(turns[0].id), messageEvents("x")[0]);
}

TEST_F(RecordingProxyTest, SurvivesAnUpstreamThatClosesKeptConnections) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        test::sendStream(peer, messageEvents("x"));
        peer.close();
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    for (int i = 0; i < 20; ++i) {
        agent.send(postRequest("/v1/messages", turnBody("hi")));
        ASSERT_TRUE(agent.readUntil("0\r\n\r\n").starts_with("HTTP/1.1 200 OK")) << i;
    }
    for (const auto& turn : waitForTurns(20)) EXPECT_EQ(turn.status, TurnStatus::complete);
}

TEST_F(RecordingProxyTest, MapsModelNamesButStoresWhatTheAgentSent) {
    m_options.modelRules = {{"claude-*", "qwen"}};
    ScriptedUpstream upstream(streaming("x"));
    startProxy(upstream.url());
    const std::string body = turnBody("hi");
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", body));
    static_cast<void>(agent.readUntil("0\r\n\r\n"));
    EXPECT_TRUE(upstream.requests()[0].body.starts_with(R"({"model":"qwen",)")) << upstream.requests()[0].body;
    EXPECT_EQ(*reader().requestBody(waitForTurns(1)[0].id), body);
}

TEST_F(RecordingProxyTest, PutsTurnsOfANamedBaseUrlIntoThatSession) {
    ScriptedUpstream upstream(streaming("x"));
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/s/my%20run/v1/messages", turnBody("hi")));
    static_cast<void>(agent.readUntil("0\r\n\r\n"));
    EXPECT_EQ(upstream.requests()[0].target, "/v1/messages");
    EXPECT_EQ(reader().session(waitForTurns(1)[0].session)->name, "my run");
}

TEST_F(RecordingProxyTest, RefusesForeignHostNamesAndBrokenRequests) {
    m_options.maxRequestBytes = 1000;
    ScriptedUpstream upstream(streaming("x"));
    startProxy(upstream.url());
    const auto answer = [this](const std::string& request) {
        RawAgent agent(port());
        agent.send(request);
        return agent.readUntil("}}");
    };
    EXPECT_TRUE(answer("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").starts_with("HTTP/1.1 403 Forbidden\r\n"));
    EXPECT_TRUE(answer("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(answer("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(
        answer(postRequest("/v1/messages", std::string(1001, 'x'))).starts_with("HTTP/1.1 413 Content Too Large\r\n"));
    EXPECT_TRUE(answer("GET / HTTP/1.1\r\nX: " + std::string(200'000, 'x')).starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(upstream.requests().empty());
}

TEST_F(RecordingProxyTest, AsksForItsAccessToken) {
    m_options.accessToken = "0123abcd";
    ScriptedUpstream upstream(streaming("x"));
    startProxy(upstream.url());
    const std::string body = turnBody("hi");
    for (const char* target :
         {"/v1/messages", "/t/0123abce/v1/messages", "/t/0123abc/v1/messages", "/s/0123abcd/v1/messages"}) {
        RawAgent agent(port());
        agent.send(postRequest(target, body));
        const std::string answer = agent.readUntil("}}");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << answer;
        EXPECT_NE(answer.find("authentication_error"), std::string::npos);
        EXPECT_EQ(answer.find("0123abcd"), std::string::npos) << answer;
    }
    EXPECT_TRUE(upstream.requests().empty());
    RawAgent agent(port());
    agent.send(postRequest("/t/0123abcd/s/mine/v1/messages", body));
    static_cast<void>(agent.readUntil("0\r\n\r\n"));
    EXPECT_EQ(upstream.requests()[0].target, "/v1/messages");
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(turn.target, "/v1/messages");
    EXPECT_EQ(reader().session(turn.session)->name, "mine");
    // Its own control goes by a token of its own.
    const auto swapped = swapUpstream(reader().runningRecorders()->at(0), upstream.url() + "/other");
    EXPECT_TRUE(swapped.ok()) << swapped.error().message;
}

TEST_F(RecordingProxyTest, ListensForOthersWithAnAccessTokenOnly) {
    ProxyOptions options;
    options.upstream = "http://127.0.0.1:1";
    options.listenHost = "0.0.0.0";
    options.listenPort = 0;
    options.store = store();
    const auto refused = RecordingProxy::start(options, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, support::ErrorCode::invalidArgument);
    options.accessToken = "0123abcd";
    const auto started = RecordingProxy::start(options, {});
    EXPECT_TRUE(started.ok()) << started.error().message;
}

TEST_F(RecordingProxyTest, ClosesConnectionsBeyondTheMost) {
    m_options.maxConnections = 2;
    ScriptedUpstream upstream(streaming("x"));
    startProxy(upstream.url());
    RawAgent first(port());
    RawAgent second(port());
    for (auto* agent : {&first, &second}) {
        agent->send(postRequest("/v1/messages", turnBody("hi")));
        EXPECT_NE(agent->readUntil("0\r\n\r\n").find("200 OK"), std::string::npos);
    }
    RawAgent third(port());
    third.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_EQ(third.readUntil("0\r\n\r\n"), "");
}

TEST_F(RecordingProxyTest, UpstreamIsSwappedThroughItsRecorder) {
    ScriptedUpstream first(streaming("first"));
    ScriptedUpstream second(streaming("second"));
    startProxy(first.url());
    auto recorders = *reader().runningRecorders();
    ASSERT_EQ(recorders.size(), 1U);
    EXPECT_EQ(recorders[0].listen, m_proxy->listenUrl());
    EXPECT_EQ(recorders[0].controlToken.size(), 32U);
    const auto swapped = swapUpstream(recorders[0], second.url() + "/");
    ASSERT_TRUE(swapped.ok()) << swapped.error().message;
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_NE(agent.readUntil("0\r\n\r\n").find("second"), std::string::npos);
    EXPECT_NE(waitForNotice().find(second.url()), std::string::npos);
    EXPECT_EQ(reader().runningRecorders()->at(0).upstream, second.url());

    EXPECT_EQ(swapUpstream(recorders[0], "ftp://x").error().code, support::ErrorCode::invalidArgument);
    recorders[0].controlToken[0] = recorders[0].controlToken[0] == '0' ? '1' : '0';
    EXPECT_FALSE(swapUpstream(recorders[0], first.url()).ok());
    m_proxy->stop();
    EXPECT_EQ(swapUpstream(recorders[0], first.url()).error().code, support::ErrorCode::network);
}

TEST_F(RecordingProxyTest, TellsItsStatusToWhoHasTheToken) {
    startProxy("http://127.0.0.1:9/base");
    auto client = http::Client::create();
    http::Request request;
    request.url = m_proxy->listenUrl() + "/turntable/control/status";
    EXPECT_EQ(http::fetch(*client, request)->head.status, 403);
    request.headers = {{"x-turntable-token", reader().runningRecorders()->at(0).controlToken}};
    EXPECT_EQ(http::fetch(*client, request)->body,
              R"({"listen":")" + m_proxy->listenUrl() +
                  R"(","upstream":"http://127.0.0.1:9/base","upstream_api":"anthropic","turns":0})");
}

TEST_F(RecordingProxyTest, StoppingEndsWhatRunsAsInterruptedAndCleansUp) {
    std::promise<void> arrived;
    ScriptedUpstream upstream([&arrived](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        peer.sendChunk(messageEvents("x")[0]);
        arrived.set_value();
        peer.awaitHangUp();
    });
    startProxy(upstream.url());
    RawAgent agent(port());
    const RawAgent idle(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    static_cast<void>(agent.readUntil("message_start"));
    EXPECT_EQ(spoolFiles(), 1);
    m_proxy->stop();
    EXPECT_EQ(waitForTurns(1)[0].status, TurnStatus::interrupted);
    EXPECT_EQ(spoolFiles(), 0);
    EXPECT_TRUE(reader().unendedRecorders()->empty());
}

TEST_F(RecordingProxyTest, DoesNotAskItself) {
    ScriptedUpstream upstream(streaming("hello"));
    startProxy(upstream.url());
    for (const char* host : {"127.0.0.1", "localhost"}) {
        const auto swapped =
            m_proxy->setUpstream("http://" + std::string(host) + ":" + std::to_string(port()) + "/s/x");
        ASSERT_FALSE(swapped.ok());
        EXPECT_NE(swapped.error().message.find("is this recorder itself"), std::string::npos)
            << swapped.error().message;
    }
    EXPECT_TRUE(m_proxy->setUpstream(upstream.url()).ok());
}

TEST_F(RecordingProxyTest, SaysThatItsStoreWasDeleted) {
    ScriptedUpstream upstream(streaming("hello"));
    startProxy(upstream.url());
    std::filesystem::remove(store());
    for (int turn = 0; turn < 2; ++turn) {
        RawAgent agent(port());
        agent.send(postRequest("/v1/messages", turnBody("hi")));
        EXPECT_NE(agent.readUntil("0\r\n\r\n").find("hello"), std::string::npos) << "the agent goes on";
        waitForTurns(static_cast<std::size_t>(turn) + 1);
    }
    EXPECT_NE(waitForNotice().find("was deleted, moved or replaced"), std::string::npos);
    EXPECT_FALSE(m_allStored);
    m_proxy->stop();
    EXPECT_GE(m_proxy->turnsLost(), 1);
}

TEST_F(RecordingProxyTest, SaysWhichPortIsTaken) {
    startProxy("http://127.0.0.1:9");
    ProxyOptions options;
    options.upstream = "http://127.0.0.1:9";
    options.listenPort = port();
    options.store = m_folder / "other.db";
    const auto second = RecordingProxy::start(options, {});
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, support::ErrorCode::io);
    EXPECT_TRUE(second.error().message.starts_with("cannot listen on 127.0.0.1:" + std::to_string(port())))
        << second.error().message;
    options.listenHost = "no address";
    EXPECT_EQ(RecordingProxy::start(options, {}).error().code, support::ErrorCode::invalidArgument);
    options.upstream = "nothing";
    EXPECT_EQ(RecordingProxy::start(options, {}).error().code, support::ErrorCode::invalidArgument);
}

TEST_F(RecordingProxyTest, LosesTurnsButNoCallWhenTheQueueIsFull) {
    m_options.queueCapacity = 0;
    ScriptedUpstream upstream(streaming("x"));
    startProxy(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_TRUE(agent.readUntil("0\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
    m_proxy->stop();
    EXPECT_EQ(waitForNotice().rfind("1 turn was not recorded", 0), 0U);
    EXPECT_TRUE(m_turns.empty());
}

TEST_F(RecordingProxyTest, HundredsOfOpenConnectionsAreServed) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("{}")); });
    startProxy(upstream.url());
    std::vector<std::unique_ptr<RawAgent>> agents;
    for (int i = 0; i < 400; ++i) agents.push_back(std::make_unique<RawAgent>(port()));
    for (int round = 0; round < 2; ++round) {
        for (const auto& agent : agents) {
            agent->send(postRequest("/other", "x"));
            ASSERT_TRUE(agent->readUntil("{}").starts_with("HTTP/1.1 200 OK"));
        }
    }
}

}  // namespace
}  // namespace turntable::proxy
