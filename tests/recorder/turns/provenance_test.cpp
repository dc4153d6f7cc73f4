#include "recorder/turns/provenance.h"

#include <gtest/gtest.h>

#include "recorder/turns/stored_headers.h"
#include "recorder/turns/turn_builder.h"
#include "tests/recorder/turns/exchange_texts.h"

namespace turntable::turns {
namespace {

using namespace turntable::turns::testing;

TEST(Provenance, StandsInTheHeadersAsALine) {
    const std::string headers = "content-type: x\n" + provenanceLine(Provenance::reconstructed, "from a log: no tools");
    EXPECT_EQ(headers, "content-type: x\nturntable-provenance: reconstructed; from a log: no tools\n");
    EXPECT_EQ(provenanceOf(headers), Provenance::reconstructed);
    EXPECT_EQ(provenanceText(headers), "reconstructed; from a log: no tools");
    EXPECT_EQ(provenanceOf(provenanceLine(Provenance::asLogged, "x")), Provenance::asLogged);
    EXPECT_EQ(provenanceOf(provenanceLine(Provenance::translated, "x")), Provenance::translated);
    EXPECT_EQ(provenanceLine(Provenance::wire, "x"), "");
    EXPECT_EQ(provenanceOf("content-type: x\n"), Provenance::wire);
}

TEST(StoredHeaderLine, KeepsNoSecretsAndNothingOfOurs) {
    EXPECT_EQ(storedHeaderLine("Accept", "a"), "Accept: a\n");
    for (const auto* name :
         {"Authorization", "Set-Cookie", "X-Api-Key", "x-auth-token", "Turntable-Provenance", "a b", ""}) {
        EXPECT_EQ(storedHeaderLine(name, "x"), "") << name;
    }
    EXPECT_EQ(storedHeaderLine("a", "1\r\nb: 2"), "a: 1  b: 2\n");
}

/// A request of which a log has the messages only, and its reply without status and times.
UnderstoodRequest reconstructed(const std::string& usage) {
    RequestReceived request = requestOf(R"({"model":"m","messages":[)" + kUserMessage + "]}");
    request.headers = provenanceLine(Provenance::reconstructed, "x");
    UnderstoodRequest understood = understandRequest(request, {});
    ReplyReceived reply;
    reply.headers = provenanceLine(Provenance::reconstructed, "x");
    reply.body =
        R"({"id":"1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hi"}],"usage":)" +
        usage + "}";
    understandReply(understood, reply);
    return understood;
}

TEST(TurnBuilder, TakesAReconstructedReplyWithoutStatusForAWholeOne) {
    const model::Turn turn = reconstructed("{}").turn;
    EXPECT_EQ(turn.status, model::TurnStatus::complete) << turn.error;
    EXPECT_EQ(turn.text, "hi");
    EXPECT_FALSE(turn.httpStatus);
}

TEST(TurnBuilder, InventsNoSectionsOfAReconstructedPrompt) {
    const auto counted =
        reconstructed(R"({"input_tokens":900,"cache_read_input_tokens":100,"output_tokens":5})").turn.tokens;
    EXPECT_EQ(counted.input, (model::TokenFigure{1000, model::Basis::exact}));
    EXPECT_FALSE(counted.of(model::Section::system).tokens);
    EXPECT_FALSE(counted.of(model::Section::tools).tokens);
    const auto user = counted.of(model::Section::user).tokens.value();
    EXPECT_LT(user, 20);
    EXPECT_EQ(counted.of(model::Section::other), (model::TokenFigure{1000 - user, model::Basis::estimated}));
    const auto uncounted = reconstructed("{}").turn.tokens;
    EXPECT_FALSE(uncounted.input.tokens);
    EXPECT_FALSE(uncounted.of(model::Section::other).tokens);
    EXPECT_EQ(uncounted.of(model::Section::user).tokens, user);
    const auto tiny = reconstructed(R"({"input_tokens":1})").turn.tokens;
    EXPECT_EQ(tiny.of(model::Section::user).tokens, 1);
    EXPECT_EQ(tiny.of(model::Section::other).tokens, 0);
}

TEST(TurnBuilder, KnowsNoMomentsOfAStreamWithoutArrivals) {
    UnderstoodRequest understood = understandRequest(requestOf(messagesBody(kUserMessage)), {});
    ReplyReceived reply;
    reply.httpStatus = 200;
    reply.headers = "content-type: text/event-stream\n";
    reply.body = messageStart() + callStart("c", "click") + callDelta("{}") + messageEnd("tool_use");
    reply.wire.headers = ms(100);
    reply.wire.lastByte = ms(900);
    understandReply(understood, reply);
    const model::Latency& latency = understood.turn.latency;
    EXPECT_EQ(latency.total, ms(900));
    EXPECT_FALSE(latency.queue || latency.prefill || latency.decode);
    EXPECT_FALSE(understood.turn.wire.firstContent || understood.turn.wire.firstByte);
    EXPECT_EQ(understood.turn.status, model::TurnStatus::complete);
}

}  // namespace
}  // namespace turntable::turns
