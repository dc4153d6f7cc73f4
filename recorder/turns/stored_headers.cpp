#include "recorder/turns/stored_headers.h"

#include <algorithm>
#include <array>

#include "recorder/http/header_name.h"

namespace turntable::turns {
namespace {

constexpr std::array<std::string_view, 5> kSecretNames{
    "authorization", "proxy-authorization", "cookie", "set-cookie", "set-cookie2",
};
constexpr std::array<std::string_view, 3> kSecretWords{"token", "secret", "key"};
constexpr std::string_view kOurs = "turntable-";

bool isTokenCharacter(char c) {
    constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
}

}  // namespace

bool namesASecret(std::string_view name) {
    const std::string lower = http::lowerCase(name);
    if (std::find(kSecretNames.begin(), kSecretNames.end(), lower) != kSecretNames.end()) return true;
    return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                       [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string storedHeaderLine(std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), isTokenCharacter)) return {};
    if (namesASecret(name) || http::lowerCase(name).starts_with(kOurs)) return {};
    std::string line(name);
    line.append(": ").append(value);
    for (char& c : line) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20U && c != '\t') || byte == 0x7fU) c = ' ';
    }
    return line.append("\n");
}

std::string storedTarget(std::string_view target) {
    const std::size_t query = target.find('?');
    std::string stored(target.substr(0, query));
    for (std::size_t begin = query; begin != std::string_view::npos;) {
        const std::size_t end = target.find('&', begin + 1);
        const std::string_view parameter = target.substr(begin, end == std::string_view::npos ? end : end - begin);
        const std::size_t value = parameter.find('=');
        const bool secret = value != std::string_view::npos && namesASecret(parameter.substr(1, value - 1));
        stored.append(secret ? parameter.substr(0, value + 1) : parameter);
        if (secret) stored.append("redacted");
        begin = end;
    }
    return stored;
}

}  // namespace turntable::turns
