#include "recorder/proxy/request_target.h"

#include <gtest/gtest.h>

namespace turntable::proxy {
namespace {

TEST(RequestTarget, TakesTheSessionOutOfThePath) {
    const auto target = parseTarget("/s/my%20run/v1/messages?beta=true");
    ASSERT_TRUE(target.ok());
    EXPECT_EQ(target->sessionHint, "my run");
    EXPECT_EQ(target->path, "/v1/messages?beta=true");
}

TEST(RequestTarget, LeavesOtherPathsAlone) {
    for (const char* path : {"/", "/v1/messages", "/s", "/s/", "/s//v1", "/session/x", "/v1/s/x?y"}) {
        const auto target = parseTarget(path);
        ASSERT_TRUE(target.ok()) << path;
        EXPECT_EQ(target->path, path);
        EXPECT_EQ(target->sessionHint, "");
    }
}

TEST(RequestTarget, TakesTheAccessTokenOutOfThePathFirst) {
    const auto both = parseTarget("/t/0f0f/s/run/v1/messages?q");
    EXPECT_EQ(both->accessToken, "0f0f");
    EXPECT_EQ(both->sessionHint, "run");
    EXPECT_EQ(both->path, "/v1/messages?q");
    const auto alone = parseTarget("/t/0f0f");
    EXPECT_EQ(alone->accessToken, "0f0f");
    EXPECT_EQ(alone->path, "/");
    EXPECT_EQ(parseTarget("/s/run/t/0f0f/x")->accessToken, "");
    EXPECT_EQ(parseTarget("/t//v1")->path, "/t//v1");
}

TEST(RequestTarget, GivesABareSessionARootPath) {
    EXPECT_EQ(parseTarget("/s/x")->path, "/");
    EXPECT_EQ(parseTarget("/s/x?q")->path, "/?q");
    EXPECT_EQ(parseTarget("/s/%zz%4")->sessionHint, "%zz%4");
}

TEST(RequestTarget, AcceptsAbsoluteFormAndRefusesOthers) {
    EXPECT_EQ(parseTarget("http://127.0.0.1:8040/v1/models")->path, "/v1/models");
    EXPECT_FALSE(parseTarget("*").ok());
    EXPECT_FALSE(parseTarget("host:443").ok());
    EXPECT_FALSE(parseTarget("").ok());
}

TEST(HostCheck, ServesLoopbackNamesOnlyOnLoopback) {
    for (const char* host :
         {"", "127.0.0.1", "127.0.0.1:8040", "localhost:1", "LOCALHOST", "[::1]:8040", "127.9.9.9", "a.localhost"}) {
        EXPECT_TRUE(hostAllowed(host, "127.0.0.1")) << host;
    }
    for (const char* host :
         {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", "[::2]"}) {
        EXPECT_FALSE(hostAllowed(host, "127.0.0.1")) << host;
    }
    EXPECT_TRUE(hostAllowed("desk.lan:8040", "0.0.0.0"));
}

}  // namespace
}  // namespace turntable::proxy
