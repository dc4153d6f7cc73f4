#include "recorder/logs/claude_trace.h"

#include <utility>

#include "recorder/logs/log_values.h"
#include "recorder/turns/provenance.h"
#include "recorder/wire/request.h"

namespace turntable::logs {
namespace {

using support::WallTime;
using turns::Provenance;
using wire::JsonKind;
using wire::JsonValue;

constexpr std::string_view kRequestIs = "claude-trace log: the request body as the log has it, not the wire's bytes";
constexpr std::string_view kReplyIs = "claude-trace log: the reply as the log has it, not the wire's bytes";

// A body of the log: a string is the text itself, anything else was JSON and stands in the line.
std::string bodyOf(const JsonValue& value) {
    if (value.is(JsonKind::string)) return value.text();
    if (!value.exists() || value.is(JsonKind::null)) return {};
    return std::string(value.raw());
}

std::optional<int> statusOf(const JsonValue& value) {
    const auto status = value.count();
    if (!status || *status < 100 || *status > 999) return std::nullopt;
    return static_cast<int>(*status);
}

turns::ReplyReceived replyOf(const JsonValue& entry, std::optional<WallTime> start) {
    const JsonValue response = entry.find("response");
    turns::ReplyReceived reply;
    reply.httpStatus = statusOf(response.find("status_code"));
    const JsonValue raw = response.find("body_raw");
    reply.body = raw.is(JsonKind::string) ? raw.text() : bodyOf(response.find("body"));
    reply.headers = headerLines(response.find("headers"), reply.body);
    reply.headers += turns::provenanceLine(Provenance::asLogged, kReplyIs);
    const auto headersAt = timeOfSeconds(response.find("timestamp").number());
    reply.wire.headers = between(start, headersAt);
    const auto end = timeOfText(entry.find("logged_at").text());
    // A log that is written later than the reply came would tell a time before the headers, or none.
    if (!headersAt || (end && *end >= *headersAt)) reply.wire.lastByte = between(start, end);
    return reply;
}

}  // namespace

support::Result<std::optional<LoggedExchange>> readClaudeTraceLine(std::string_view line, wire::JsonReader& reader) {
    const auto document = reader.read(line);
    if (!document) return document.error();
    const JsonValue entry = document->root();
    const JsonValue request = entry.find("request");
    if (!request.is(JsonKind::object) || !request.find("url").is(JsonKind::string)) {
        return support::Error{support::ErrorCode::corrupt,
                              "expected an object with \"request\" and in it \"url\", as claude-trace writes them"};
    }
    const LoggedUrl url = splitUrl(request.find("url").text());
    const std::string method = request.find("method").is(JsonKind::string) ? request.find("method").text() : "POST";
    const auto api = wire::recognizeTurn(method, url.target);
    if (!api) return std::optional<LoggedExchange>();

    LoggedExchange exchange;
    exchange.endpoint = url.endpoint;
    exchange.request.api = *api;
    exchange.request.target = url.target;
    exchange.request.body = bodyOf(request.find("body"));
    exchange.request.headers = headerLines(request.find("headers"), exchange.request.body);
    exchange.request.headers += turns::provenanceLine(Provenance::asLogged, kRequestIs);
    const auto start = timeOfSeconds(request.find("timestamp").number());
    exchange.startKnown = start.has_value();
    exchange.request.started = start.value_or(WallTime{});
    if (entry.find("response").is(JsonKind::object)) exchange.reply = replyOf(entry, start);
    return std::optional(std::move(exchange));
}

}  // namespace turntable::logs
