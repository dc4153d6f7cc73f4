#include "recorder/proxy/header_filter.h"

#include <gtest/gtest.h>

namespace turntable::proxy {
namespace {

std::string lines(const std::vector<http::Header>& headers) {
    std::string text;
    for (const auto& header : headers) text += header.name + ": " + header.value + "\n";
    return text;
}

TEST(HeaderFilter, PassesRequestHeadersInOrderWithoutHopByHopOnes) {
    const std::vector<http::Header> headers{
        {"Host", "127.0.0.1:8040"},
        {"X-B", "1"},
        {"Connection", "close, X-Hop"},
        {"x-hop", "1"},
        {"Authorization", "Bearer k"},
        {"Accept-Encoding", "gzip"},
        {"TE", "trailers"},
        {"Expect", "100-continue"},
        {"Content-Length", "3"},
        {"X-B", "2"},
        {"Transfer-Encoding", "chunked"},
    };
    EXPECT_EQ(lines(forwardedRequestHeaders(headers)),
              "X-B: 1\nAuthorization: Bearer k\nAccept-Encoding: gzip\nX-B: 2\n");
}

TEST(HeaderFilter, PassesResponseHeadersWithTheirLength) {
    const std::vector<http::Header> headers{
        {"Content-Length", "3"}, {"Keep-Alive", "timeout=5"}, {"Set-Cookie", "a=b"}, {"Connection", "keep-alive"}};
    EXPECT_EQ(lines(forwardedResponseHeaders(headers)), "Content-Length: 3\nSet-Cookie: a=b\n");
}

TEST(HeaderFilter, StoresNoSecrets) {
    const std::vector<http::Header> headers{{"Authorization", "s"}, {"X-API-Key", "s"},    {"api-key", "s"},
                                            {"Cookie", "s"},        {"Set-Cookie", "s"},   {"Proxy-Authorization", "s"},
                                            {"X-My-Secret", "s"},   {"X-Auth-Token", "s"}, {"User-Agent", "kept"}};
    EXPECT_EQ(storedHeaders(headers), "User-Agent: kept\n");
}

}  // namespace
}  // namespace turntable::proxy
