#include "recorder/proxy/upstream.h"

#include <gtest/gtest.h>

namespace turntable::proxy {
namespace {

constexpr auto kMessages = model::Api::anthropicMessages;
constexpr auto kChat = model::Api::openaiChat;

TEST(Upstream, LosesItsTrailingSlashAndKeepsItsPath) {
    EXPECT_EQ(parseUpstream("http://h:1/", kMessages)->url, "http://h:1");
    EXPECT_EQ(parseUpstream("https://h/base/", kMessages)->url, "https://h/base");
    EXPECT_EQ(parseUpstream("https://h/v1", kMessages)->url, "https://h/v1");
}

TEST(Upstream, OfAnOpenAiServerMayBeWrittenWithItsVersion) {
    EXPECT_EQ(*parseUpstream("http://h:1/v1/", kChat), (Upstream{"http://h:1", kChat}));
    EXPECT_EQ(parseUpstream("https://h/openai/v1", kChat)->url, "https://h/openai");
    EXPECT_EQ(parseUpstream("http://h:1", kChat)->url, "http://h:1");
}

TEST(Upstream, IsRefusedWithUserNameQueryOrOtherScheme) {
    for (const char* url : {"http://user:key@h", "http://h/?a", "http://h/#a", "h:80", "ftp://h", ""}) {
        const auto upstream = parseUpstream(url, kMessages);
        ASSERT_FALSE(upstream.ok()) << url;
        EXPECT_EQ(upstream.error().code, support::ErrorCode::invalidArgument) << url;
    }
}

TEST(Upstream, KnowsItsApisByName) {
    EXPECT_EQ(*parseUpstreamApi("anthropic"), kMessages);
    EXPECT_EQ(*parseUpstreamApi("openai"), kChat);
    EXPECT_EQ(parseUpstreamApi("OpenAI").error().message, "upstream API 'OpenAI': expected anthropic or openai");
}

}  // namespace
}  // namespace turntable::proxy
