#include "replay/endpoints/http_endpoint.h"

#include <numeric>

#include <gtest/gtest.h>

#include "tests/replay/endpoints/scripted_server.h"
#include "tests/replay/trace_text.h"

namespace turntable::endpoints {
namespace {

using tests::httpReply;
using tests::messagesReply;
using tests::messagesRequest;
using tests::ScriptedServer;
using tests::SeenRequest;

Question question() {
    Question asked;
    asked.body = messagesRequest(1);
    return asked;
}

std::unique_ptr<Endpoint> endpointAt(const std::string& url, const std::string& key = {}) {
    EndpointOptions options;
    options.specification = url;
    options.apiKey = key;
    auto endpoint = HttpEndpoint::make(options);
    return endpoint ? *std::move(endpoint) : nullptr;
}

TEST(ServerUrls, TakeABaseWithOrWithoutItsPath) {
    for (const char* base : {"http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/", "http://h:1/v1/messages",
                             "http://h:1/v1/chat/completions"}) {
        EXPECT_EQ(ServerUrls(base).turn(model::Api::anthropicMessages), "http://h:1/v1/messages") << base;
        EXPECT_EQ(ServerUrls(base).turn(model::Api::openaiChat), "http://h:1/v1/chat/completions") << base;
    }
    EXPECT_EQ(ServerUrls("https://h/api/v1").below("/props"), "https://h/api/props");
}

TEST(HttpEndpoint, SendsTheBodyUnchangedAndKeepsTheReplyWhole) {
    ScriptedServer server([](const SeenRequest&) { return httpReply(200, "application/json", messagesReply("e2")); });
    const auto endpoint = endpointAt(server.url(), "secret");
    ASSERT_NE(endpoint, nullptr);
    const auto answer = endpoint->ask(question(), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    ASSERT_EQ(server.seen().size(), 1U);
    EXPECT_EQ(server.seen()[0].line(), "POST /v1/messages HTTP/1.1");
    EXPECT_EQ(server.seen()[0].body, messagesRequest(1));
    EXPECT_NE(server.seen()[0].head.find("x-api-key: secret\r\n"), std::string::npos) << server.seen()[0].head;
    EXPECT_NE(server.seen()[0].head.find("anthropic-version: 2023-06-01\r\n"), std::string::npos);
    EXPECT_EQ(answer->reply.end, turns::ExchangeEnd::whole);
    EXPECT_EQ(answer->reply.httpStatus, 200);
    EXPECT_EQ(answer->reply.body, messagesReply("e2"));
    const auto bytes =
        std::accumulate(answer->reply.arrivals.begin(), answer->reply.arrivals.end(), std::size_t{0},
                        [](std::size_t sum, const model::Arrival& arrival) { return sum + arrival.size; });
    EXPECT_EQ(bytes, answer->reply.body.size());
    ASSERT_TRUE(answer->reply.wire.headers && answer->reply.wire.lastByte);
    EXPECT_LE(*answer->reply.wire.headers, *answer->reply.wire.lastByte);
}

TEST(HttpEndpoint, TakesARefusalAsAnAnswer) {
    ScriptedServer server([](const SeenRequest&) {
        return httpReply(503, "application/json", R"({"error":{"message":"Loading model"}})");
    });
    const auto answer = endpointAt(server.url())->ask(question(), {});
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->reply.httpStatus, 503);
    EXPECT_EQ(answer->reply.end, turns::ExchangeEnd::whole);
}

TEST(HttpEndpoint, KeepsWhatCameBeforeTheBreak) {
    ScriptedServer server([](const SeenRequest&) {
        return std::string(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000\r\n\r\nevent: message_start\n");
    });
    const auto answer = endpointAt(server.url())->ask(question(), {});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->reply.end, turns::ExchangeEnd::upstreamFailed);
    EXPECT_EQ(answer->reply.body, "event: message_start\n");
    EXPECT_FALSE(answer->reply.error.empty());
}

TEST(HttpEndpoint, FailsWhenNobodyAnswers) {
    std::string url;
    {
        ScriptedServer gone([](const SeenRequest&) { return std::string(); });
        url = gone.url();
    }
    const auto answer = endpointAt(url)->ask(question(), {});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, support::ErrorCode::network);
}

TEST(HttpEndpoint, KeepsCookiesOutOfTheRecord) {
    ScriptedServer server([](const SeenRequest&) {
        return std::string(
            "HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\nServer: llama.cpp\r\nContent-Length: 2\r\nConnection: "
            "close\r\n\r\n{}");
    });
    const auto answer = endpointAt(server.url())->ask(question(), {});
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->reply.headers.find("id=1"), std::string::npos) << answer->reply.headers;
    EXPECT_NE(answer->reply.headers.find("Server: llama.cpp\n"), std::string::npos) << answer->reply.headers;
}

}  // namespace
}  // namespace turntable::endpoints
