#include "recorder/logs/har.h"

#include <vector>

#include "tests/recorder/logs/logs_fixture.h"

namespace turntable::logs {
namespace {

std::string entry(const std::string& post, const std::string& response, const std::string& timings = "{}") {
    return R"({"startedDateTime":"2026-09-21T14:13:20.000Z","time":2000,"request":{"method":"POST","url":"http://h/v1/messages",)"
           R"("headers":[],"postData":)" +
           post + R"(},"response":)" + response + R"(,"timings":)" + timings + "}";
}

support::Result<std::optional<LoggedExchange>> read(const std::string& text) {
    wire::JsonReader reader;
    return readHarEntry(text, reader);
}

TEST(Har, GivesTheBytesOfBothBodies) {
    const auto plain =
        read(entry(R"({"text":"{\"a\": 1}"})", R"({"status":200,"content":{"text":"data: x\n"}})")).value();
    EXPECT_EQ(plain->request.body, "{\"a\": 1}");
    EXPECT_EQ(plain->reply->body, "data: x\n");
    const auto coded =
        read(entry(R"({"text":""})", R"({"status":200,"content":{"text":"AP8=","encoding":"base64"}})")).value();
    EXPECT_EQ(coded->reply->body, std::string("\0\xff", 2));
    EXPECT_FALSE(read(entry(R"({"text":""})", R"({"status":200,"content":{"text":"%%","encoding":"base64"}})")));
}

TEST(Har, ReadsItsTimings) {
    const std::string ok = R"({"status":200,"content":{}})";
    const auto all =
        read(entry(R"({"text":""})", ok, R"({"blocked":10,"dns":-1,"send":5,"wait":300,"receive":700})")).value();
    EXPECT_EQ(support::formatUtc(all->request.started), "2026-09-21T14:13:20.015Z");
    EXPECT_EQ(all->reply->wire.headers, std::chrono::milliseconds(300));
    EXPECT_EQ(all->reply->wire.lastByte, std::chrono::milliseconds(1000));
    const auto only = read(entry(R"({"text":""})", ok, R"({"send":5,"wait":-1,"receive":-1})")).value();
    EXPECT_FALSE(only->reply->wire.headers);
    EXPECT_EQ(only->reply->wire.lastByte, std::chrono::milliseconds(1995));
}

TEST(Har, TellsAnExchangeThatFailed) {
    const auto failed =
        read(entry(R"({"text":"{}"})", R"({"status":0,"statusText":"","_error":"net::ERR_FAILED","content":{}})"))
            .value();
    EXPECT_FALSE(failed->reply->httpStatus);
    EXPECT_EQ(failed->reply->end, turns::ExchangeEnd::upstreamFailed);
    EXPECT_EQ(failed->reply->error, "net::ERR_FAILED");
    EXPECT_FALSE(failed->reply->wire.lastByte);
}

TEST(Har, SaysThatALogWasSavedWithoutBodies) {
    const auto none = read(entry(R"({"params":[]})", "{}"));
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("without bodies"), std::string::npos);
}

/// The entries of a document that comes in pieces of that size, and what is said at its end.
std::vector<std::string> split(const std::string& text, std::size_t piece) {
    std::vector<std::string> entries;
    HarSplitter splitter([&](std::string_view each) {
        entries.emplace_back(each);
        return true;
    });
    for (std::size_t at = 0; at < text.size(); at += piece) splitter.feed(std::string_view(text).substr(at, piece));
    entries.push_back("end: " + splitter.finish());
    return entries;
}

TEST(HarSplitter, FindsTheEntriesWhereverPiecesAreCut) {
    const std::string text = testing::contentOf(testing::fixture("calls.har"));
    const auto whole = split(text, text.size());
    ASSERT_EQ(whole.size(), 4U);
    EXPECT_EQ(whole.back(), "end: ");
    EXPECT_TRUE(whole[0].starts_with("{") && whole[0].ends_with("}"));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}}) {
        EXPECT_EQ(split(text, piece), whole) << piece;
    }
}

TEST(HarSplitter, LooksForEntriesInTheirPlaceOnly) {
    const std::string text =
        R"({"entries":[{"x":1}],"log":{"a":{"entries":[{"x":2}]},"b":"\"entries\":[{","entries":[1,{"y":"]}\\"},[2]]}})";
    EXPECT_EQ(split(text, 3), (std::vector<std::string>{R"({"y":"]}\\"})", "[2]", "end: "}));
}

TEST(HarSplitter, SaysWhatIsWrongWithTheDocument) {
    EXPECT_NE(split(R"({"log":{"entries":[{"a":1},{"b")", 5).back().find("cut off"), std::string::npos);
    EXPECT_EQ(split(R"({"log":{"entries":[{"a":1},{"b")", 5).front(), R"({"a":1})");
    EXPECT_NE(split(R"({"log":{}})", 5).back().find("log.entries"), std::string::npos);
    EXPECT_NE(split("]", 5).back().find("brackets"), std::string::npos);
}

TEST(HarSplitter, TakesAnyDepth) {
    const std::string deep(1'000'000, '[');
    EXPECT_NE(split(R"({"log":{"entries":[{"a":)" + deep, 4096).back().find("cut off"), std::string::npos);
}

}  // namespace
}  // namespace turntable::logs
