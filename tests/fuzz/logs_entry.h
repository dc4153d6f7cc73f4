#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recorder/logs/claude_code_log.h"
#include "recorder/logs/claude_trace.h"
#include "recorder/logs/har.h"
#include "recorder/logs/recognize.h"
#include "recorder/turns/turn_builder.h"
#include "tests/fuzz/wire_entry.h"

/// What the fuzz program and the corpus test do with one log: the format is the one that is recognised.
namespace turntable::logs::fuzz {

using wire::fuzz::require;

/// A logged exchange is understood as a live one is.
inline void understand(const LoggedExchange& exchange) {
    auto understood = turns::understandRequest(exchange.request, {});
    if (exchange.reply) turns::understandReply(understood, *exchange.reply);
    require(!understood.turn.latency.prefill || understood.turn.latency.source == model::TimeSource::server ||
                understood.turn.latency.source == model::TimeSource::simulated,
            "without arrivals there is no prefill on the wire");
    for (const std::string_view headers : {std::string_view(exchange.request.headers),
                                           exchange.reply ? std::string_view(exchange.reply->headers) : ""}) {
        require(headers.find("authorization:") == std::string_view::npos, "no secret header is kept");
    }
}

inline std::vector<std::string> entriesOf(std::string_view log, std::size_t piece) {
    std::vector<std::string> entries;
    HarSplitter splitter([&](std::string_view entry) {
        entries.emplace_back(entry);
        return true;
    });
    for (std::size_t at = 0; at < log.size(); at += piece) splitter.feed(log.substr(at, piece));
    entries.push_back(splitter.finish());
    return entries;
}

inline void checkHar(std::string_view log) {
    wire::JsonReader reader;
    const auto entries = entriesOf(log, log.size());
    require(entries == entriesOf(log, 7), "pieces make no difference");
    for (const std::string& entry : entries) {
        const auto exchange = readHarEntry(entry, reader);
        if (exchange && *exchange) understand(**exchange);
    }
}

template <typename Use>
void eachLine(std::string_view log, Use use) {
    std::size_t number = 0;
    for (std::size_t at = 0; at < log.size();) {
        const std::size_t end = std::min(log.find('\n', at), log.size());
        use(log.substr(at, end - at), ++number, at);
        at = end + 1;
    }
}

inline void checkClaudeTrace(std::string_view log) {
    wire::JsonReader reader;
    eachLine(log, [&](std::string_view line, std::size_t, std::size_t) {
        const auto exchange = readClaudeTraceLine(line, reader);
        if (exchange && *exchange) understand(**exchange);
    });
}

inline void checkClaudeCode(std::string_view text) {
    ClaudeCodeLog log;
    eachLine(text, [&](std::string_view line, std::size_t number, std::size_t at) {
        static_cast<void>(log.addLine(line, number, at));
    });
    const auto read = [&](support::ByteRange range) -> support::Result<std::string> {
        require(range.end() <= text.size(), "content lies in the file");
        return std::string(support::slice(text, range));
    };
    for (std::size_t call = 0; call < log.calls().size(); ++call) {
        const auto exchange = log.exchange(call, read);
        require(exchange.ok(), "a call can be built");
        require(!log.calls()[call].parent || *log.calls()[call].parent < call, "parents come first");
        const auto parsed = wire::parseRequest(model::Api::anthropicMessages, exchange->request.body);
        require(parsed.ok() || parsed.error().code == support::ErrorCode::limitExceeded,
                "a reconstructed request is a request");
        understand(*exchange);
    }
}

inline void checkLog(std::string_view log) {
    const auto format = recognizeFormat(log);
    if (!format) return;
    switch (*format) {
        case LogFormat::claudeTrace: return checkClaudeTrace(log);
        case LogFormat::har: return checkHar(log);
        case LogFormat::claudeCode: return checkClaudeCode(log);
        case LogFormat::store: return;
    }
}

}  // namespace turntable::logs::fuzz
