#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recorder/turns/exchange.h"
#include "storage/support/clock.h"

/// Reads a stamped transcript of fixtures/wire as the exchange that a recorder would have seen.
namespace turntable::turns::testing {

struct Transcript {
    std::string requestBody;
    ReplyReceived reply;
};

struct StampedBytes {
    support::Nanoseconds at{};
    std::string_view bytes;
};

/// Takes chunked transfer coding (RFC 9112, section 7.1) off a whole body whose pieces came with stamps. A chunk counts
/// as having arrived with the piece that holds its first byte.
inline void takeChunks(const std::vector<StampedBytes>& pieces, ReplyReceived& reply) {
    std::string all;
    for (const StampedBytes& piece : pieces) all.append(piece.bytes);
    std::size_t at = 0;
    while (at < all.size()) {
        const std::size_t line = all.find("\r\n", at);
        if (line == std::string::npos) return;
        const std::size_t size = std::strtoul(all.c_str() + at, nullptr, 16);
        if (size == 0) return;
        const std::size_t begin = line + 2;
        std::size_t end = 0;
        support::Nanoseconds stamp{};
        for (const StampedBytes& piece : pieces) {
            end += piece.bytes.size();
            stamp = piece.at;
            if (begin < end) break;
        }
        reply.body.append(all, begin, size);
        reply.arrivals.push_back({stamp, std::min(size, all.size() - begin)});
        at = begin + size + 2;
    }
}

/// Empty when the file is not there or not a transcript of one exchange.
inline std::optional<Transcript> readTranscript(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    Transcript transcript;
    std::vector<StampedBytes> pieces;
    std::string head;
    std::size_t at = 0;
    while (at + 4 < text.size()) {
        const std::size_t lineEnd = text.find('\n', at);
        const bool sent = text.compare(at, 4, ">>> ") == 0;
        if (lineEnd == std::string::npos || (!sent && text.compare(at, 4, "<<< ") != 0)) return std::nullopt;
        char* rest = nullptr;
        const support::Nanoseconds stamp = support::fromMs(std::strtod(text.c_str() + at + 4, &rest));
        const std::string_view what(rest, static_cast<std::size_t>(text.c_str() + lineEnd - rest));
        if (!what.ends_with(" bytes")) break;
        const std::size_t size = std::strtoul(rest + std::string_view(" ms ").size(), nullptr, 10);
        std::string_view bytes = std::string_view(text).substr(lineEnd + 1, size);
        at = lineEnd + 1 + size;
        while (at < text.size() && text[at] == '\n') ++at;
        const std::size_t blank = bytes.find("\r\n\r\n");
        if (sent) {
            transcript.requestBody = bytes.substr(blank + 4);
            continue;
        }
        if (head.empty()) {
            if (blank == std::string_view::npos) return std::nullopt;
            head = bytes.substr(0, blank + 2);
            transcript.reply.wire.headers = stamp;
            bytes.remove_prefix(blank + 4);
        }
        if (!bytes.empty()) pieces.push_back({stamp, bytes});
        transcript.reply.wire.lastByte = stamp;
    }
    transcript.reply.exchange = 1;
    transcript.reply.httpStatus = std::atoi(head.c_str() + head.find(' '));
    transcript.reply.headers = head.substr(head.find('\n') + 1);
    if (head.find("chunked") != std::string::npos) {
        takeChunks(pieces, transcript.reply);
    } else {
        for (const StampedBytes& piece : pieces) {
            transcript.reply.body.append(piece.bytes);
            transcript.reply.arrivals.push_back({piece.at, piece.bytes.size()});
        }
    }
    return transcript;
}

}  // namespace turntable::turns::testing
