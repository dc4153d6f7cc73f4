// Turns made of what a real llama-server sent, stamped as it came (fixtures/wire).
#include <gtest/gtest.h>

#include "recorder/turns/turn_builder.h"
#include "tests/recorder/turns/transcript.h"

namespace turntable::turns {
namespace {

using model::TurnStatus;

model::Turn turnOfTranscript(const std::string& name, model::Api api) {
    const auto transcript =
        testing::readTranscript(std::string(TURNTABLE_SOURCE_DIR) + "/fixtures/wire/" + name + ".txt");
    if (!transcript) {
        ADD_FAILURE() << "cannot read transcript " << name;
        return {};
    }
    RequestReceived request;
    request.api = api;
    request.body = transcript->requestBody;
    UnderstoodRequest understood = understandRequest(request, [](std::string_view) -> support::Result<std::string> {
        return support::Error{support::ErrorCode::notFound, "no files here"};
    });
    understandReply(understood, transcript->reply);
    return understood.turn;
}

double inMs(const std::optional<support::Nanoseconds>& duration) { return duration ? support::toMs(*duration) : -1; }

TEST(Transcripts, MessagesStream) {
    const model::Turn turn = turnOfTranscript("sid070-msg-stream-t2", model::Api::anthropicMessages);
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_NEAR(inMs(turn.latency.queue), 5.053, 0.001);
    EXPECT_NEAR(inMs(turn.latency.prefill), 126.874, 0.001);
    EXPECT_EQ(turn.tokens.input, (model::TokenFigure{786, model::Basis::exact}));
    EXPECT_EQ(turn.tokens.cached, (model::TokenFigure{614, model::Basis::exact}));
    EXPECT_EQ(turn.tokens.output.tokens, 64);
    ASSERT_EQ(turn.actions.size(), 1U);
    EXPECT_EQ(turn.actions[0].tool, "click");
    EXPECT_EQ(turn.answeredModel, "rand-50m");
}

TEST(Transcripts, ChatStreamAgreesWithTheServersTimings) {
    const model::Turn turn = turnOfTranscript("sid070-oai-stream-t2", model::Api::openaiChat);
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    ASSERT_TRUE(turn.server.prefill.has_value());
    EXPECT_NEAR(inMs(turn.latency.prefill), inMs(turn.server.prefill), 5);
    EXPECT_NEAR(inMs(turn.latency.decode), inMs(turn.server.decode), 5);
    EXPECT_EQ(turn.latency.source, model::TimeSource::wire);
    EXPECT_EQ(turn.tokens.input.basis, model::Basis::exact);
}

TEST(Transcripts, ChatDocumentTakesTheServersTimings) {
    const model::Turn turn = turnOfTranscript("sid070-oai-nonstream-t2", model::Api::openaiChat);
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.latency.source, model::TimeSource::server);
    EXPECT_TRUE(turn.latency.prefill.has_value());
    EXPECT_EQ(turn.latency.prefill, turn.server.prefill);
}

TEST(Transcripts, MissingMessageStartLeavesTheCountsUnknown) {
    const model::Turn turn = turnOfTranscript("sid070-no-message-start-3", model::Api::anthropicMessages);
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.tokens.input.basis, model::Basis::estimated);
    EXPECT_EQ(turn.tokens.cached.tokens, std::nullopt);
}

TEST(Transcripts, PingsDoNotEndPrefill) {
    const model::Turn turn = turnOfTranscript("sid070-think-ping-t1", model::Api::anthropicMessages);
    EXPECT_EQ(turn.status, TurnStatus::complete) << turn.error;
    EXPECT_GT(inMs(turn.latency.prefill), 11'500);
}

TEST(Transcripts, ServerThatDiesInterruptsTheTurn) {
    const model::Turn turn = turnOfTranscript("sid070-server-dies", model::Api::anthropicMessages);
    EXPECT_EQ(turn.status, TurnStatus::interrupted);
    EXPECT_EQ(turn.error, "the reply ended without its closing event");
}

TEST(Transcripts, RefusalsFailWithTheServersWords) {
    const model::Turn loading = turnOfTranscript("sid070-err-loading", model::Api::anthropicMessages);
    EXPECT_EQ(loading.status, TurnStatus::failed);
    EXPECT_EQ(loading.error, "Loading model");
    const model::Turn overflow = turnOfTranscript("sid070-err-overflow", model::Api::anthropicMessages);
    EXPECT_EQ(overflow.httpStatus, 400);
    EXPECT_NE(overflow.error.find("exceeds the available context size"), std::string::npos) << overflow.error;
}

}  // namespace
}  // namespace turntable::turns
