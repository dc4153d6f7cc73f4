#include "recorder/logs/har.h"

#include <utility>

#include "recorder/logs/base64.h"
#include "recorder/logs/log_format.h"
#include "recorder/logs/log_values.h"
#include "recorder/turns/provenance.h"
#include "recorder/wire/request.h"

namespace turntable::logs {
namespace {

using support::Error;
using support::ErrorCode;
using support::Nanoseconds;
using support::WallTime;
using turns::Provenance;
using wire::JsonKind;
using wire::JsonValue;

constexpr std::string_view kRequestIs = "HAR: the request body as the log has it, content coding removed";
constexpr std::string_view kReplyIs = "HAR: the reply as the log has it, content coding removed";

// How long before the reply's first byte the request was out, and when the reply was whole.
struct Moments {
    Nanoseconds beforeRequest{};
    std::optional<Nanoseconds> headers;
    std::optional<Nanoseconds> lastByte;
};

Moments momentsOf(const JsonValue& entry) {
    const JsonValue timings = entry.find("timings");
    const auto phase = [&](std::string_view name) { return durationOfMs(timings.find(name).number()); };
    Moments moments;
    // `ssl` is a part of `connect` (HAR 1.2, timings).
    for (const std::string_view name : {"blocked", "dns", "connect", "send"}) {
        moments.beforeRequest += phase(name).value_or(Nanoseconds::zero());
    }
    moments.headers = phase("wait");
    const auto receive = phase("receive");
    const auto all = durationOfMs(entry.find("time").number());
    if (moments.headers && receive) {
        moments.lastByte = *moments.headers + *receive;
    } else if (all && *all >= moments.beforeRequest) {
        moments.lastByte = *all - moments.beforeRequest;
    }
    return moments;
}

support::Result<std::string> contentOf(const JsonValue& content) {
    std::string text = content.find("text").text();
    if (content.find("encoding").text() != "base64") return text;
    auto bytes = decodeBase64(text);
    if (!bytes) return Error{ErrorCode::corrupt, "\"content.text\" says base64 and is none"};
    return *std::move(bytes);
}

support::Result<turns::ReplyReceived> replyOf(const JsonValue& entry, const Moments& moments) {
    const JsonValue response = entry.find("response");
    turns::ReplyReceived reply;
    auto body = contentOf(response.find("content"));
    if (!body) return std::move(body).error();
    reply.body = *std::move(body);
    reply.headers = headerLines(response.find("headers"), reply.body);
    reply.headers += turns::provenanceLine(Provenance::asLogged, kReplyIs);
    reply.wire.headers = moments.headers;
    reply.wire.lastByte = moments.lastByte;
    const auto status = response.find("status").count();
    if (status && *status >= 100 && *status <= 999) {
        reply.httpStatus = static_cast<int>(*status);
        return reply;
    }
    reply.end = turns::ExchangeEnd::upstreamFailed;
    reply.wire = {};
    for (const JsonValue& words : {response.find("_error"), response.find("statusText")}) {
        if (reply.error.empty()) reply.error = words.text();
    }
    return reply;
}

}  // namespace

support::Result<std::optional<LoggedExchange>> readHarEntry(std::string_view text, wire::JsonReader& reader) {
    const auto document = reader.read(text);
    if (!document) return document.error();
    const JsonValue entry = document->root();
    const JsonValue request = entry.find("request");
    if (!request.is(JsonKind::object) || !request.find("url").is(JsonKind::string)) {
        return Error{ErrorCode::corrupt, "expected an object with \"request\" and in it \"url\" (HAR 1.2)"};
    }
    const LoggedUrl url = splitUrl(request.find("url").text());
    const auto api = wire::recognizeTurn(request.find("method").text(), url.target);
    if (!api) return std::optional<LoggedExchange>();
    const JsonValue post = request.find("postData").find("text");
    if (!post.is(JsonKind::string)) {
        return Error{ErrorCode::corrupt, "a model call without \"postData.text\": the log was saved without bodies"};
    }

    LoggedExchange exchange;
    exchange.endpoint = url.endpoint;
    exchange.request.api = *api;
    exchange.request.target = url.target;
    exchange.request.body = post.text();
    exchange.request.headers = headerLines(request.find("headers"), exchange.request.body);
    exchange.request.headers += turns::provenanceLine(Provenance::asLogged, kRequestIs);
    const Moments moments = momentsOf(entry);
    const auto start = timeOfText(entry.find("startedDateTime").text());
    exchange.startKnown = start.has_value();
    exchange.request.started = start ? *start + moments.beforeRequest : WallTime{};
    if (entry.find("response").is(JsonKind::object)) {
        auto reply = replyOf(entry, moments);
        if (!reply) return std::move(reply).error();
        exchange.reply = *std::move(reply);
    }
    return std::optional(std::move(exchange));
}

bool HarSplitter::feed(std::string_view bytes) {
    std::size_t at = 0;
    std::size_t begin = 0;  // of what belongs to the entry and is not in m_entry yet
    const auto keep = [&] {
        if (m_capturing && !m_tooLarge) m_entry.append(bytes.substr(begin, at - begin));
        if (m_entry.size() > kMaxEntryBytes) {
            m_tooLarge = true;
            m_entry = {};
        }
        begin = at;
    };
    while (at < bytes.size() && !m_stopped && !m_done && !m_broken) {
        if (m_inString) {
            takeInString(bytes, at);
            continue;
        }
        const bool before = m_capturing;
        const char c = bytes[at];
        const bool closes = c == '}' || c == ']';
        if (before && closes && m_depth == kKnownDepth + 1) {
            ++at;  // the bracket is the entry's last byte
            keep();
            take(c);
            continue;
        }
        take(c);
        if (!before && m_capturing) begin = at;
        ++at;
    }
    keep();
    return !m_stopped;
}

void HarSplitter::takeInString(std::string_view bytes, std::size_t& at) {
    while (at < bytes.size()) {
        const char c = bytes[at++];
        if (m_escaped) {
            m_escaped = false;
        } else if (c == '\\') {
            m_escaped = true;
        } else if (c == '"') {
            m_inString = false;
            if (std::exchange(m_readingKey, false)) m_keys[m_depth] = std::exchange(m_key, {});
            return;
        }
        constexpr std::size_t kLongestKey = 16;
        if (m_readingKey && m_key.size() < kLongestKey) m_key += c;
    }
}

void HarSplitter::take(char c) {
    switch (c) {
        case '"':
            m_inString = true;
            m_readingKey = m_keyComes && m_depth > 0 && m_depth < kKnownDepth && m_isObject[m_depth];
            return;
        case ':': m_keyComes = false; return;
        case ',': m_keyComes = true; return;
        case '{':
        case '[': open(c); return;
        case '}':
        case ']': close(); return;
        default: return;
    }
}

void HarSplitter::open(char bracket) {
    ++m_depth;
    m_keyComes = true;
    if (m_depth <= kKnownDepth) m_isObject[m_depth] = bracket == '{';
    const bool inLog = m_depth == kKnownDepth && m_isObject[1] && m_isObject[2] && m_keys[1] == "log";
    if (bracket == '[' && inLog && m_keys[2] == "entries") m_inEntries = m_foundEntries = true;
    if (m_inEntries && m_depth == kKnownDepth + 1) m_capturing = true;
}

void HarSplitter::close() {
    if (m_depth == 0) {
        m_broken = true;
        return;
    }
    if (m_capturing && m_depth == kKnownDepth + 1) {
        m_capturing = false;
        const bool readable = !std::exchange(m_tooLarge, false);
        const std::string entry = std::exchange(m_entry, {});
        if (!m_handler(readable ? std::string_view(entry) : std::string_view())) m_stopped = true;
    }
    if (m_depth == kKnownDepth) m_inEntries = false;
    --m_depth;
    m_keyComes = false;
    m_done = m_depth == 0;
}

std::string HarSplitter::finish() const {
    if (m_broken) return "brackets do not match: what stands behind the last entry read was not looked at";
    if (!m_done) return "the document is cut off: a HAR ends with the bracket that it began with";
    return m_foundEntries ? std::string() : "there is no list \"log.entries\" in it";
}

}  // namespace turntable::logs
