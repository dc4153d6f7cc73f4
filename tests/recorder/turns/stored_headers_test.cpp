#include "recorder/turns/stored_headers.h"

#include <gtest/gtest.h>

namespace turntable::turns {
namespace {

TEST(StoredHeaders, TakesSecretsOutOfAQuery) {
    EXPECT_EQ(storedTarget("/v1/messages?key=abc&beta=true"), "/v1/messages?key=redacted&beta=true");
    EXPECT_EQ(storedTarget("/v1/messages?beta=true&access_token=a=b"), "/v1/messages?beta=true&access_token=redacted");
    EXPECT_EQ(storedTarget("/v1/messages?API_KEY="), "/v1/messages?API_KEY=redacted");
}

TEST(StoredHeaders, LeavesOtherTargetsAlone) {
    for (const char* target : {"", "/", "/v1/messages", "/v1/messages?beta=true", "/v1/messages?key", "/a?&=&&b=c"}) {
        EXPECT_EQ(storedTarget(target), target);
    }
}

}  // namespace
}  // namespace turntable::turns
