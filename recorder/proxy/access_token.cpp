#include "recorder/proxy/access_token.h"

#include <algorithm>
#include <cstddef>
#include <random>

namespace turntable::proxy {

std::string makeToken() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::random_device source;
    std::uniform_int_distribution<std::size_t> digit(0, kDigits.size() - 1);
    std::string token;
    for (int i = 0; i < 32; ++i) token.push_back(kDigits[digit(source)]);
    return token;
}

bool isGoodToken(std::string_view token) {
    constexpr std::size_t kLeast = 16;
    constexpr std::size_t kMost = 128;
    return token.size() >= kLeast && token.size() <= kMost && std::all_of(token.begin(), token.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_';
           });
}

bool sameToken(std::string_view expected, std::string_view found) {
    unsigned difference = expected.size() == found.size() ? 0 : 1;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const char other = i < found.size() ? found[i] : '\0';
        difference |=
            static_cast<unsigned>(static_cast<unsigned char>(expected[i]) ^ static_cast<unsigned char>(other));
    }
    return difference == 0 && !expected.empty();
}

}  // namespace turntable::proxy
