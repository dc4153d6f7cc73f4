#include "recorder/proxy/shim_call.h"

#include <algorithm>
#include <array>

#include "recorder/http/header_name.h"
#include "recorder/proxy/error_document.h"
#include "recorder/proxy/header_filter.h"
#include "recorder/turns/provenance.h"

namespace turntable::proxy {
namespace {

using http::Header;
using turns::ExchangeEnd;

constexpr std::size_t kMaxNamesBytes = 300;

bool isAnthropics(std::string_view name) { return name.starts_with("anthropic-") || name == "x-api-key"; }

bool isOfTheBody(std::string_view name) {
    constexpr std::array<std::string_view, 4> kNames{"content-type", "content-length", "content-encoding",
                                                     "transfer-encoding"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

support::MonotonicTime now() { return support::SystemClock().monotonicNow(); }

/// Names of members come out of the request: a line must stay a line.
std::string printable(std::string text) {
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20U || byte > 0x7eU) c = '?';
    }
    return text;
}

}  // namespace

std::string callUrl(std::string_view base, std::string_view path, std::string_view from, std::string_view to) {
    path = path.substr(0, path.find_first_of("?#"));
    if (path.ends_with(from)) path.remove_suffix(from.size());
    return std::string(base).append(path).append(to);
}

std::vector<Header> shimRequestHeaders(const std::vector<Header>& headers) {
    std::vector<Header> kept = forwardedRequestHeaders(headers);
    std::erase_if(kept, [](const Header& header) {
        const std::string name = http::lowerCase(header.name);
        return isAnthropics(name) || isOfTheBody(name) || name == "accept-encoding";
    });
    const std::string_view key = http::headerValue(headers, "x-api-key");
    if (!key.empty() && http::headerValue(headers, "authorization").empty()) {
        kept.push_back({"Authorization", "Bearer " + std::string(key)});
    }
    kept.push_back({"Content-Type", "application/json"});
    kept.push_back({"Accept-Encoding", "identity"});
    return kept;
}

std::string translationMark(const std::vector<std::string>& dropped) {
    std::string sentence = "the server was asked for a chat completion, and its reply made a message";
    std::string names;
    for (const std::string& name : dropped) {
        if (names.size() + name.size() > kMaxNamesBytes) {
            names += ", and more";
            break;
        }
        names += (names.empty() ? "" : ", ") + printable(name);
    }
    if (!names.empty()) sentence += "; left out: " + names;
    return turns::provenanceLine(turns::Provenance::translated, sentence);
}

http::ResponseHead ShimSink::headFor(const wire::ShimPiece& piece) const {
    http::ResponseHead head;
    if (!piece.head) return head;
    head.status = piece.head->status;
    head.reason = head.status == m_head.status ? m_head.reason : reasonPhrase(head.status);
    head.headers = m_head.headers;
    std::erase_if(head.headers, [](const Header& header) { return isOfTheBody(http::lowerCase(header.name)); });
    head.headers.push_back({"Content-Type", std::string(piece.head->contentType)});
    const bool whole = !piece.head->contentType.starts_with("text/event-stream");
    if (whole) head.headers.push_back({"Content-Length", std::to_string(piece.bytes.size())});
    return head;
}

void ShimSink::record(const wire::ShimPiece& piece, const http::ResponseHead& head, support::MonotonicTime at) {
    auto* tape = m_tape.tape();
    if (tape == nullptr) return;
    if (piece.head) tape->head(head, m_tape.sinceWhole(m_headAt));
    if (!piece.bytes.empty()) tape->body(piece.bytes, at);
}

bool ShimSink::send(const wire::ShimPiece& piece, const http::ResponseHead& head) {
    if (piece.head && !m_reply.head(head)) return false;
    return m_reply.body(piece.bytes);
}

bool ShimSink::give(const wire::ShimPiece& piece, support::MonotonicTime at) {
    const http::ResponseHead head = headFor(piece);
    record(piece, head, at);
    return send(piece, head);
}

bool ShimSink::onHead(const http::ResponseHead& head, support::MonotonicTime at) {
    m_tape.begin();
    m_head = head;
    m_headAt = at;
    return give(m_shim.head(head.status, http::headerValue(head.headers, "content-type"),
                            http::headerValue(head.headers, "content-encoding")),
                at);
}

bool ShimSink::onBody(std::string_view bytes, support::MonotonicTime at) { return give(m_shim.feed(bytes), at); }

void ShimSink::end(const Ending& how) {
    auto* tape = m_tape.tape();
    // What a server does behind its [DONE] changes nothing of the message.
    const Ending ending = how.end == ExchangeEnd::upstreamFailed && m_shim.over() ? Ending{} : how;
    const bool broken = ending.end == ExchangeEnd::upstreamFailed && m_reply.begun();
    if (ending.end != ExchangeEnd::whole && !broken) return conclude(ending, m_tape.api(), m_reply, tape);
    const wire::ShimPiece last = broken ? m_shim.breakOff(ending.error) : m_shim.finish();
    const http::ResponseHead head = headFor(last);
    record(last, head, now());
    if (tape != nullptr) tape->end(ending.end, ending.error);
    const bool sent = send(last, head) && m_reply.end();
    if (!sent && tape != nullptr) tape->end(ExchangeEnd::clientGone, "the agent hung up");
}

void refuseUntranslatable(const support::Error& error, ReplyWriter& reply, ExchangeTape& tape) {
    constexpr int kBadRequest = 400;
    constexpr const char* kJson = "application/json";
    const std::string document = errorDocument(kBadRequest, model::Api::anthropicMessages, error.message);
    tape.begin();
    auto* recorded = tape.tape();
    if (recorded != nullptr) {
        http::ResponseHead head;
        head.status = kBadRequest;
        head.headers = {{"Content-Type", kJson}, {"Content-Length", std::to_string(document.size())}};
        recorded->head(head, now());
        recorded->body(document, now());
        recorded->end(ExchangeEnd::whole);
    }
    if (!reply.sendWhole(kBadRequest, kJson, document) && recorded != nullptr) {
        recorded->end(ExchangeEnd::clientGone, "the agent hung up");
    }
}

}  // namespace turntable::proxy
