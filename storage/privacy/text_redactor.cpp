#include "storage/privacy/text_redactor.h"

#include <algorithm>
#include <utility>

#include "storage/compression/inflate.h"
#include "storage/digest/sha256.h"
#include "storage/privacy/private_patterns.h"

namespace turntable::privacy {

using support::ByteRange;

namespace {

constexpr std::size_t kMaxDecodedBytes = std::size_t{256} << 20;
constexpr std::size_t kPlaceholderDigits = 8;

// The pieces of a body whose ends moved: as many, with the same moments.
std::vector<model::Arrival> resized(std::span<const model::Arrival> arrivals, const RedactedText& text) {
    std::vector<model::Arrival> pieces(arrivals.begin(), arrivals.end());
    std::size_t oldEnd = 0;
    std::size_t newEnd = 0;
    for (auto& piece : pieces) {
        oldEnd += piece.size;
        const std::size_t end = text.moved(oldEnd);
        piece.size = end - newEnd;
        newEnd = end;
    }
    return pieces;
}

void append(std::vector<RedactedText::Replaced>& all, std::vector<RedactedText::Replaced> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::size_t RedactedText::moved(std::size_t offset) const {
    const auto behind = std::upper_bound(edits.begin(), edits.end(), offset,
                                         [](std::size_t at, const Edit& edit) { return at < edit.old.offset; });
    if (behind == edits.begin()) return offset;
    const Edit& edit = *std::prev(behind);
    if (offset < edit.old.end()) return edit.newOffset;
    return edit.newOffset + edit.newSize + (offset - edit.old.end());
}

ByteRange RedactedText::moved(ByteRange range) const {
    const std::size_t begin = moved(range.offset);
    return {begin, moved(range.end()) - begin};
}

std::string TextRedactor::placeholder(PrivateKind kind, std::string_view secret) const {
    std::string salted = m_salt + std::string(privateKindName(kind)) + '\0';
    salted += secret;
    const auto hash = digest::sha256Hex(salted);
    return "[redacted:" + std::string(privateKindName(kind)) + ":" + hash.substr(0, kPlaceholderDigits) + "]";
}

RedactedText TextRedactor::redact(std::string_view document, FindMemory* memory) const {
    RedactedText redacted;
    struct Replacement {
        ByteRange old;
        std::string text;
    };
    std::vector<Replacement> replacements;
    for (PrivateSpan& span : withoutOverlap(m_finder.find(document, memory))) {
        std::string text = placeholder(span.kind, span.secret);
        redacted.replaced.push_back({span.kind, std::move(span.secret), text});
        for (const ByteRange piece : span.pieces) replacements.push_back({piece, std::exchange(text, std::string())});
    }
    std::sort(replacements.begin(), replacements.end(),
              [](const auto& left, const auto& right) { return left.old.offset < right.old.offset; });
    std::size_t at = 0;
    for (const auto& [old, text] : replacements) {
        redacted.text += document.substr(at, old.offset - at);
        redacted.edits.push_back({old, redacted.text.size(), text.size()});
        redacted.text += text;
        at = old.end();
    }
    redacted.text += document.substr(at);
    return redacted;
}

BodyRedaction redactBody(const TextRedactor& redactor, const BodyText& reply) {
    BodyRedaction done;
    RedactedText headers = redactor.redact(reply.headers);
    if (!headers.replaced.empty()) reply.headers = std::move(headers.text);
    done.replaced = std::move(headers.replaced);
    const std::string coding = headerValue(reply.headers, "content-encoding");
    const bool isPlain = coding.empty() || coding == "identity";
    std::string decoded;
    if (!isPlain && !reply.body.empty()) {
        const bool isKnown = coding == "gzip" || coding == "x-gzip" || coding == "deflate";
        if (!isKnown || !compression::Inflater(kMaxDecodedBytes).feed(reply.body, decoded).ok()) {
            done.unread = coding;
            decoded = reply.body;  // a server that names a coding and uses none is found out
        }
    }
    // Deflated bytes of any length hold no key by chance.
    RedactedText body = redactor.redact(isPlain ? reply.body : decoded);
    if (body.replaced.empty()) return done;
    append(done.replaced, std::move(body.replaced));
    if (isPlain) {
        reply.arrivals = resized(reply.arrivals, body);
    } else {
        reply.arrivals = rescaled(reply.arrivals, reply.body.size(), body.text.size());
        reply.headers = withoutCoding(reply.headers);
    }
    reply.body = std::move(body.text);
    return done;
}

std::vector<model::Arrival> rescaled(std::span<const model::Arrival> arrivals, std::size_t oldSize,
                                     std::size_t newSize) {
    std::vector<model::Arrival> pieces(arrivals.begin(), arrivals.end());
    std::size_t oldEnd = 0;
    std::size_t newEnd = 0;
    for (auto& piece : pieces) {
        oldEnd += piece.size;
        const double share = oldSize == 0 ? 1.0 : static_cast<double>(oldEnd) / static_cast<double>(oldSize);
        const auto end = oldEnd == oldSize ? newSize : static_cast<std::size_t>(share * static_cast<double>(newSize));
        piece.size = end - newEnd;
        newEnd = end;
    }
    return pieces;
}

std::string withoutCoding(std::string_view headers) {
    std::string kept;
    while (!headers.empty()) {
        const auto line = headers.substr(0, std::min(headers.find('\n'), headers.size() - 1) + 1);
        headers.remove_prefix(line.size());
        const std::string name = lower(line.substr(0, line.find(':')));
        if (name != "content-encoding" && name != "content-length") kept += line;
    }
    return kept;
}

std::string headerValue(std::string_view headers, std::string_view name) {
    while (!headers.empty()) {
        const auto line = headers.substr(0, headers.find('\n'));
        headers.remove_prefix(std::min(line.size() + 1, headers.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || lower(line.substr(0, colon)) != name) continue;
        const auto value = line.substr(colon + 1);
        const auto first = value.find_first_not_of(" \t");
        if (first == std::string_view::npos) return {};
        return lower(value.substr(first, value.find_last_not_of(" \t\r") + 1 - first));
    }
    return {};
}

}  // namespace turntable::privacy
