#include "recorder/wire/shim.h"

#include <gtest/gtest.h>

#include "tests/recorder/wire/shim_text.h"

namespace turntable::wire {
namespace {

using namespace turntable::wire::test;  // what the shim says, spelled out
using Wanted = Shim::Wanted;

TEST(ShimError, TellsErrorsInTheStream) {
    const auto after = [](const std::string& event) {
        const std::string all = events(shimmedBytes("data: " + delta(R"("content":"a")") + "\n\n" + event +
                                                    "\n\ndata: " + delta(R"("content":"b")") + "\n\ndata: [DONE]\n\n"));
        const std::string before = kStart + textStart(0) + textDelta(0, "a");
        EXPECT_TRUE(all.starts_with(before)) << all;
        return all.substr(before.size());
    };
    EXPECT_EQ(after(R"(data: {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})"),
              errorEvent("overloaded_error", "Loading model"));
    EXPECT_EQ(after("event: error\ndata: {\"code\":500,\"message\":\"out of memory\",\"type\":\"server_error\"}"),
              errorEvent("api_error", "out of memory"));
    EXPECT_EQ(after(R"(data: {"error":{"message":"slow down","type":"rate_limit_error"}})"),
              errorEvent("rate_limit_error", "slow down"));
    EXPECT_EQ(after("event: error\ndata: it broke"), errorEvent("api_error", "it broke"));
    EXPECT_TRUE(after("data: {\"choices\":[")
                    .starts_with(R"(error {"error":{"type":"api_error","message":"the server sent an event)"));
}

TEST(ShimError, TellsAStreamThatEndsInTheMiddle) {
    const std::string cut = errorEvent("api_error", "the server's stream ended in the middle of the reply");
    const std::string begun = kStart + textStart(0) + textDelta(0, "a");
    EXPECT_EQ(shimmed({delta(R"("content":"a")")}), begun + cut);
    EXPECT_EQ(events(shimmedBytes("data: " + delta(R"("content":"a")") + "\n\ndata: {\"choi")), begun + cut);
    EXPECT_EQ(shimmed({}), cut);
    EXPECT_EQ(shimmed({kDone}), errorEvent("api_error", "the server's stream ended without a reply"));
    EXPECT_EQ(shimmed({delta(R"("content":"a")"), finish("stop")}),
              begun + blockStop(0) + messageDelta("end_turn", kNoUsage) + kStop)
        << "a server that said why it stopped may leave [DONE] out";

    Shim shim(Wanted::stream, "q", "f");
    static_cast<void>(shim.head(200, "text/event-stream", ""));
    static_cast<void>(shim.feed("data: " + delta(R"("content":"a")") + "\n\n"));
    EXPECT_EQ(events(shim.breakOff("127.0.0.1:1 broke off").bytes), errorEvent("api_error", "127.0.0.1:1 broke off"));
}

TEST(ShimError, TellsACallThatCannotBeReadInTheDocument) {
    const auto replyTo = [](const std::string& reason, const std::string& arguments) {
        Shim shim(Wanted::document, "q", "f");
        static_cast<void>(shim.head(200, "application/json", ""));
        static_cast<void>(shim.feed(
            R"({"choices":[{"index":0,"finish_reason":")" + reason +
            R"(","message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"click","arguments":")" +
            arguments + R"("}}]}}]})"));
        return shim.finish();
    };
    const ShimPiece broken = replyTo("tool_calls", R"({\"ref\": e1)");
    EXPECT_EQ(broken.head->status, 502);
    EXPECT_NE(broken.bytes.find("the model called click with arguments that are no JSON object"), std::string::npos)
        << broken.bytes;
    EXPECT_EQ(replyTo("tool_calls", "[1]").head->status, 502);
    EXPECT_EQ(replyTo("tool_calls", "").head->status, 200) << "a call without arguments";
    const ShimPiece cut = replyTo("length", R"({\"ref\": e1)");
    EXPECT_EQ(cut.head->status, 200) << "its stop reason tells";
    EXPECT_NE(cut.bytes.find("max_tokens"), std::string::npos);
}

TEST(ShimError, BreaksOffSilentlyWhileNothingWasSaid) {
    Shim shim(Wanted::document, "q", "f");
    static_cast<void>(shim.head(200, "application/json", ""));
    static_cast<void>(shim.feed("{\"choices\""));
    const ShimPiece piece = shim.breakOff("gone");
    EXPECT_FALSE(piece.head);
    EXPECT_EQ(piece.bytes, "");
}

std::string error(int status, const std::string& type, const std::string& message) {
    return std::to_string(status) + " application/json\n" + R"({"type":"error","error":{"type":")" + type +
           R"(","message":")" + message + "\"}}";
}

TEST(ShimError, TellsErrorsAsDocuments) {
    const auto said = [](int status, const std::string& body, const std::string& type = "application/json") {
        const std::string streamed = document(Wanted::stream, status, type, body);
        EXPECT_EQ(document(Wanted::document, status, type, body), streamed);
        return streamed;
    };
    EXPECT_EQ(said(400, R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}})"),
              error(400, "invalid_request_error", "too long"));
    EXPECT_EQ(said(401, R"({"error":{"message":"Invalid API Key","type":"x","code":401}})"),
              error(401, "authentication_error", "Invalid API Key"));
    EXPECT_EQ(said(404, R"({"detail":"Not Found"})"), error(404, "not_found_error", "Not Found"));
    EXPECT_EQ(said(429, R"({"error":"slow"})"), error(429, "rate_limit_error", "slow"));
    EXPECT_EQ(said(503, R"({"error":{"message":"Loading model"}})"), error(503, "overloaded_error", "Loading model"));
    EXPECT_EQ(said(502, "<html>Bad Gateway</html>\n", "text/html"),
              error(502, "api_error", "<html>Bad Gateway</html>"));
    EXPECT_EQ(said(500, ""), error(500, "api_error", "the server answered with status 500 and said nothing"));
    EXPECT_EQ(said(400, R"({"error":)"), error(400, "invalid_request_error", R"({\"error\":)"));
    EXPECT_EQ(said(429, "data: {\"error\":{\"message\":\"slow\"}}\n\n", "text/event-stream"),
              error(429, "rate_limit_error", "slow"));
    EXPECT_EQ(said(302, "", "text/html"),
              error(502, "api_error", "the server answered with status 302 and said nothing"));
    EXPECT_EQ(said(200, R"({"error":{"code":503,"message":"busy"}})"), error(503, "overloaded_error", "busy"));
    EXPECT_EQ(said(200, R"({"object":"list"})"),
              error(502, "api_error", "the server's reply is no chat completion: it has no choices"));
    EXPECT_EQ(said(200, "hello", "text/plain"),
              error(502, "api_error", "the server's reply is no chat completion: hello"));
}

TEST(ShimError, RefusesACodingThatItCannotRead) {
    Shim shim(Wanted::stream, "q", "f");
    EXPECT_FALSE(shim.head(200, "text/event-stream", "br").head);
    EXPECT_EQ(shim.feed("\x0b\x02").bytes, "");
    const ShimPiece piece = shim.finish();
    ASSERT_TRUE(piece.head);
    EXPECT_EQ(piece.head->status, 502);
    EXPECT_NE(piece.bytes.find("content encoding"), std::string_view::npos);
}

}  // namespace
}  // namespace turntable::wire
