#include "recorder/wire/response.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "recorder/wire/request.h"
#include "tests/recorder/wire/transcript.h"

namespace turntable::wire {
namespace {

using model::Api;
using test::describe;
using test::parseTranscript;
using test::readTranscript;

ParsedReply replyTo(const std::string& fixture) {
    const test::Transcript transcript = readTranscript(fixture);
    return parseTranscript(*recognizeTurn("POST", transcript.target), transcript);
}

double ms(std::optional<support::Nanoseconds> moment) { return moment ? support::toMs(*moment) : -1; }

std::string read(Api api, int status, std::string_view type, std::string_view body) {
    return describe(parseStoredReply(api, status, type, "", body, {}));
}

class EveryTranscript : public testing::TestWithParam<const char*> {};

// The bytes of a stream may come in any pieces; the reply is the same, and so is a document's.
TEST_P(EveryTranscript, ReadsTheSameSplitAtEveryByte) {
    const test::Transcript transcript = readTranscript(GetParam());
    const Api api = *recognizeTurn("POST", transcript.target);
    const std::string expected = describe(parseTranscript(api, transcript));
    const std::string_view body = transcript.body;
    // In two pieces at up to 150 places, then byte by byte: every place is a border once.
    const std::size_t step = std::max<std::size_t>(1, body.size() / 150);
    for (std::size_t cut = 0; cut <= body.size(); cut += step) {
        const auto parser = makeReplyParser(api, transcript.status, transcript.contentType, "");
        parser->feed(body.substr(0, cut), {});
        parser->feed(body.substr(cut), {});
        parser->finish();
        ASSERT_EQ(describe(parser->reply()), expected) << "cut at " << cut;
    }
    const auto parser = makeReplyParser(api, transcript.status, transcript.contentType, "");
    for (const char& byte : body) parser->feed({&byte, 1}, {});
    parser->finish();
    EXPECT_EQ(describe(parser->reply()), expected);
}

INSTANTIATE_TEST_SUITE_P(Wire, EveryTranscript,
                         testing::Values("sid070-msg-stream-t2", "sid070-msg-stream-t3-any", "src011-msg-stream-t3-any",
                                         "sid070-msg-nonstream-t1", "sid070-no-message-start-12",
                                         "sid070-oai-stream-t1", "sid070-oai-stream-t2", "sid070-oai-stream-progress",
                                         "sid070-oai-nonstream-t2", "sid070-think-ping-t1", "sid070-think-stream",
                                         "sid070-server-dies", "sid070-cancel", "sid070-err-overflow"));

TEST(StoredReply, JoinsOverlappingBlocksThatAreClosedAtTheEnd) {
    const ParsedReply reply = replyTo("sid070-msg-stream-t3-any");
    EXPECT_EQ(describe(reply),
              "id chatcmpl-sGQ45ms7rIomjEWOXdLsy70mjUMoEoCH\n"
              "model rand-50m\n"
              "stop max_tokens\n"
              "text closed [return. t v....]   \n"
              "call closed [] read_tree 0ZedcM6i00vDxUqm7JOA8zluebvPJLra {\"window\":0}\n"
              "usage input 172 read 786 creation - output 64 prompt 958\n"
              "ended\n");
    EXPECT_DOUBLE_EQ(ms(reply.messageStart), 198.77);
    EXPECT_DOUBLE_EQ(ms(reply.firstContent), 198.77);
    EXPECT_NEAR(ms(reply.lastContent), 940.181, 0.001);
}

TEST(StoredReply, DoesNotTakeAnotherDocumentForAReply) {
    const std::string document = R"({"url":"/v1/messages"})";
    for (const auto api : {model::Api::anthropicMessages, model::Api::openaiChat}) {
        const auto reply = parseStoredReply(api, 200, "application/json", "", document, {{{}, document.size()}});
        EXPECT_FALSE(reply.ended);
        EXPECT_FALSE(reply.oddities.empty());
    }
}

TEST(StoredReply, KeepsACallThatTheTokenLimitCut) {
    const ParsedReply reply = replyTo("sid070-msg-stream-t2");
    ASSERT_EQ(reply.blocks.size(), 2U);
    EXPECT_EQ(reply.blocks[1].tool, "click");
    EXPECT_EQ(reply.blocks[1].arguments, R"({"window":0,"x":3573971457574907,"y":)");
    EXPECT_EQ(reply.stopReason, "max_tokens");
}

TEST(StoredReply, DoesNotNeedAMessageStart) {
    EXPECT_EQ(describe(replyTo("sid070-no-message-start-12")),
              "id \nmodel \nstop max_tokens\n"
              "usage input - read - creation - output 12 prompt -\n"
              "ended\n"
              "odd: the stream has no message_start\n");
}

TEST(StoredReply, PassesOverCommentsThatKeepAlive) {
    const ParsedReply reply = replyTo("sid070-think-ping-t1");
    EXPECT_TRUE(reply.ended);
    EXPECT_TRUE(reply.oddities.empty());
    EXPECT_GT(ms(reply.messageStart), 13000);
    EXPECT_EQ(reply.firstContent, reply.messageStart);
}

TEST(StoredReply, ReadsThinking) {
    const ParsedReply stream = replyTo("sid070-think-stream");
    ASSERT_GE(stream.blocks.size(), 2U);
    EXPECT_EQ(stream.blocks[0].kind, BlockKind::thinking);
    EXPECT_TRUE(stream.blocks[0].text.starts_with("\n p")) << stream.blocks[0].text;
    EXPECT_TRUE(stream.oddities.empty());
    const ParsedReply document = replyTo("sid070-think-nonstream");
    EXPECT_EQ(document.blocks[0].text, "\n p.");
    EXPECT_EQ(document.blocks[1].arguments, R"({"window":975,"x":3700750705757970,"y":9})");
    EXPECT_EQ(document.usage.promptTotal, 516);
}

TEST(StoredReply, ReadsADocumentWithoutTellingMoments) {
    const ParsedReply reply = replyTo("sid070-msg-nonstream-t1");
    EXPECT_EQ(describe(reply),
              "id chatcmpl-yF6B5QKPPOftOjniuLDwzLCQVO6yraCN\n"
              "model rand-50m\n"
              "stop max_tokens\n"
              "text closed [p. a......]   \n"
              "call closed [] read_tree QeUvmwnIPeLBuCEpbGLH4O04zQrC7wPS {\"window\":2}\n"
              "usage input 614 read 0 creation - output 64 prompt 614\n"
              "ended\n");
    EXPECT_FALSE(reply.firstContent.has_value());
}

TEST(StoredReply, ReadsAChatStreamWithUsageAndTimingsAtItsEnd) {
    const ParsedReply reply = replyTo("sid070-oai-stream-t2");
    EXPECT_EQ(describe(reply),
              "id chatcmpl-1xUwmblcKtzwP1NeXGGRs3SBanlFZOX8\n"
              "model rand-50m\n"
              "stop length\n"
              "text closed [\" all.......\" s t s]   \n"
              "call closed [] read_tree EKRcw0zG6RLk2HrRBY9XI1bczf5UWW7C {\"window\":9}\n"
              "usage input 786 read 614 creation - output 64 prompt 786\n"
              "ended\n");
    EXPECT_EQ(reply.server.promptTokens, 172);
    EXPECT_EQ(reply.server.cachedTokens, 614);
    EXPECT_EQ(reply.server.predictedTokens, 64);
    EXPECT_DOUBLE_EQ(ms(reply.server.prefill), 111.108);
    EXPECT_DOUBLE_EQ(ms(reply.server.decode), 312.458);
    EXPECT_DOUBLE_EQ(ms(reply.messageStart), 115.488);
}

TEST(StoredReply, TakesNoMomentFromProgressOfThePrompt) {
    const ParsedReply reply = replyTo("sid070-oai-stream-progress");
    EXPECT_NEAR(ms(reply.messageStart), 419.519, 0.001);  // role frames with progress came at 4.9 and 419.3 ms
    EXPECT_NEAR(ms(reply.firstContent), 419.519, 0.001);
    // No usage was asked for: the server's timings count the same tokens.
    EXPECT_EQ(reply.usage.input, std::nullopt);
    EXPECT_EQ(reply.usage.promptTotal, 958);
    EXPECT_EQ(reply.usage.cachedRead, 0);
    EXPECT_EQ(reply.usage.output, 2);
}

TEST(StoredReply, ReadsAChatDocument) {
    const ParsedReply reply = replyTo("sid070-oai-nonstream-t2");
    EXPECT_EQ(reply.blocks.at(0).text, "\"");
    EXPECT_EQ(reply.usage.promptTotal, 786);
    EXPECT_EQ(reply.usage.cachedRead, 785);
    EXPECT_DOUBLE_EQ(ms(reply.server.prefill), 2.947);
}

TEST(StoredReply, SaysThatAStreamBrokeOff) {
    const ParsedReply reply = replyTo("sid070-server-dies");
    EXPECT_FALSE(reply.ended);
    EXPECT_EQ(reply.usage.promptTotal, 3433);
    EXPECT_EQ(reply.usage.output, std::nullopt);  // message_start's 0 is no count of what was generated
    EXPECT_FALSE(reply.blocks.at(0).closed);
    EXPECT_EQ(reply.oddities, std::vector<std::string>{"the stream ended without message_stop"});
}

TEST(StoredReply, GivesTheServersOwnWordsForAnError) {
    EXPECT_EQ(replyTo("sid070-err-overflow").error,
              "request (16414 tokens) exceeds the available context size (16384 tokens), try increasing it");
    EXPECT_EQ(replyTo("sid070-err-loading").error, "Loading model");
    EXPECT_EQ(replyTo("sid070-err-image").error,
              "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj");
}

TEST(StoredReply, UnderstandsErrorsOfAnyShape) {
    const auto words = [](std::string_view body) {
        return parseStoredReply(Api::anthropicMessages, 500, "application/json", "", body, {}).error;
    };
    EXPECT_EQ(words(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"), "Overloaded");
    EXPECT_EQ(words(R"({"error":"model not found"})"), "model not found");
    EXPECT_EQ(words(R"({"object":"error","message":"too long"})"), "too long");
    EXPECT_EQ(words(R"({"detail":"Not Found"})"), "Not Found");
    EXPECT_EQ(words(R"({"errors":[{"message":"first"}]})"), "first");
    EXPECT_EQ(words(R"({"code":7})"), R"({"code":7})");
    EXPECT_EQ(words("upstream connect error\n"), "upstream connect error");
    EXPECT_EQ(words(""), "HTTP status 500");
    EXPECT_EQ(words(std::string(999, 'x') + "\xC3\xA9"), std::string(999, 'x'));
}

TEST(StoredReply, FirstBytesDecideWhereTheContentTypeIsWrong) {
    EXPECT_EQ(read(Api::anthropicMessages, 200, "text/event-stream", R"({"type":"error","error":{"message":"no"}})"),
              "id \nmodel \nstop \nusage input - read - creation - output - prompt -\nended\nerror no\n"
              "odd: announced as an event stream, sent as a document\n");
    EXPECT_EQ(
        read(Api::openaiChat, 200, "", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n"),
        "id \nmodel \nstop \ntext open [a]   \nusage input - read - creation - output - prompt -\nended\n"
        "odd: an event stream that was not announced as one\n");
}

TEST(StoredReply, KeepsWhatItCouldRead) {
    EXPECT_EQ(read(Api::openaiChat, 200, "text/event-stream",
                   "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {broken\n\n"
                   "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\ndata: {\"cho"),
              "id \nmodel \nstop \ntext open [ab]   \nusage input - read - creation - output - prompt -\nnot ended\n"
              "odd: an event that cannot be read: not JSON at byte 7: the text ends in the middle\n"
              "odd: the stream ends in the middle of an event\n"
              "odd: the stream ended without [DONE]\n");
    EXPECT_EQ(read(Api::openaiChat, 200, "application/json", "<html>"),
              "id \nmodel \nstop \nusage input - read - creation - output - prompt -\nnot ended\n"
              "odd: the reply cannot be read: not JSON at byte 0: expected an object or an array\n");
    EXPECT_EQ(read(Api::openaiChat, 200, "application/json", ""),
              "id \nmodel \nstop \nusage input - read - creation - output - prompt -\nnot ended\n"
              "odd: the reply has no content\n");
}

std::string littleEndian(std::uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
    return out;
}

/// A gzip member (RFC 1952) of one stored block (RFC 1951, section 3.2.4): real framing, nothing to compress.
std::string gzipped(const std::string& text) {
    std::uint32_t crc = ~0U;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    const auto size = static_cast<std::uint32_t>(text.size());
    EXPECT_LT(size, 65536U);
    return std::string("\x1F\x8B\x08\0\0\0\0\0\0\x03\x01", 11) + littleEndian(size, 2) + littleEndian(~size, 2) + text +
           littleEndian(~crc, 4) + littleEndian(size, 4);
}

TEST(StoredReply, DecodesGzipAsItComes) {
    const test::Transcript transcript = readTranscript("sid070-msg-stream-t2");
    const std::string body = gzipped(transcript.body);
    const auto parser = makeReplyParser(Api::anthropicMessages, 200, "text/event-stream", "GZIP");
    for (const char& byte : body) parser->feed({&byte, 1}, {});
    parser->finish();
    EXPECT_EQ(describe(parser->reply()), describe(parseTranscript(Api::anthropicMessages, transcript)));
}

TEST(StoredReply, SaysWhenAnEncodingIsUnknownOrBroken) {
    const auto odd = [](std::string_view encoding) {
        return parseStoredReply(Api::openaiChat, 200, "application/json", encoding, "\x1F\x8B\x01nonsense", {})
            .oddities;
    };
    EXPECT_EQ(odd("br"),
              std::vector<std::string>{"content encoding \"br\" is not understood; the content stays unknown"});
    ASSERT_EQ(odd("gzip").size(), 1U);
    EXPECT_TRUE(odd("gzip")[0].starts_with("the compressed content cannot be read on: ")) << odd("gzip")[0];
}

TEST(StoredReply, FeedsBytesThatNoArrivalTellsOf) {
    const std::string body = R"({"content":[{"type":"text","text":"a"}]})";
    const std::vector<model::Arrival> tooFew = {{support::fromMs(1), 5}};
    const std::vector<model::Arrival> tooMany = {
        {support::fromMs(1), 5}, {support::fromMs(2), 500}, {support::fromMs(3), 1}};
    for (const auto& arrivals : {tooFew, tooMany}) {
        const auto reply = parseStoredReply(Api::anthropicMessages, 200, "application/json", "", body, arrivals);
        EXPECT_EQ(reply.blocks.at(0).text, "a");
    }
}

}  // namespace
}  // namespace turntable::wire
