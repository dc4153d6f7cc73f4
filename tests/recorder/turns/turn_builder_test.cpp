#include "recorder/turns/turn_builder.h"
#include "recorder/turns/latency_rules.h"

#include <gtest/gtest.h>

#include "tests/recorder/turns/exchange_texts.h"

namespace turntable::turns {
namespace {

using namespace turntable::turns::testing;
using model::TurnStatus;

support::Result<std::string> noFiles(std::string_view) {
    return support::Error{support::ErrorCode::notFound, "no files here"};
}

UnderstoodRequest understood(const std::string& body, const ReplyReceived& reply,
                             model::Api api = model::Api::anthropicMessages) {
    RequestReceived request = requestOf(body);
    request.api = api;
    UnderstoodRequest result = understandRequest(request, noFiles);
    understandReply(result, reply);
    return result;
}

model::Turn turnOf(const ReplyReceived& reply) { return understood(messagesBody(kUserMessage), reply).turn; }

ReplyReceived clickReply(const std::string& arguments, const std::string& stopReason = "tool_use",
                         const std::string& tool = "click") {
    return replyOf(
        {{100, messageStart() + callStart("c1", tool)}, {200, callDelta(arguments)}, {300, messageEnd(stopReason)}},
        kLlamaStream);
}

TEST(UnderstandRequest, TellsWhatIsKnownBeforeTheReply) {
    const std::string body = messagesBody(kUserMessage);
    const UnderstoodRequest result = understandRequest(requestOf(body), noFiles);
    EXPECT_EQ(result.turn.requestedModel, "claude-x");
    EXPECT_TRUE(result.turn.streaming);
    EXPECT_EQ(result.turn.status, TurnStatus::open);
    EXPECT_EQ(result.turn.requestBytes, static_cast<std::int64_t>(body.size()));
    EXPECT_EQ(result.turn.error, "");
    EXPECT_EQ(result.turn.tokens.input.basis, model::Basis::estimated);
    EXPECT_GT(result.turn.tokens.input.tokens.value_or(0), 0);
}

TEST(UnderstandRequest, SharesTheOuterRangesInOrder) {
    const std::string body = messagesBody(kUserMessage + "," + step("c1", "clicked"));
    const UnderstoodRequest result = understandRequest(requestOf(body), noFiles);
    ASSERT_GE(result.shared.size(), 5U);
    std::size_t end = 0;
    for (const support::ByteRange& range : result.shared) {
        EXPECT_GE(range.offset, end);
        EXPECT_FALSE(support::slice(body, range).empty());
        end = range.end();
    }
}

TEST(UnderstandRequest, MakesATurnOfABodyThatIsNotJson) {
    UnderstoodRequest result = understandRequest(requestOf("{broken"), noFiles);
    EXPECT_TRUE(result.parsed.parts.empty());
    EXPECT_TRUE(result.shared.empty());
    EXPECT_NE(result.turn.error.find("the request could not be read: "), std::string::npos) << result.turn.error;

    ReplyReceived reply =
        replyOf({{3, R"({"error":{"code":400,"message":"parse error","type":"invalid_request_error"}})"}}, kLlamaJson);
    reply.httpStatus = 400;
    understandReply(result, reply);
    EXPECT_EQ(result.turn.status, TurnStatus::failed);
    EXPECT_EQ(result.turn.error, "parse error");
}

TEST(UnderstandReply, CompletesAWholeReply) {
    const model::Turn turn = turnOf(clickReply(R"({\"target\":\"e2\"})"));
    EXPECT_EQ(turn.status, TurnStatus::complete);
    EXPECT_EQ(turn.error, "");
    EXPECT_EQ(turn.answeredModel, "rand");
    EXPECT_EQ(turn.stopReason, "tool_use");
    EXPECT_EQ(turn.tokens.input, (model::TokenFigure{100, model::Basis::exact}));
    EXPECT_EQ(turn.tokens.cached, (model::TokenFigure{70, model::Basis::exact}));
    EXPECT_EQ(turn.tokens.output, (model::TokenFigure{20, model::Basis::exact}));
}

TEST(UnderstandReply, InterruptsAReplyWithoutItsClosingEvent) {
    const model::Turn turn = turnOf(replyOf({{100, messageStart() + textBlock("half")}}, kLlamaStream));
    EXPECT_EQ(turn.status, TurnStatus::interrupted);
    EXPECT_EQ(turn.error, "the reply ended without its closing event");
    EXPECT_EQ(turn.text, "half");
}

TEST(UnderstandReply, FailsWithTheServersOwnWords) {
    ReplyReceived reply =
        replyOf({{3, R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})"}}, kLlamaJson);
    reply.httpStatus = 503;
    const model::Turn turn = turnOf(reply);
    EXPECT_EQ(turn.status, TurnStatus::failed);
    EXPECT_EQ(turn.error, "Loading model");
    EXPECT_EQ(turn.httpStatus, 503);
    EXPECT_EQ(turn.latency.total, ms(3));
    EXPECT_EQ(turn.latency.prefill, std::nullopt);
}

TEST(UnderstandReply, FailsOnAnErrorInsideOfTheStream) {
    const std::string error =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"out of memory\"}}\n\n";
    const model::Turn turn = turnOf(replyOf({{100, messageStart() + error}}, kLlamaStream));
    EXPECT_EQ(turn.status, TurnStatus::failed);
    EXPECT_NE(turn.error.find("out of memory"), std::string::npos) << turn.error;
}

TEST(UnderstandReply, CancelsWhenTheAgentHungUp) {
    ReplyReceived reply = replyOf({{100, messageStart()}}, kLlamaStream);
    reply.end = ExchangeEnd::clientGone;
    const model::Turn turn = turnOf(reply);
    EXPECT_EQ(turn.status, TurnStatus::cancelled);
    EXPECT_EQ(turn.latency.total, std::nullopt);
    EXPECT_EQ(turn.latency.prefill, ms(95));
    EXPECT_EQ(turn.latency.decode, std::nullopt);
}

TEST(UnderstandReply, TellsAFailedWayFromABrokenReply) {
    ReplyReceived refused;
    refused.end = ExchangeEnd::upstreamFailed;
    refused.error = "127.0.0.1:9 refused the connection";
    refused.sentToAgent = R"({"type":"error","error":{"type":"api_error","message":"refused"}})";
    const model::Turn failed = turnOf(refused);
    EXPECT_EQ(failed.status, TurnStatus::failed);
    EXPECT_EQ(failed.error, "127.0.0.1:9 refused the connection");
    EXPECT_EQ(failed.responseBytes, static_cast<std::int64_t>(refused.sentToAgent.size()));

    ReplyReceived broken = replyOf({{100, messageStart()}}, kLlamaStream);
    broken.end = ExchangeEnd::upstreamFailed;
    EXPECT_EQ(turnOf(broken).status, TurnStatus::interrupted);
    EXPECT_EQ(turnOf(broken).error, "the server broke off in the middle of the reply");
    broken.end = ExchangeEnd::recorderStopped;
    EXPECT_EQ(turnOf(broken).status, TurnStatus::interrupted);
}

TEST(UnderstandReply, GivesOurOwnErrorAnswerAsTheBytesGiven) {
    ReplyReceived refused;
    refused.end = ExchangeEnd::upstreamFailed;
    refused.sentToAgent = "{}";
    const ReplyBytes given = bytesGiven(refused);
    EXPECT_EQ(given.body, "{}");
    ASSERT_EQ(given.arrivals.size(), 1U);
    EXPECT_EQ(given.arrivals[0].size, 2U);
}

TEST(Latency, TakesQueueFromTheHeadersOfLlamaCpp) {
    const model::Latency latency = turnOf(clickReply(R"({\"target\":\"e2\"})")).latency;
    EXPECT_EQ(latency.queue, ms(5));
    EXPECT_EQ(latency.prefill, ms(95));
    EXPECT_EQ(latency.decode, ms(200));
    EXPECT_EQ(latency.total, ms(300));
    EXPECT_EQ(latency.source, model::TimeSource::wire);
}

TEST(Latency, ToleratesAMissingMessageStart) {
    const model::Latency latency =
        turnOf(replyOf({{80, textBlock("a")}, {120, messageEnd("end_turn")}}, kLlamaStream)).latency;
    EXPECT_EQ(latency.queue, ms(5));
    EXPECT_EQ(latency.prefill, ms(75));
    EXPECT_EQ(latency.decode, ms(40));
}

TEST(Latency, LeavesQueueUnknownWhereHeadersComeWithTheFirstToken) {
    const model::Latency latency =
        turnOf(replyOf({{100, messageStart() + textBlock("a")}, {150, messageEnd("end_turn")}}, kLlamaStream, 100))
            .latency;
    EXPECT_EQ(latency.queue, std::nullopt);
    EXPECT_EQ(latency.prefill, ms(100));
    EXPECT_EQ(latency.decode, ms(50));
}

TEST(Latency, IgnoresTheMessageStartOfOtherServers) {
    const model::Latency latency =
        turnOf(replyOf({{1, messageStart()}, {900, textBlock("a")}, {1000, messageEnd("end_turn")}}, kOtherStream))
            .latency;
    EXPECT_EQ(latency.queue, std::nullopt);
    EXPECT_EQ(latency.prefill, ms(900));
    EXPECT_EQ(latency.decode, ms(100));
}

TEST(Latency, IsUnknownForACallThatCameInOnePiece) {
    const std::string whole = messageStart() + callStart("c1", "click") + callDelta(R"({\"target\":\"e2\"})");
    const model::Latency latency =
        turnOf(replyOf({{5000, whole}, {5001, messageEnd("tool_use")}}, kOtherStream)).latency;
    EXPECT_EQ(latency.prefill, std::nullopt);
    EXPECT_EQ(latency.decode, std::nullopt);
    EXPECT_EQ(latency.total, ms(5001));
}

const std::string kChatBody = R"({"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"hi"}]})";
const std::string kTimings =
    R"("timings":{"cache_n":60,"prompt_n":4,"prompt_ms":40.5,"predicted_n":3,"predicted_ms":20.25})";

TEST(Latency, CountsTheRoleFrameOfLlamaCppAsTheFirstToken) {
    const std::string role =
        R"(data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null}}],"model":"rand"})";
    const std::string text = R"(data: {"choices":[{"index":0,"delta":{"content":"yes"}}],"model":"rand"})";
    const std::string last =
        R"(data: {"choices":[{"index":0,"finish_reason":"stop","delta":{}}],"model":"rand",)" + kTimings + "}";
    const UnderstoodRequest result = understood(
        kChatBody,
        replyOf({{50, role + "\n\n"}, {58, text + "\n\n"}, {70, last + "\n\ndata: [DONE]\n\n"}}, kLlamaStream),
        model::Api::openaiChat);
    const model::Turn& turn = result.turn;
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.latency.prefill, ms(45));
    EXPECT_EQ(turn.latency.decode, ms(20));
    EXPECT_EQ(turn.latency.source, model::TimeSource::wire);
    EXPECT_EQ(turn.server.prefill, ms(40.5));
    EXPECT_EQ(turn.wire.firstContent, ms(58));
    EXPECT_EQ(turn.tokens.input, (model::TokenFigure{64, model::Basis::exact}));
    EXPECT_EQ(turn.tokens.cached.tokens, 60);
    EXPECT_EQ(turn.tokens.output.tokens, 3);
}

TEST(Latency, TakesTheServersTimingsForAReplyInOneDocument) {
    const std::string body =
        R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"yes"}}],)"
        R"("model":"rand","object":"chat.completion",)" +
        kTimings + "}";
    const model::Turn turn = understood(R"({"messages":[{"role":"user","content":"hi"}]})",
                                        replyOf({{90, body}}, kLlamaJson, 89), model::Api::openaiChat)
                                 .turn;
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.latency.prefill, ms(40.5));
    EXPECT_EQ(turn.latency.decode, ms(20.25));
    EXPECT_EQ(turn.latency.queue, std::nullopt);
    EXPECT_EQ(turn.latency.source, model::TimeSource::server);
    EXPECT_EQ(turn.latency.total, ms(90));
}

TEST(Latency, IsUnknownForAReplyInOneDocumentWithoutTimings) {
    const std::string body =
        R"({"id":"m","type":"message","role":"assistant","model":"rand","stop_reason":"end_turn",)"
        R"("content":[{"type":"text","text":"yes"}],"usage":{"input_tokens":9,"output_tokens":1}})";
    const model::Turn turn = turnOf(replyOf({{90, body}}, kLlamaJson, 89));
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.text, "yes");
    EXPECT_EQ(turn.latency, (model::Latency{.total = ms(90)}));
}

TEST(Actions, AreValidWhenWholeAndDeclared) {
    const model::Turn turn = turnOf(clickReply(R"({\"target\":\"e2\"})"));
    ASSERT_EQ(turn.actions.size(), 1U);
    EXPECT_EQ(turn.actions[0].tool, "click");
    EXPECT_EQ(turn.actions[0].callId, "c1");
    EXPECT_EQ(turn.actions[0].arguments, R"({"target":"e2"})");
    EXPECT_TRUE(turn.actions[0].valid) << turn.actions[0].invalidReason;
}

TEST(Actions, SayWhyTheyAreInvalid) {
    const auto reason = [](const ReplyReceived& reply) {
        const model::Turn turn = turnOf(reply);
        return turn.actions.size() == 1 && !turn.actions[0].valid ? turn.actions[0].invalidReason
                                                                  : "not one invalid action";
    };
    EXPECT_EQ(reason(clickReply("{}", "tool_use", "fly")), "the request declares no tool \"fly\"");
    EXPECT_EQ(reason(clickReply(R"({\"target\":)", "max_tokens")), "cut by the token limit");
    EXPECT_EQ(reason(clickReply("{}", "max_tokens")), "cut by the token limit");
    EXPECT_EQ(reason(clickReply(R"({\"target\":)")), "the arguments are not valid JSON");
    EXPECT_EQ(reason(clickReply("[1]")), "the arguments are JSON but no object");
    const ReplyReceived torn =
        replyOf({{9, messageStart() + callStart("c1", "click") + callDelta(R"({\"ta)")}}, kLlamaStream);
    EXPECT_EQ(reason(torn), "the reply ended in the middle of the arguments");
}

TEST(Actions, NeedNoArguments) {
    const model::Turn turn =
        turnOf(replyOf({{9, messageStart() + callStart("c1", "done") + messageEnd("tool_use")}}, kLlamaStream));
    ASSERT_EQ(turn.actions.size(), 1U);
    EXPECT_TRUE(turn.actions[0].valid) << turn.actions[0].invalidReason;
}

TEST(Actions, FindTheirTargetOnTheScreenBeforeTheTurn) {
    const UnderstoodRequest result =
        understood(messagesBody(kUserMessage + "," + step("c0", kSnapshot)), clickReply(R"({\"target\":\"e2\"})"));
    ASSERT_TRUE(result.screen.has_value());
    ASSERT_NE(result.shownScreen(), nullptr);
    EXPECT_EQ(result.turn.screen->elements, 2);
    ASSERT_EQ(result.turn.actions.size(), 1U);
    EXPECT_EQ(result.turn.actions[0].target, 1);
    EXPECT_EQ(result.turn.actions[0].targetRole, "button");
    EXPECT_EQ(result.turn.actions[0].targetText, "Save");
    EXPECT_GT(result.turn.tokens.of(model::Section::screen).tokens.value_or(0), 0);
}

TEST(UnderstandReply, CutsTheTextBetweenCharacters) {
    std::string text(399, 'x');
    const model::Turn turn =
        turnOf(replyOf({{9, messageStart() + textBlock(text + "é!") + messageEnd("end_turn")}}, kLlamaStream));
    EXPECT_EQ(turn.text, text);
}

TEST(UnderstandReply, CallsASimulatedServerSimulated) {
    const std::string whole = messageStart("simulated:m2-base") + textBlock("a") + messageEnd("end_turn");
    const UnderstoodRequest byModel = understood(messagesBody(kUserMessage), replyOf({{9, whole}}, kOtherStream));
    EXPECT_TRUE(byModel.simulated);
    EXPECT_EQ(byModel.turn.latency.source, model::TimeSource::simulated);
    EXPECT_EQ(byModel.turn.tokens.input.basis, model::Basis::simulated);

    const std::string real = messageStart() + textBlock("a") + messageEnd("end_turn");
    const std::string headers = "Server: simulated/1\n" + kOtherStream;
    EXPECT_TRUE(understood(messagesBody(kUserMessage), replyOf({{9, real}}, headers)).simulated);
    EXPECT_FALSE(understood(messagesBody(kUserMessage), replyOf({{9, real}}, kLlamaStream)).simulated);
}

TEST(MeasureLatency, BelievesTheServerOfAReplyThatCameAtOnce) {
    wire::ParsedReply reply;
    reply.messageStart = reply.firstContent = reply.lastContent = ms(130);
    reply.server.prefill = ms(90);
    reply.server.decode = ms(28);
    model::WireStamps wire;
    wire.headers = ms(5);
    wire.lastByte = ms(131);
    const auto once = measureLatency(reply, wire, "llama.cpp", true, ExchangeEnd::whole);
    EXPECT_EQ(once.decode, ms(28));
    EXPECT_EQ(once.prefill, ms(90));
    EXPECT_EQ(once.source, model::TimeSource::server);
    wire.lastByte = ms(155);
    const auto spread = measureLatency(reply, wire, "llama.cpp", true, ExchangeEnd::whole);
    EXPECT_EQ(spread.decode, ms(25));
    EXPECT_EQ(spread.source, model::TimeSource::wire);
}

std::string deltaOf(int block, const std::string& type, const std::string& field, const std::string& text) {
    return event("content_block_delta", "\"index\":" + std::to_string(block) + ",\"delta\":{\"type\":\"" + type +
                                            "\",\"" + field + "\":\"" + text + "\"}");
}
std::string thinkingDelta(int block, const std::string& text) {
    return deltaOf(block, "thinking_delta", "thinking", text);
}
std::string textDelta(int block, const std::string& text) { return deltaOf(block, "text_delta", "text", text); }
std::string blockStart(int block, const std::string& type) {
    return event("content_block_start",
                 "\"index\":" + std::to_string(block) + ",\"content_block\":{\"type\":\"" + type + "\"}");
}

TEST(DecodeShares, CountsEachPieceFromTheOneBefore) {
    const ReplyReceived reply = replyOf(
        {{100, messageStart() + blockStart(0, "thinking") + thinkingDelta(0, "so")},
         {150, thinkingDelta(0, "…")},
         {160, blockStart(1, "text") + textDelta(1, "a")},
         {200, textDelta(1, "b") + thinkingDelta(0, " overlapping")},
         {290,
          event("content_block_start", R"("index":2,"content_block":{"type":"tool_use","id":"c1","name":"click"})")},
         {300, messageEnd("tool_use")}},
        kLlamaStream);
    const DecodeShares shares = decodeShares(
        parseReplyBytes(model::Api::anthropicMessages, reply.httpStatus, reply.headers, reply.body, reply.arrivals));
    EXPECT_EQ(shares.thinking, support::fromMs(50));
    EXPECT_EQ(shares.text, support::fromMs(50));
    EXPECT_EQ(shares.calls, support::fromMs(90));
    EXPECT_FALSE(shares.other.has_value());
}

TEST(DecodeShares, AreUnknownOfAReplyWithoutMoments) {
    const ReplyReceived reply = clickReply("{}");
    const DecodeShares shares =
        decodeShares(parseReplyBytes(model::Api::anthropicMessages, 200, reply.headers, reply.body, {}));
    EXPECT_FALSE(shares.calls.has_value());
}

}  // namespace
}  // namespace turntable::turns
