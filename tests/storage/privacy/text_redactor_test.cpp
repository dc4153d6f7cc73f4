#include "storage/privacy/text_redactor.h"

#include <gtest/gtest.h>

namespace turntable::privacy {
namespace {

using support::Nanoseconds;

constexpr const char* kKey = "sk-ant-api03-abcDEF0123456789xyz";

TextRedactor redactor(const std::string& salt = "salt") { return {PrivateTextFinder(secretKinds()), salt}; }

// {"content":[{"type":"text","text":"It is sk-ant-api03-abcDEF0123456789xyz."}]}, by gzip.
constexpr char kZipped[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\xce\xcf\x2b\x49\xcd\x2b\x51\xb2\x8a\xae\x56"
    "\x2a\xa9\x2c\x48\x55\xb2\x52\x2a\x49\xad\x28\x51\xd2\x81\x50\x56\x4a\x9e\x25\x0a\x99\xc5\x0a\xc5"
    "\xd9\xba\x89\x79\x25\xba\x89\x05\x99\x06\xc6\xba\x89\x49\xc9\x2e\xae\x6e\x06\x86\x46\xc6\x26\xa6"
    "\x66\xe6\x16\x96\x15\x95\x55\x7a\x4a\xb5\xb1\xb5\x00\x0a\x54\x3b\x2e\x4e\x00\x00\x00";

struct Reply {
    std::string headers;
    std::string body;
    std::vector<model::Arrival> arrivals;
    BodyRedaction redact() { return redactBody(redactor(), {headers, body, arrivals}); }
    [[nodiscard]] std::size_t timed() const {
        std::size_t size = 0;
        for (const auto& arrival : arrivals) size += arrival.size;
        return size;
    }
};

TEST(TextRedactor, EqualSecretsHaveEqualMarksWithinASalt) {
    const std::string text = std::string("a ") + kKey + " b " + kKey;
    const RedactedText redacted = redactor().redact(text);
    ASSERT_EQ(redacted.replaced.size(), 2U);
    EXPECT_EQ(redacted.replaced[0].placeholder, redacted.replaced[1].placeholder);
    EXPECT_EQ(redacted.text, "a " + redacted.replaced[0].placeholder + " b " + redacted.replaced[0].placeholder);
    EXPECT_NE(redactor("other").redact(text).text, redacted.text);
    EXPECT_EQ(redactor().redact(redacted.text).text, redacted.text) << "a mark is no secret";
}

TEST(TextRedactor, PlacesMoveWithTheText) {
    const std::string text = std::string("ab ") + kKey + " yz";
    const RedactedText redacted = redactor().redact(text);
    EXPECT_EQ(redacted.moved(std::size_t{1}), 1U);
    EXPECT_EQ(redacted.moved(std::size_t{3}), 3U);
    EXPECT_EQ(redacted.moved(std::size_t{10}), 3U) << "inside: the beginning of the mark";
    EXPECT_EQ(redacted.moved(text.size()), redacted.text.size());
    const auto moved = redacted.moved(support::ByteRange{text.size() - 2, 2});
    EXPECT_EQ(support::slice(redacted.text, moved), "yz");
}

TEST(RedactBody, LooksIntoGzipAndStoresItPlainWhereSomethingIsFound) {
    Reply reply{"content-type: application/json\ncontent-encoding: gzip\ncontent-length: 5\n",
                std::string(kZipped, sizeof kZipped - 1),
                {{Nanoseconds(3), 10}, {Nanoseconds(7), sizeof kZipped - 11}}};
    const auto done = reply.redact();
    ASSERT_EQ(done.replaced.size(), 1U);
    EXPECT_EQ(done.replaced[0].secret, kKey);
    EXPECT_EQ(done.unread, "");
    EXPECT_EQ(reply.headers, "content-type: application/json\n");
    EXPECT_EQ(reply.body, R"({"content":[{"type":"text","text":"It is )" + done.replaced[0].placeholder + R"(."}]})");
    EXPECT_EQ(reply.timed(), reply.body.size());
    EXPECT_EQ(reply.arrivals[1].at, Nanoseconds(7));
}

TEST(RedactBody, LeavesACodingItCannotReadAndSaysSo) {
    const std::string body = "\x1b\x0f\x01\xf8 brotli";
    Reply reply{"content-encoding: br\n", body, {{Nanoseconds(3), body.size()}}};
    const auto done = reply.redact();
    EXPECT_TRUE(done.replaced.empty());
    EXPECT_EQ(done.unread, "br");
    EXPECT_EQ(reply.body, body);
}

TEST(RedactBody, FindsOutACodingThatIsNone) {
    const std::string body = std::string("not compressed: ") + kKey;
    for (const char* coding : {"br", "gzip"}) {
        Reply reply{std::string("content-encoding: ") + coding + "\n", body, {{Nanoseconds(3), body.size()}}};
        EXPECT_EQ(reply.redact().replaced.size(), 1U) << coding;
        EXPECT_EQ(reply.body.find(kKey), std::string::npos) << coding;
        EXPECT_EQ(reply.timed(), reply.body.size()) << coding;
    }
}

TEST(RedactBody, PutsTogetherWhatAStreamCutApart) {
    const std::string stream =
        "data: {\"choices\":[{\"delta\":{\"content\":\"sk-ant-api03-abc\"}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"content\":\"DEF0123456789xyz now\"}}]}\n\n";
    Reply reply{
        "content-type: text/event-stream\n", stream, {{Nanoseconds(3), 60}, {Nanoseconds(9), stream.size() - 60}}};
    const auto done = reply.redact();
    ASSERT_EQ(done.replaced.size(), 1U);
    EXPECT_EQ(done.replaced[0].secret, kKey);
    EXPECT_EQ(reply.body.find("abc"), std::string::npos);
    EXPECT_NE(reply.body.find("\" now\""), std::string::npos);
    EXPECT_EQ(reply.timed(), reply.body.size());
}

}  // namespace
}  // namespace turntable::privacy
