#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/wire/response.h"
#include "storage/model/timing.h"

namespace turntable::wire::test {

/// One exchange of fixtures/wire: what was sent, and what came back with the milliseconds of each piece.
struct Transcript {
    std::string target;
    std::string request;  ///< body
    int status = 0;
    std::string contentType;
    std::string body;  ///< of the reply, chunks taken apart
    std::vector<model::Arrival> arrivals;
};

inline std::string readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Takes the chunked transfer coding (RFC 9112, section 7.1) off a reply, byte by byte.
class ChunkReader {
public:
    /// Appends the content in `bytes` to `out`.
    void feed(std::string_view bytes, std::string& out) {
        for (const char c : bytes) {
            if (m_left > 0) {
                out.push_back(c);
                --m_left;
            } else if (c == '\n') {
                m_left = std::strtoul(m_line.c_str(), nullptr, 16);
                m_line.clear();
            } else if (c != '\r') {
                m_line.push_back(c);
            }
        }
    }

private:
    std::string m_line;
    std::size_t m_left = 0;
};

inline std::string headerOf(const std::string& head, const std::string& name) {
    const std::size_t at = head.find("\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 3;
    return head.substr(begin, head.find('\r', begin) - begin);
}

/// Puts the pieces of a transcript together.
class TranscriptReader {
public:
    explicit TranscriptReader(std::string text) : m_text(std::move(text)) {}

    Transcript read() {
        while (readRecord()) {
        }
        return m_transcript;
    }

private:
    /// `<<< 131.927 ms  542 bytes`, then the bytes, then empty lines.
    bool readRecord() {
        const std::size_t lineEnd = m_text.find('\n', m_at);
        const std::string line = m_text.substr(m_at, lineEnd - m_at);
        const std::size_t unit = line.find(" ms  ");
        if (unit == std::string::npos || !line.ends_with(" bytes")) return false;
        const double ms = std::strtod(line.c_str() + 4, nullptr);
        const std::size_t size = std::strtoul(line.c_str() + unit + 5, nullptr, 10);
        const std::string bytes = m_text.substr(lineEnd + 1, size);
        if (bytes == "<client closed>") return false;
        line.starts_with(">>>") ? takeRequest(bytes) : takeReply(bytes, support::fromMs(ms));
        m_at = m_text.find_first_not_of("\r\n", lineEnd + 1 + size);
        return m_at != std::string::npos;
    }

    void takeRequest(const std::string& bytes) {
        const std::size_t space = bytes.find(' ');
        m_transcript.target = bytes.substr(space + 1, bytes.find(' ', space + 1) - space - 1);
        m_transcript.request = bytes.substr(bytes.find("\r\n\r\n") + 4);
    }

    void takeReply(const std::string& bytes, support::Nanoseconds at) {
        std::string rest = bytes;
        if (!m_inBody) {
            m_head += bytes;
            const std::size_t end = m_head.find("\r\n\r\n");
            if (end == std::string::npos) return;
            m_inBody = true;
            rest = m_head.substr(end + 4);
            m_transcript.status = std::atoi(m_head.c_str() + 9);
            m_transcript.contentType = headerOf(m_head, "Content-Type");
        }
        const std::size_t before = m_transcript.body.size();
        if (headerOf(m_head, "Transfer-Encoding") == "chunked") {
            m_chunks.feed(rest, m_transcript.body);
        } else {
            m_transcript.body += rest;
        }
        const std::size_t size = m_transcript.body.size() - before;
        if (size > 0) m_transcript.arrivals.push_back({at, size});
    }

    const std::string m_text;
    std::size_t m_at = 0;
    std::string m_head;
    bool m_inBody = false;
    ChunkReader m_chunks;
    Transcript m_transcript;
};

inline Transcript readTranscript(const std::string& name) {
    return TranscriptReader(readFile(TURNTABLE_SOURCE_DIR "/fixtures/wire/" + name + ".txt")).read();
}

inline ParsedReply parseTranscript(model::Api api, const Transcript& transcript) {
    return parseStoredReply(api, transcript.status, transcript.contentType, "", transcript.body, transcript.arrivals);
}

/// A reply in one line per fact, for comparison and for messages of failing tests.
inline std::string describe(const ParsedReply& reply) {
    const auto count = [](std::optional<std::int64_t> value) { return value ? std::to_string(*value) : "-"; };
    std::string out = "id " + reply.id + "\nmodel " + reply.model + "\nstop " + reply.stopReason + "\n";
    for (const ReplyBlock& block : reply.blocks) {
        constexpr const char* kNames[] = {"text", "thinking", "call", "unknown"};
        out += std::string(kNames[static_cast<int>(block.kind)]) + (block.closed ? " closed [" : " open [") +
               block.text + "] " + block.tool + " " + block.callId + " " + block.arguments + "\n";
    }
    out += "usage input " + count(reply.usage.input) + " read " + count(reply.usage.cachedRead) + " creation " +
           count(reply.usage.cacheCreation) + " output " + count(reply.usage.output) + " prompt " +
           count(reply.usage.promptTotal) + "\n";
    out += reply.ended ? "ended\n" : "not ended\n";
    if (!reply.error.empty()) out += "error " + reply.error + "\n";
    for (const std::string& oddity : reply.oddities) out += "odd: " + oddity + "\n";
    return out;
}

}  // namespace turntable::wire::test
