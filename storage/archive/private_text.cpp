#include "storage/archive/private_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <tuple>
#include <utility>

#include "storage/archive/private_patterns.h"
#include "storage/archive/text_view.h"

namespace turntable::storage {

using support::ByteRange;

namespace {

// JSON in a string of JSON in a string of JSON: what an agent that quotes its own log reaches.
constexpr int kMaxEscapeLevels = 3;
constexpr std::size_t kMinOutsideBytes = 12;

bool isWordByte(char byte) { return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_'; }

// The fields whose values a stream sends piece by piece (Messages API, Chat Completions, Ollama).
bool isDeltaField(std::string_view name) {
    constexpr std::array<std::string_view, 8> kFields = {"text",      "partial_json", "thinking",          "content",
                                                         "arguments", "reasoning",    "reasoning_content", "response"};
    return std::find(kFields.begin(), kFields.end(), name) != kFields.end();
}

std::size_t sizeOf(const PrivateSpan& span) {
    std::size_t size = 0;
    for (const ByteRange piece : span.pieces) size += piece.size;
    return size;
}

}  // namespace

std::string_view privateKindName(PrivateKind kind) {
    constexpr std::array<std::string_view, kPrivateKinds> kNames = {
        "email", "path", "user", "key", "bearer", "jwt", "private_key", "password", "host", "ip", "text"};
    return kNames[static_cast<std::size_t>(kind)];
}

void PrivateTextFinder::alsoFind(std::string literal, PrivateKind kind, bool wholeWord) {
    if (!literal.empty()) m_literals.push_back({std::move(literal), kind, wholeWord});
}

std::vector<PrivateSpan> PrivateTextFinder::find(std::string_view document) const {
    std::vector<PrivateSpan> spans;
    const auto keep = [&](const TextView& view, PrivateKind kind, std::size_t offset, std::size_t size) {
        if (size > 0) spans.push_back({kind, view.text().substr(offset, size), view.origins(offset, size)});
    };
    const auto findLiterals = [&](const TextView& view) {
        const std::string& text = view.text();
        for (const Literal& literal : m_literals) {
            const std::size_t size = literal.text.size();
            for (auto at = text.find(literal.text); at != std::string::npos; at = text.find(literal.text, at + size)) {
                const bool isInside =
                    (at > 0 && isWordByte(text[at - 1])) || (at + size < text.size() && isWordByte(text[at + size]));
                if (!literal.wholeWord || !isInside) keep(view, literal.kind, at, size);
            }
        }
    };
    const auto scanPlain = [&](const TextView& view) {
        findPatterns(view.text(), [&](PrivateKind kind, std::size_t offset, std::size_t size) {
            if (m_kinds.count(kind) > 0) keep(view, kind, offset, size);
        });
    };
    const auto scan = [&](TextView view, int level) {
        for (;; ++level) {
            scanPlain(view);
            findLiterals(view);
            if (level >= kMaxEscapeLevels || view.text().find('\\') == std::string::npos) return;
            TextView next = view.unescaped();
            if (next.text() == view.text()) return;
            view = std::move(next);
        }
    };
    const auto stretches = stretchesOf(document);
    std::map<std::string, TextView> streamed;
    for (const auto& stretch : stretches) {
        if (!stretch.isJson) {
            scan(TextView(document, stretch.range), 0);
            continue;
        }
        const auto visit = [&](const JsonString& string) {
            const TextView view = TextView(document, string.content).unescaped();
            const auto key = support::slice(document, string.key);
            const bool isSecret = !string.isKey && namesASecret(key) && view.text().rfind("[redacted:", 0) != 0;
            if (isSecret && m_kinds.count(PrivateKind::password) > 0) {
                keep(view, PrivateKind::password, 0, view.text().size());
            }
            scan(view, 1);
            if (stretches.size() > 1 && isDeltaField(key)) streamed[std::string(key)].append(view);
        };
        forEachJsonString(document, stretch.range, visit, [&](ByteRange outside) {
            if (outside.size >= kMinOutsideBytes) scanPlain(TextView(document, outside));
        });
    }
    for (auto& [field, view] : streamed) scan(std::move(view), 1);
    const auto order = [](const PrivateSpan& left, const PrivateSpan& right) {
        const auto key = [](const PrivateSpan& span) {
            return std::tuple(span.pieces.front().offset, span.pieces.size(), sizeOf(span), span.kind);
        };
        return key(left) < key(right);
    };
    std::stable_sort(spans.begin(), spans.end(), order);
    spans.erase(std::unique(spans.begin(), spans.end()), spans.end());
    return spans;
}

std::vector<PrivateSpan> withoutOverlap(std::vector<PrivateSpan> spans) {
    std::stable_sort(spans.begin(), spans.end(),
                     [](const PrivateSpan& left, const PrivateSpan& right) { return sizeOf(left) > sizeOf(right); });
    std::map<std::size_t, std::size_t> taken;  // begin to end, apart from one another
    std::vector<PrivateSpan> kept;
    for (PrivateSpan& span : spans) {
        std::vector<ByteRange> rest;
        for (const ByteRange piece : span.pieces) {
            std::size_t begin = piece.offset;
            auto next = taken.upper_bound(begin);
            if (next != taken.begin() && std::prev(next)->second > begin) begin = std::prev(next)->second;
            for (; begin < piece.end(); ++next) {
                const std::size_t end = next == taken.end() ? piece.end() : std::min(next->first, piece.end());
                if (end > begin) rest.push_back({begin, end - begin});
                if (next == taken.end()) break;
                begin = std::max(end, next->second);
            }
        }
        if (rest.empty()) continue;
        for (const ByteRange piece : rest) taken.emplace(piece.offset, piece.end());
        span.pieces = std::move(rest);
        kept.push_back(std::move(span));
    }
    std::sort(kept.begin(), kept.end(), [](const PrivateSpan& left, const PrivateSpan& right) {
        return left.pieces.front().offset < right.pieces.front().offset;
    });
    return kept;
}

}  // namespace turntable::storage
