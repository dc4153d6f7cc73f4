#include "recorder/wire/sse.h"

#include <gtest/gtest.h>

#include <vector>

namespace turntable::wire {
namespace {

/// The events of a stream that comes in pieces of `pieceSize` bytes, one line each.
std::string eventsOf(std::string_view stream, std::size_t pieceSize) {
    std::string out;
    SseDecoder decoder([&](const SseDecoder::Event& event) {
        out.append(event.type).append("|").append(event.data).append(event.cut ? "|cut\n" : "\n");
    });
    for (std::size_t at = 0; at < stream.size(); at += pieceSize) decoder.feed(stream.substr(at, pieceSize));
    decoder.finish();
    return out;
}

TEST(SseDecoder, ReadsEventsHoweverTheyAreCut) {
    constexpr std::string_view kStream =
        "\xEF\xBB\xBF"
        "event: one\ndata: first\n\n"
        ": keepalive 2048/12000\n\n"
        "data:two\r\ndata\r\ndata: lines\r\n\r\n"
        "id: 7\rretry: 10\rdata:  spaced\r\r"
        ":\n\n"
        "event: without data\n\n"
        "data: [DONE]\n\n";
    const std::string expected = "one|first\n|two\n\nlines\n| spaced\n|[DONE]\n";
    for (std::size_t size = 1; size <= kStream.size(); ++size) EXPECT_EQ(eventsOf(kStream, size), expected) << size;
}

TEST(SseDecoder, MarksTheEventThatTheEndCutsOff) {
    EXPECT_EQ(eventsOf("data: whole\n\ndata: {\"a", 3), "|whole\n|{\"a|cut\n");
    EXPECT_EQ(eventsOf("data: [DONE]\n", 4), "|[DONE]|cut\n");
    EXPECT_EQ(eventsOf("data: whole\n\n", 4), "|whole\n");
}

TEST(SseDecoder, TakesAnErrorFieldForAnErrorEvent) {
    EXPECT_EQ(eventsOf("error: {\"code\":500}\n\n", 5), "error|{\"code\":500}\n");
}

}  // namespace
}  // namespace turntable::wire
