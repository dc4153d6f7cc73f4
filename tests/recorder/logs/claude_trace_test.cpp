#include "recorder/logs/claude_trace.h"

#include <gtest/gtest.h>

#include "recorder/turns/provenance.h"

namespace turntable::logs {
namespace {

std::string request(const std::string& body, const std::string& url = "https://api.anthropic.com/v1/messages") {
    return R"({"request":{"timestamp":1790000000.5,"method":"POST","url":")" + url +
           R"(","headers":{"x-api-key":"k"},"body":)" + body + "}";
}

std::optional<LoggedExchange> read(const std::string& line) {
    wire::JsonReader reader;
    auto read = readClaudeTraceLine(line, reader);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *std::move(read) : std::nullopt;
}

TEST(ClaudeTrace, KeepsTheBodyAsItStandsInTheLine) {
    const std::string body = R"({"messages" : [ ],"max_tokens":6.40e1,"max_tokens":1,"a":"\u00e9\/"})";
    const auto exchange = read(request(body) + R"(,"response":null})");
    ASSERT_TRUE(exchange);
    EXPECT_EQ(exchange->request.body, body);
    EXPECT_EQ(exchange->request.target, "/v1/messages");
    EXPECT_EQ(exchange->endpoint, "https://api.anthropic.com");
    EXPECT_EQ(turns::provenanceOf(exchange->request.headers), turns::Provenance::asLogged);
    EXPECT_EQ(exchange->request.headers.find("x-api-key"), std::string::npos);
    EXPECT_FALSE(exchange->reply);
}

TEST(ClaudeTrace, UnescapesAStreamAndTakesADocumentAsItStands) {
    const auto stream =
        read(request("{}") + R"(,"response":{"timestamp":1790000000.75,"status_code":200,"headers":{},)"
                             R"("body_raw":"event: x\ndata: \"\u00e9\"\n\n"},"logged_at":"2026-09-21T14:13:22.000Z"})");
    EXPECT_EQ(stream->reply->body, "event: x\ndata: \"\u00e9\"\n\n");
    EXPECT_EQ(stream->reply->httpStatus, 200);
    EXPECT_EQ(stream->reply->wire.headers, std::chrono::milliseconds(250));
    EXPECT_EQ(stream->reply->wire.lastByte, std::chrono::milliseconds(1500));
    EXPECT_TRUE(stream->reply->arrivals.empty());
    const auto document = read(request("{}") + R"(,"response":{"body":{ "a": 1.0 }}})");
    EXPECT_EQ(document->reply->body, "{ \"a\": 1.0 }");
    EXPECT_FALSE(document->reply->httpStatus);
    EXPECT_FALSE(document->reply->wire.lastByte);
}

TEST(ClaudeTrace, MakesNoTimeOfOneThatCannotBe) {
    const auto backwards =
        read(request("{}") + R"(,"response":{"timestamp":1,"status_code":200},"logged_at":"2020-01-01T00:00:00Z"})");
    EXPECT_FALSE(backwards->reply->wire.headers);
    EXPECT_FALSE(backwards->reply->wire.lastByte);
    const auto none =
        read(R"({"request":{"timestamp":"soon","url":"https://x/v1/messages","body":"text"},"response":7})");
    EXPECT_FALSE(none->startKnown);
    EXPECT_EQ(none->request.body, "text");
    EXPECT_FALSE(none->reply);
}

TEST(ClaudeTrace, PassesOverOtherCalls) {
    EXPECT_FALSE(read(request("{}", "https://api.anthropic.com/v1/messages/count_tokens") + "}"));
    EXPECT_FALSE(read(request("{}", "https://bedrock-runtime.eu.amazonaws.com/model/x/invoke") + "}"));
}

TEST(ClaudeTrace, SaysWhatALineIsMissing) {
    wire::JsonReader reader;
    for (const auto* line : {"{}", "[]", R"({"request":7})", R"({"request":{"url":null}})"}) {
        const auto read = readClaudeTraceLine(line, reader);
        ASSERT_FALSE(read) << line;
        EXPECT_NE(read.error().message.find("\"url\""), std::string::npos) << line;
    }
    EXPECT_FALSE(readClaudeTraceLine("{\"request\":{", reader));
}

}  // namespace
}  // namespace turntable::logs
