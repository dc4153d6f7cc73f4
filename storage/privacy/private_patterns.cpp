#include "storage/privacy/private_patterns.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace turntable::privacy {
namespace {

constexpr std::size_t kMaxLocalPart = 64;  // RFC 5321, section 4.5.3.1
constexpr std::size_t kMaxDomain = 255;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxToken = 8192;
constexpr std::size_t kMaxPem = 32768;
constexpr std::size_t kMaxValue = 8192;
constexpr std::size_t kMaxGap = 16;  // blanks, quotes and backslashes between a name and its value

bool isAlpha(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool isDigit(char byte) { return byte >= '0' && byte <= '9'; }
bool isWord(char byte) { return isAlpha(byte) || isDigit(byte); }
bool isOneOf(char byte, std::string_view set) { return set.find(byte) != std::string_view::npos; }
bool isTokenByte(char byte) { return isWord(byte) || byte == '_' || byte == '-'; }
bool isDomainByte(char byte) { return isWord(byte) || byte == '-' || byte == '.'; }

/// One text and where its finds go.
class Scan {
public:
    Scan(std::string_view text, const PatternVisitor& report) : m_text(text), m_report(report) {}

    void run() {
        for (std::size_t at = 0; at < m_text.size(); ++at) {
            switch (m_text[at]) {
                case '@': email(at); break;
                case '/':
                case '\\': homePath(at); break;
                case ':':
                    url(at);
                    field(at);
                    break;
                case '=': field(at); break;
                case '-': pem(at); break;
                case '.': privateHost(at); break;
                default: word(at); break;
            }
        }
    }

private:
    template <typename Is>
    std::size_t endOf(std::size_t at, std::size_t most, Is is) const {
        const std::size_t end = std::min(m_text.size(), at + most);
        while (at < end && is(m_text[at])) ++at;
        return at;
    }
    bool startsAt(std::size_t at, std::string_view what) const { return m_text.substr(at, what.size()) == what; }
    bool beginsWord(std::size_t at) const {
        if (at == 0 || !isTokenByte(m_text[at - 1])) return true;
        // What ends a percent escape or a terminal's colour sequence is no part of a word.
        const bool isEscape = at >= 3 && m_text[at - 3] == '%';
        return isEscape ||
               (m_text[at - 1] == 'm' && at >= 3 &&
                m_text.substr(0, at).substr(at - std::min<std::size_t>(at, 8)).find("\x1b[") != std::string_view::npos);
    }
    void tell(PrivateKind kind, std::size_t begin, std::size_t end) const { m_report(kind, begin, end - begin); }

    void email(std::size_t at) const;
    void homePath(std::size_t at) const;
    void url(std::size_t at) const;
    void field(std::size_t at);
    std::size_t endOfQuoted(std::size_t at, char quote) const;
    void pem(std::size_t at);
    void privateHost(std::size_t at) const;
    void word(std::size_t at) const;
    void address(std::size_t at) const;
    bool apiKey(std::size_t at) const;
    void jwt(std::size_t at) const;
    void bearer(std::size_t at) const;

    std::string_view m_text;
    const PatternVisitor& m_report;
    // What was taken whole is not looked into again for more of its kind: that keeps the scan linear.
    std::size_t m_valueEnd = 0;
    std::size_t m_pemEnd = 0;
};

void Scan::email(std::size_t at) const {
    std::size_t begin = at;
    const auto isLocal = [](char byte) { return isWord(byte) || isOneOf(byte, "._%+-"); };
    while (begin > 0 && at - begin < kMaxLocalPart && isLocal(m_text[begin - 1])) --begin;
    while (begin < at && !isWord(m_text[begin])) ++begin;
    std::size_t end = endOf(at + 1, kMaxDomain, isDomainByte);
    while (end > at + 1 && !isWord(m_text[end - 1])) --end;
    const auto domain = m_text.substr(at + 1, end - at - 1);
    const auto dot = domain.rfind('.');
    if (begin == at || dot == std::string_view::npos || dot == 0) return;
    const auto top = domain.substr(dot + 1);
    if (top.size() < 2 || !std::all_of(top.begin(), top.end(), isAlpha)) return;
    // "icon@2x.png" is a picture.
    constexpr std::array<std::string_view, 9> kFiles = {"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "ts"};
    if (std::find(kFiles.begin(), kFiles.end(), lower(top)) != kFiles.end()) return;
    tell(PrivateKind::email, begin, end);
}

void Scan::homePath(std::size_t at) const {
    constexpr std::array<std::string_view, 4> kFolders = {"/home/", "/Users/", "\\Users\\", "\\\\Users\\\\"};
    for (const auto folder : kFolders) {
        if (!startsAt(at, folder)) continue;
        const std::size_t name = at + folder.size();
        const std::size_t end = endOf(name, kMaxName, [](char byte) { return isTokenByte(byte) || byte == '.'; });
        if (end == name) return;
        // "C:" belongs to it; a folder of another folder ("/srv/home/x") is none.
        const bool isDrive = folder[0] == '\\' && at >= 2 && m_text[at - 1] == ':' && isAlpha(m_text[at - 2]);
        if (!isDrive && at > 0 && (isWord(m_text[at - 1]) || m_text[at - 1] == '.')) return;
        tell(PrivateKind::homePath, isDrive ? at - 2 : at, end);
        tell(PrivateKind::userName, name, end);
        return;
    }
}

// "://", then maybe a name and a password, then the host.
void Scan::url(std::size_t at) const {
    if (!startsAt(at, "://")) return;
    std::size_t host = at + 3;
    const std::size_t credentials =
        endOf(host, kMaxValue, [](char byte) { return isWord(byte) || isOneOf(byte, "-._~!$&*+=%:"); });
    if (credentials < m_text.size() && m_text[credentials] == '@') {
        const auto colon = m_text.find(':', host);
        if (colon < credentials) tell(PrivateKind::password, colon + 1, credentials);
        host = credentials + 1;
    }
    std::size_t end = endOf(host, kMaxDomain, isDomainByte);
    while (end > host && !isWord(m_text[end - 1])) --end;
    const std::string name = lower(m_text.substr(host, end - host));
    if (name.empty() || name == "localhost" || !std::any_of(name.begin(), name.end(), isAlpha)) return;
    tell(PrivateKind::hostName, host, end);
}

void Scan::privateHost(std::size_t at) const {
    constexpr std::array<std::string_view, 5> kEnds = {".local", ".lan", ".internal", ".corp", ".intranet"};
    for (const auto suffix : kEnds) {
        if (!startsAt(at, suffix)) continue;
        const std::size_t end = at + suffix.size();
        if (end < m_text.size() && isTokenByte(m_text[end])) return;
        if (end + 1 < m_text.size() && m_text[end] == '.' && isWord(m_text[end + 1])) return;
        std::size_t begin = at;
        while (begin > 0 && at - begin < kMaxDomain && isDomainByte(m_text[begin - 1])) --begin;
        while (begin < at && !isWord(m_text[begin])) ++begin;
        // "/.local" is a folder.
        if (begin < at) tell(PrivateKind::hostName, begin, end);
        return;
    }
}

// NAME = value, NAME: value, "NAME": "value".
void Scan::field(std::size_t at) {
    if (at < m_valueEnd) return;
    const auto isBetween = [](char byte) { return isOneOf(byte, " \t\"'\\"); };
    std::size_t end = at;
    while (end > 0 && at - end < kMaxGap && isBetween(m_text[end - 1])) --end;
    std::size_t begin = end;
    while (begin > 0 && end - begin < kMaxName && isTokenByte(m_text[begin - 1])) --begin;
    const auto name = m_text.substr(begin, end - begin);
    if (!namesASecret(name)) return;
    std::size_t value = endOf(at + 1, kMaxGap, [](char byte) { return isOneOf(byte, " \t\\"); });
    if (value >= m_text.size()) return;
    const char quote = m_text[value];
    const bool isQuoted = quote == '"' || quote == '\'';
    if (isQuoted) ++value;
    const std::size_t last =
        isQuoted ? endOfQuoted(value, quote)
                 : endOf(value, kMaxValue, [](char byte) { return !isOneOf(byte, " \t\r\n\"'\\,;&)}]<>{["); });
    constexpr std::size_t kMinValue = 3;
    if (last - value < kMinValue || startsAt(value, "[redacted:")) return;
    // In prose "token: optional" is no secret, nor is "authorization: required".
    const bool isProse = !isQuoted && m_text[at] == ':' && (lower(name) == "authorization" || lower(name) == "cookie");
    if ((isVagueName(name) || isProse) && !looksSecret(m_text.substr(value, last - value))) return;
    m_valueEnd = last;
    tell(PrivateKind::password, value, last);
}

// The quote that ends a value, past escaped ones; else the end of its line.
std::size_t Scan::endOfQuoted(std::size_t at, char quote) const {
    const std::size_t end = std::min(m_text.size(), at + kMaxValue);
    while (at < end && m_text[at] != quote && m_text[at] != '\n') {
        // A backslash before the end of an escaped string belongs to that end.
        const bool isPair = m_text[at] == '\\' && at + 2 < end && !isOneOf(m_text[at + 2], ",}]: \n");
        if (m_text[at] == '\\' && !isPair) return at;
        at += isPair ? 2 : 1;
    }
    return std::min(at, end);
}

void Scan::pem(std::size_t at) {
    if (at < m_pemEnd) return;
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::string_view kKey = "PRIVATE KEY-----";
    if (!startsAt(at, kBegin)) return;
    const auto title = m_text.substr(at + kBegin.size(), kMaxName);
    const auto key = title.find(kKey);
    if (key == std::string_view::npos) return;
    const std::size_t body = at + kBegin.size() + key + kKey.size();
    // To its end, whatever a listing or a program put between the lines; at most as far as the next one begins.
    const auto rest = m_text.substr(body, kMaxPem);
    const auto whole = rest.substr(0, rest.find(kBegin)).find("-----END ");
    const auto tail = whole == std::string_view::npos ? whole : rest.find(kKey, whole);
    if (tail != std::string_view::npos) {
        m_pemEnd = body + tail + kKey.size();
        return tell(PrivateKind::privateKey, at, m_pemEnd);
    }
    // No quote is part of it, so that it stays inside one string.
    const std::size_t end =
        endOf(body, kMaxPem, [](char byte) { return isWord(byte) || isOneOf(byte, "+/=\\ \t\r\n:,-"); });
    m_pemEnd = end;
    constexpr std::string_view kEnd = "-----END ";
    const auto close = m_text.substr(body, end - body).find(kEnd);
    if (close == std::string_view::npos) return tell(PrivateKind::privateKey, at, end);
    const auto dashes = m_text.substr(0, end).find("-----", body + close + kEnd.size());
    m_pemEnd = dashes == std::string_view::npos ? end : dashes + 5;
    tell(PrivateKind::privateKey, at, m_pemEnd);
}

constexpr std::size_t kLongKey = 30;

// AWS: sixteen capitals and digits behind the prefix.
bool isAccessKeyId(std::string_view prefix, std::string_view rest) {
    return (prefix == "AKIA" || prefix == "ASIA") && rest.size() == 16 &&
           std::none_of(rest.begin(), rest.end(), [](char byte) { return byte >= 'a' && byte <= 'z'; });
}

struct KeyShape {
    std::string_view prefix;
    std::size_t least;  ///< bytes behind the prefix
};
constexpr std::array<KeyShape, 24> kKeyShapes = {
    {{"sk-", 16},  {"sk_live_", 16}, {"sk_test_", 16}, {"rk_live_", 16},    {"ghp_", 20},   {"gho_", 20},
     {"ghu_", 20}, {"ghs_", 20},     {"ghr_", 20},     {"github_pat_", 20}, {"glpat-", 16}, {"AKIA", 16},
     {"ASIA", 16}, {"AIza", 30},     {"xoxb-", 10},    {"xoxp-", 10},       {"xoxa-", 10},  {"xoxs-", 10},
     {"xoxe", 10}, {"xoxc-", 10},    {"hf_", 30},      {"npm_", 30},        {"pypi-", 30},  {"xai-", 20}}};

bool Scan::apiKey(std::size_t at) const {
    for (const auto& shape : kKeyShapes) {
        if (!startsAt(at, shape.prefix)) continue;
        const std::size_t begin = at + shape.prefix.size();
        const std::size_t end = endOf(begin, kMaxToken, isTokenByte);
        if (end - begin < shape.least) continue;
        // A key has digits; "sk-learn-something-long" has none. Long ones in one word are keys all the same.
        const auto rest = m_text.substr(begin, end - begin);
        const bool isOneWord = end - begin >= kLongKey && std::all_of(rest.begin(), rest.end(), isWord);
        if (std::none_of(rest.begin(), rest.end(), isDigit) && !isOneWord && !isAccessKeyId(shape.prefix, rest))
            continue;
        tell(PrivateKind::apiKey, at, end);
        return true;
    }
    return false;
}

// RFC 7519: three stretches of base64url; the first begins an object.
void Scan::jwt(std::size_t at) const {
    if (!startsAt(at, "eyJ")) return;
    std::size_t end = at;
    for (int stretch = 0; stretch < 3; ++stretch) {
        if (stretch > 0 && (end >= m_text.size() || m_text[end++] != '.')) return;
        const std::size_t begin = end;
        end = endOf(begin, kMaxToken, isTokenByte);
        if (end - begin < (stretch < 2 ? 4U : 1U)) return;
    }
    tell(PrivateKind::jwt, at, end);
}

void Scan::bearer(std::size_t at) const {
    constexpr std::array<std::string_view, 2> kWords = {"bearer ", "basic "};
    const std::string word = lower(m_text.substr(at, kWords[0].size()));
    const auto named =
        std::find_if(kWords.begin(), kWords.end(), [&](std::string_view each) { return word.starts_with(each); });
    if (named == kWords.end()) return;
    const std::size_t begin = endOf(at + named->size(), kMaxGap, [](char byte) { return byte == ' '; });
    const std::size_t end =
        endOf(begin, kMaxToken, [](char byte) { return isTokenByte(byte) || isOneOf(byte, ".~+/="); });
    const auto token = m_text.substr(begin, end - begin);
    // "bearer of bad news" is prose.
    if (token.size() >= 12 && std::any_of(token.begin(), token.end(), isDigit))
        tell(PrivateKind::bearerToken, begin, end);
}

void Scan::address(std::size_t at) const {
    if (at > 0 && (isWord(m_text[at - 1]) || m_text[at - 1] == '.')) return;
    std::size_t end = at;
    std::array<int, 4> numbers{};
    for (std::size_t part = 0; part < numbers.size(); ++part) {
        if (part > 0 && (end >= m_text.size() || m_text[end++] != '.')) return;
        const std::size_t begin = end;
        end = endOf(begin, 3, isDigit);
        if (end == begin) return;
        for (std::size_t digit = begin; digit < end; ++digit)
            numbers[part] = numbers[part] * 10 + (m_text[digit] - '0');
        if (numbers[part] > 255) return;
    }
    if (end < m_text.size() &&
        (isWord(m_text[end]) || (m_text[end] == '.' && end + 1 < m_text.size() && isDigit(m_text[end + 1]))))
        return;
    if (numbers[0] == 127 || numbers == std::array<int, 4>{}) return;
    tell(PrivateKind::ipAddress, at, end);
}

void Scan::word(std::size_t at) const {
    const char byte = m_text[at];
    if (isDigit(byte)) return address(at);
    if (!isOneOf(byte, "sgArxhnpeBb") || !beginsWord(at)) return;
    if (apiKey(at)) return;
    if (byte == 'e') jwt(at);
    if (byte == 'B' || byte == 'b') bearer(at);
}

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char byte) { return static_cast<char>(std::tolower(static_cast<unsigned char>(byte))); });
    return out;
}

bool namesASecret(std::string_view name) {
    constexpr std::array<std::string_view, 5> kWhole = {"pwd", "pass", "authorization", "cookie", "set-cookie"};
    constexpr std::array<std::string_view, 9> kInside = {"password", "passwd",  "passphrase",  "secret",    "api_key",
                                                         "apikey",   "api-key", "private_key", "privatekey"};
    constexpr std::size_t kShortest = 3;
    if (name.size() < kShortest || name.size() > kMaxName) return false;
    const std::string low = lower(name);
    if (std::find(kWhole.begin(), kWhole.end(), low) != kWhole.end()) return true;
    if (low.find("secretar") != std::string::npos) return false;
    if (low.ends_with("token")) return true;
    return std::any_of(kInside.begin(), kInside.end(),
                       [&](std::string_view part) { return low.find(part) != std::string::npos; });
}

bool isVagueName(std::string_view name) {
    const std::string low = lower(name);
    const bool isSure = low.find("access") != std::string::npos || low.find("refresh") != std::string::npos ||
                        low.find("auth_") != std::string::npos || low.find("authtoken") != std::string::npos;
    return (low.ends_with("token") && !isSure) || low == "pass";
}

bool looksSecret(std::string_view value) {
    constexpr std::size_t kLeast = 12;
    return value.size() >= kLeast && std::any_of(value.begin(), value.end(), isDigit) &&
           std::none_of(value.begin(), value.end(), [](char byte) { return isOneOf(byte, " \t\n"); });
}

void findPatterns(std::string_view text, const PatternVisitor& report) { Scan(text, report).run(); }

}  // namespace turntable::privacy
