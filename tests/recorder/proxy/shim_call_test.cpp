// An agent that speaks Messages, in front of a server that has Chat Completions only.
#include <future>

#include "recorder/proxy/shim_call.h"
#include "recorder/turns/turn_inspector.h"
#include "tests/recorder/proxy/proxy_fixture.h"
#include "tests/recorder/wire/shim_text.h"

namespace turntable::proxy {
namespace {

using model::TurnStatus;
using test::plainReply;
using test::RawAgent;
using test::ScriptedUpstream;
using test::UpstreamPeer;
using test::UpstreamRequest;
using wire::test::delta;
using wire::test::finish;
using wire::test::usage;

class ShimCallTest : public ProxyFixture {
protected:
    void startShim(const std::string& upstream) {
        m_options.upstreamApi = model::Api::openaiChat;
        startProxy(upstream);
    }
};

std::string frame(const std::string& chunk) { return "data: " + chunk + "\n\n"; }

std::vector<std::string> chatChunks(const std::string& text) {
    return {frame(delta(R"("role":"assistant","content":null)")), frame(delta(R"("content":")" + text + "\"")),
            frame(finish("stop")),
            frame(usage(R"("prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4})")),
            "data: [DONE]\n\n"};
}

/// The body of a chunked reply.
std::string unchunked(const std::string& reply) {
    std::string body;
    std::size_t at = reply.find("\r\n\r\n") + 4;
    while (at < reply.size()) {
        const std::size_t size = std::strtoul(reply.c_str() + at, nullptr, 16);
        at = reply.find("\r\n", at) + 2;
        body += reply.substr(at, size);
        at += size + 2;
    }
    return body;
}

TEST_F(ShimCallTest, AsksForAChatCompletionAndStoresWhatTheAgentSentAndGot) {
    ScriptedUpstream upstream(
        [](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, chatChunks("hello")); });
    m_options.modelRules = {{"claude-*", "qwen"}};
    startShim(upstream.url() + "/v1/");
    const std::string body = turnBody("hi");
    RawAgent agent(port());
    agent.send(postRequest("/s/job/v1/messages?beta=true", body,
                           "X-Api-Key: s\r\nAnthropic-Version: 2023-06-01\r\nAccept-Encoding: gzip\r\nX-App: a\r\n"));
    const std::string reply = agent.readUntil("\r\n0\r\n\r\n");
    EXPECT_TRUE(
        reply.starts_with("HTTP/1.1 200 OK\r\nServer: scripted\r\nContent-Type: text/event-stream\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n"))
        << reply;
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.api, model::Api::anthropicMessages);
    EXPECT_EQ(turn.target, "/v1/messages?beta=true");
    EXPECT_EQ(turn.stopReason, "end_turn");
    EXPECT_EQ(turn.text, "hello");
    EXPECT_EQ(turn.tokens.input.tokens, 9);
    EXPECT_EQ(turn.tokens.cached.tokens, 4);
    EXPECT_EQ(turn.tokens.output.tokens, 2);
    EXPECT_TRUE(turn.wire.upstreamConnected && turn.wire.headers && turn.wire.firstContent && turn.wire.lastByte);

    const auto seen = upstream.requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].target, "/v1/chat/completions");
    EXPECT_EQ(seen[0].body, wire::shimRequest(R"({"model":"qwen")" + body.substr(body.find(",")))->body);
    EXPECT_TRUE(seen[0].hasHeader("authorization: Bearer s"));
    EXPECT_TRUE(seen[0].hasHeader("accept-encoding: identity"));
    EXPECT_TRUE(seen[0].hasHeader("x-app: a"));
    EXPECT_EQ(seen[0].head.find("nthropic-"), std::string::npos);

    const auto stored = reader();
    EXPECT_EQ(*stored.requestBody(turn.id), body);
    EXPECT_EQ(*stored.responseBody(turn.id), unchunked(reply));
    const auto inspected = turns::inspectTurn(stored, turn.id);
    EXPECT_EQ(inspected->provenance,
              "translated; the server was asked for a chat completion, and its reply made a message");
}

TEST_F(ShimCallTest, GivesEachPieceOnBeforeTheNextOneIsSent) {
    std::promise<void> heard;
    ScriptedUpstream upstream([waiting = heard.get_future().share()](const UpstreamRequest&, UpstreamPeer& peer) {
        const auto chunks = chatChunks("first");
        peer.send(test::streamHead());
        peer.sendChunk(chunks[0]);
        peer.sendChunk(chunks[1]);
        waiting.wait();
        for (std::size_t i = 2; i < chunks.size(); ++i) peer.sendChunk(chunks[i]);
        peer.send("0\r\n\r\n");
    });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_NE(agent.readUntil("\"first\"").find("text_delta"), std::string::npos);
    heard.set_value();
    EXPECT_NE(agent.readUntil("\r\n0\r\n\r\n").find("message_stop"), std::string::npos);
}

TEST_F(ShimCallTest, AnswersWithADocumentAndKeepsTheConnection) {
    const std::string chat =
        R"({"id":"m","model":"q","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"timings":{"prompt_n":5,"cache_n":4,"prompt_ms":7,"predicted_n":2,"predicted_ms":3}})";
    ScriptedUpstream upstream([&chat](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply(chat)); });
    startShim(upstream.url());
    RawAgent agent(port());
    const std::string document =
        R"({"id":"m","type":"message","role":"assistant","model":"q","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":5,"cache_read_input_tokens":4,"output_tokens":2},"timings":{"prompt_n":5,"cache_n":4,"prompt_ms":7,"predicted_n":2,"predicted_ms":3}})";
    for (int i = 0; i < 2; ++i) {
        agent.send(postRequest("/v1/messages", turnBody("hi", false)));
        EXPECT_EQ(agent.readUntil("}}"), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                                             std::to_string(document.size()) + "\r\n\r\n" + document);
    }
    const auto turn = waitForTurns(2)[1];
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.server.prefill, support::fromMs(7));
    EXPECT_EQ(turn.server.promptTokens, 5);
    EXPECT_EQ(*reader().responseBody(turn.id), document);
}

TEST_F(ShimCallTest, TellsTheServersErrorsInTheAgentsApi) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(plainReply(R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}})",
                             "400 Bad Request"));
    });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    const std::string document = R"({"type":"error","error":{"type":"invalid_request_error","message":"too long"}})";
    EXPECT_EQ(agent.readUntil("}}"), "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: " +
                                         std::to_string(document.size()) + "\r\n\r\n" + document);
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(turn.status, TurnStatus::failed);
    EXPECT_EQ(turn.httpStatus, 400);
    EXPECT_EQ(turn.error, "too long");
    EXPECT_EQ(*reader().responseBody(turn.id), document);
}

TEST_F(ShimCallTest, RefusesWhatItCannotTranslateAndRecordsThat) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) { peer.send(plainReply("{}")); });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", "{\"model\":"));
    EXPECT_TRUE(agent.readUntil("}}").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(turn.status, TurnStatus::failed);
    EXPECT_EQ(turn.httpStatus, 400);
    EXPECT_TRUE(
        reader().responseBody(turn.id)->starts_with(R"({"type":"error","error":{"type":"invalid_request_error")"));
    EXPECT_TRUE(upstream.requests().empty());
}

TEST_F(ShimCallTest, AServerThatCannotBeReachedIsABadGateway) {
    startShim("http://127.0.0.1:" + std::to_string(test::unusedPort()));
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_TRUE(agent.readUntil("}}").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    EXPECT_EQ(waitForTurns(1)[0].status, TurnStatus::failed);
}

TEST_F(ShimCallTest, TellsABrokenStreamAsAnErrorEventAndEndsInOrder) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        const auto chunks = chatChunks("hal");
        peer.send(test::streamHead());
        peer.sendChunk(chunks[0] + chunks[1]);
        peer.reset();
    });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    const std::string reply = agent.readUntil("\r\n0\r\n\r\n");
    EXPECT_NE(reply.find(
                  "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"127.0.0.1:"),
              std::string::npos)
        << reply;
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(turn.status, TurnStatus::interrupted);
    EXPECT_NE(turn.error.find("broke off in the middle"), std::string::npos) << turn.error;
    EXPECT_EQ(*reader().responseBody(turn.id), unchunked(reply));
}

TEST_F(ShimCallTest, AMessageIsWholeWhateverTheServerDoesAfterwards) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        peer.send(test::streamHead());
        for (const auto& chunk : chatChunks("all")) peer.sendChunk(chunk);
        peer.close();
    });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_TRUE(unchunked(agent.readUntil("\r\n0\r\n\r\n")).ends_with("{\"type\":\"message_stop\"}\n\n"));
    EXPECT_EQ(waitForTurns(1)[0].status, TurnStatus::complete) << m_turns[0].error;
}

TEST_F(ShimCallTest, AStreamThatEndsTooEarlyFailsItsTurn) {
    ScriptedUpstream upstream([](const UpstreamRequest&, UpstreamPeer& peer) {
        const auto chunks = chatChunks("hal");
        test::sendStream(peer, {chunks[0], chunks[1]});
    });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    EXPECT_NE(agent.readUntil("\r\n0\r\n\r\n").find("event: error\n"), std::string::npos);
    const auto turn = waitForTurns(1)[0];
    EXPECT_EQ(turn.status, TurnStatus::failed);
    EXPECT_EQ(turn.error, "the server's stream ended in the middle of the reply");
}

TEST_F(ShimCallTest, AnAgentThatHangsUpEndsTheServersWork) {
    std::promise<void> hungUp;
    ScriptedUpstream upstream([&hungUp](const UpstreamRequest&, UpstreamPeer& peer) {
        const auto chunks = chatChunks("x");
        peer.send(test::streamHead());
        peer.sendChunk(chunks[0] + chunks[1]);
        peer.awaitHangUp();
        hungUp.set_value();
    });
    startShim(upstream.url());
    RawAgent agent(port());
    agent.send(postRequest("/v1/messages", turnBody("hi")));
    static_cast<void>(agent.readUntil("\"x\""));
    agent.hangUp();
    hungUp.get_future().wait();
    EXPECT_EQ(waitForTurns(1)[0].status, TurnStatus::cancelled);
}

TEST_F(ShimCallTest, LeavesAgentsThatSpeakOpenAiAlone) {
    ScriptedUpstream upstream(
        [](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, chatChunks("same")); });
    startShim(upstream.url() + "/v1");
    RawAgent agent(port());
    const std::string body = R"({"model":"q","stream":true,"messages":[{"role":"user","content":"hi"}]})";
    agent.send(postRequest("/v1/chat/completions", body));
    EXPECT_EQ(unchunked(agent.readUntil("\r\n0\r\n\r\n")), test::joined(chatChunks("same")));
    EXPECT_EQ(waitForTurns(1)[0].api, model::Api::openaiChat);
    EXPECT_EQ(upstream.requests()[0].body, body);
    EXPECT_EQ(upstream.requests()[0].target, "/v1/chat/completions");
}

TEST_F(ShimCallTest, IsSwappedInAndOutWithTheUpstream) {
    ScriptedUpstream messages(
        [](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, test::messageEvents("native")); });
    ScriptedUpstream chat(
        [](const UpstreamRequest&, UpstreamPeer& peer) { test::sendStream(peer, chatChunks("translated")); });
    startProxy(messages.url());
    const auto recorder = reader().runningRecorders()->at(0);
    const auto answer = [this] {
        RawAgent agent(port());
        agent.send(postRequest("/v1/messages", turnBody("hi")));
        return agent.readUntil("\r\n0\r\n\r\n");
    };
    EXPECT_EQ(*swapUpstream(recorder, chat.url() + "/v1", model::Api::openaiChat),
              (Upstream{chat.url(), model::Api::openaiChat}));
    EXPECT_NE(answer().find("translated"), std::string::npos);
    EXPECT_EQ(swapUpstream(recorder, chat.url())->api, model::Api::openaiChat) << "what is not said stays";
    EXPECT_NE(answer().find("translated"), std::string::npos);
    EXPECT_EQ(*swapUpstream(recorder, messages.url(), model::Api::anthropicMessages),
              (Upstream{messages.url(), model::Api::anthropicMessages}));
    EXPECT_NE(answer().find("native"), std::string::npos);
    EXPECT_EQ(waitForNotice(1),
              "requests go to " + chat.url() + " (Messages translated to Chat Completions) from now on");
    EXPECT_EQ(waitForNotice(3), "requests go to " + messages.url() + " from now on");
}

TEST(ShimCall, FindsTheServersPath) {
    EXPECT_EQ(callUrl("http://h", "/v1/messages?beta=true", "/v1/messages", "/v1/chat/completions"),
              "http://h/v1/chat/completions");
    EXPECT_EQ(callUrl("http://h/b", "/a/v1/messages", "/v1/messages", "/x"), "http://h/b/a/x");
}

TEST(ShimCall, KeepsABearerKeyThatIsThere) {
    const auto headers =
        shimRequestHeaders({{"Authorization", "Bearer a"}, {"x-api-key", "b"}, {"anthropic-beta", "c"}});
    std::string lines;
    for (const auto& header : headers) lines += header.name + ": " + header.value + "\n";
    EXPECT_EQ(lines, "Authorization: Bearer a\nContent-Type: application/json\nAccept-Encoding: identity\n");
}

TEST(ShimCall, ItsMarkIsOneLineWhateverARequestNames) {
    EXPECT_EQ(translationMark({"top_k", "a\nturntable-provenance: x\xff"}),
              "turntable-provenance: translated; the server was asked for a chat completion, and its reply made a "
              "message; left out: top_k, a?turntable-provenance: x?\n");
    EXPECT_LT(translationMark(std::vector<std::string>(1000, "name")).size(), 500U);
}

}  // namespace
}  // namespace turntable::proxy
