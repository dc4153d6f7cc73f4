#include "storage/privacy/private_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include <re2/re2.h>

#include "storage/digest/sha256.h"
#include "storage/privacy/private_patterns.h"
#include "storage/privacy/text_view.h"

namespace turntable::privacy {

using support::ByteRange;

namespace {

// JSON in a string of JSON in a string of JSON: what an agent that quotes its own log reaches.
constexpr int kMaxEscapeLevels = 6;
constexpr std::size_t kMinOutsideBytes = 12;

// Or another long stretch of base64: it is not looked into.
bool isPicture(std::string_view text) {
    constexpr std::size_t kLeast = 4096;
    return text.size() >= kLeast && std::all_of(text.begin(), text.end(), [](char byte) {
               return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '+' || byte == '/' || byte == '=';
           });
}

FindMemory::StringId idOf(std::string_view text) {
    const auto digest = digest::sha256(text);
    FindMemory::StringId id{};
    static_assert(sizeof id <= sizeof digest);
    std::memcpy(id.data(), digest.data(), sizeof id);
    return id;
}

bool isWordByte(char byte) { return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_'; }

// The fields whose values a stream sends piece by piece (Messages API, Chat Completions, Ollama).
bool isDeltaField(std::string_view name) {
    constexpr std::array<std::string_view, 9> kFields = {"text",      "partial_json", "thinking",          "content",
                                                         "arguments", "reasoning",    "reasoning_content", "response",
                                                         "refusal"};
    return std::find(kFields.begin(), kFields.end(), name) != kFields.end();
}

std::size_t sizeOf(const PrivateSpan& span) {
    std::size_t size = 0;
    for (const ByteRange piece : span.pieces) size += piece.size;
    return size;
}

}  // namespace

std::set<PrivateKind> everyPrivateKind() {
    std::set<PrivateKind> kinds;
    for (std::size_t kind = 0; kind < kPrivateKinds; ++kind) kinds.insert(static_cast<PrivateKind>(kind));
    return kinds;
}

std::set<PrivateKind> secretKinds() {
    return {PrivateKind::apiKey, PrivateKind::bearerToken, PrivateKind::jwt, PrivateKind::privateKey,
            PrivateKind::password};
}

std::string_view privateKindName(PrivateKind kind) {
    constexpr std::array<std::string_view, kPrivateKinds> kNames = {
        "email", "path", "user", "key", "bearer", "jwt", "private_key", "password", "host", "ip", "text"};
    return kNames[static_cast<std::size_t>(kind)];
}

void PrivateTextFinder::alsoFind(std::string literal, PrivateKind kind, bool wholeWord) {
    if (!literal.empty()) m_literals.push_back({std::move(literal), kind, wholeWord});
}

struct PrivateTextFinder::Expression {
    Expression(const std::string& text, PrivateKind means) : compiled(text, RE2::Quiet), kind(means) {}
    RE2 compiled;
    PrivateKind kind;
};

support::Status PrivateTextFinder::alsoMatch(const std::string& expression, PrivateKind kind) {
    auto compiled = std::make_shared<const Expression>(expression, kind);
    if (!compiled->compiled.ok()) {
        return support::Error{support::ErrorCode::invalidArgument,
                              "\"" + expression + "\" is no regular expression: " + compiled->compiled.error()};
    }
    m_expressions.push_back(std::move(compiled));
    return {};
}

/// One document that is looked through.
class PrivateTextFinder::Look {
public:
    Look(const PrivateTextFinder& finder, std::string_view document, FindMemory* memory)
        : m_finder(finder), m_document(document), m_memory(memory) {}

    std::vector<PrivateSpan> run();

private:
    void keep(const TextView& view, PrivateKind kind, std::size_t offset, std::size_t size);
    void scan(TextView view, int level);
    void scanPlain(const TextView& view);
    void findLiterals(const TextView& view);
    void findMatches(const TextView& view);
    void scanJson(ByteRange range, bool isStream);
    void scanString(const JsonString& string);
    void scanKnown(const JsonString& string);
    bool isSecret(const JsonString& string) const;

    const PrivateTextFinder& m_finder;
    const std::string_view m_document;
    FindMemory* m_memory;
    std::vector<PrivateSpan> m_spans;
    std::map<std::string, TextView> m_streamed;  ///< by field: what its deltas say together
};

void PrivateTextFinder::Look::keep(const TextView& view, PrivateKind kind, std::size_t offset, std::size_t size) {
    if (size > 0) m_spans.push_back({kind, view.text().substr(offset, size), view.origins(offset, size)});
}

void PrivateTextFinder::Look::findLiterals(const TextView& view) {
    const std::string& text = view.text();
    for (const Literal& literal : m_finder.m_literals) {
        const std::size_t size = literal.text.size();
        for (auto at = text.find(literal.text); at != std::string::npos; at = text.find(literal.text, at + size)) {
            const bool isInside =
                (at > 0 && isWordByte(text[at - 1])) || (at + size < text.size() && isWordByte(text[at + size]));
            if (!literal.wholeWord || !isInside) keep(view, literal.kind, at, size);
        }
    }
}

void PrivateTextFinder::Look::findMatches(const TextView& view) {
    const std::string& text = view.text();
    for (const auto& expression : m_finder.m_expressions) {
        re2::StringPiece match;
        for (std::size_t at = 0; at < text.size();) {
            if (!expression->compiled.Match(text, at, text.size(), RE2::UNANCHORED, &match, 1)) break;
            const auto begin = static_cast<std::size_t>(match.data() - text.data());
            keep(view, expression->kind, begin, match.size());
            at = begin + std::max<std::size_t>(match.size(), 1);
        }
    }
}

void PrivateTextFinder::Look::scanPlain(const TextView& view) {
    findPatterns(view.text(), [&](PrivateKind kind, std::size_t offset, std::size_t size) {
        if (m_finder.m_kinds.count(kind) > 0) keep(view, kind, offset, size);
    });
}

void PrivateTextFinder::Look::scan(TextView view, int level) {
    for (;; ++level) {
        scanPlain(view);
        findLiterals(view);
        findMatches(view);
        if (level >= kMaxEscapeLevels || view.text().find('\\') == std::string::npos) return;
        TextView next = view.unescaped();
        if (next.text() == view.text()) return;
        view = std::move(next);
    }
}

bool PrivateTextFinder::Look::isSecret(const JsonString& string) const {
    if (string.isKey || string.key.size == 0 || m_finder.m_kinds.count(PrivateKind::password) == 0) return false;
    const auto key = support::slice(m_document, string.key);
    const bool isPlain = key.find('\\') == std::string_view::npos;
    const std::string name = isPlain ? std::string(key) : TextView(m_document, string.key).unescaped().text();
    return namesASecret(name) && (!isVagueName(name) || looksSecret(support::slice(m_document, string.content)));
}

void PrivateTextFinder::Look::scanString(const JsonString& string) {
    TextView view = TextView(m_document, string.content).unescaped();
    if (isSecret(string) && view.text().rfind("[redacted:", 0) != 0) {
        keep(view, PrivateKind::password, 0, view.text().size());
    }
    scan(std::move(view), 1);
}

// What is found in a string depends on nothing but its bytes, and on whether its name says that it is a secret.
void PrivateTextFinder::Look::scanKnown(const JsonString& string) {
    const auto content = support::slice(m_document, string.content);
    if (content.size() < FindMemory::kLeastBytes || isSecret(string)) return scanString(string);
    if (isPicture(content)) return;
    const FindMemory::StringId id = idOf(content);
    if (auto known = m_memory->recall(id)) {
        for (PrivateSpan& span : *known) {
            for (ByteRange& piece : span.pieces) piece.offset += string.content.offset;
            m_spans.push_back(std::move(span));
        }
        return;
    }
    const auto before = static_cast<std::ptrdiff_t>(m_spans.size());
    scanString(string);
    std::vector<PrivateSpan> found(m_spans.begin() + before, m_spans.end());
    for (PrivateSpan& span : found) {
        for (ByteRange& piece : span.pieces) piece.offset -= string.content.offset;
    }
    m_memory->remember(id, std::move(found));
}

void PrivateTextFinder::Look::scanJson(ByteRange range, bool isStream) {
    std::string place;  // the numbers of block, choice and call that a delta belongs to
    bool isIndex = false;
    const auto visit = [&](const JsonString& string) {
        if (m_memory != nullptr) {
            scanKnown(string);
        } else {
            scanString(string);
        }
        const auto key = support::slice(m_document, string.key);
        isIndex = isStream && string.isKey && support::slice(m_document, string.content) == "index";
        if (isStream && isDeltaField(key)) {
            m_streamed[std::string(key) + place].append(TextView(m_document, string.content).unescaped());
        }
    };
    forEachJsonString(m_document, range, visit, [&](ByteRange outside) {
        if (isIndex) place += std::string(support::slice(m_document, outside));
        isIndex = false;
        if (outside.size >= kMinOutsideBytes) scanPlain(TextView(m_document, outside));
    });
}

std::vector<PrivateSpan> PrivateTextFinder::Look::run() {
    const auto stretches = stretchesOf(m_document);
    for (const auto& stretch : stretches) {
        if (stretch.isJson) {
            scanJson(stretch.range, stretches.size() > 1);
        } else {
            scan(TextView(m_document, stretch.range), 0);
        }
    }
    for (auto& [field, view] : m_streamed) scan(std::move(view), 1);
    const auto order = [](const PrivateSpan& left, const PrivateSpan& right) {
        const auto key = [](const PrivateSpan& span) {
            return std::tuple(span.pieces.front().offset, span.pieces.size(), sizeOf(span), span.kind);
        };
        return key(left) < key(right);
    };
    std::stable_sort(m_spans.begin(), m_spans.end(), order);
    m_spans.erase(std::unique(m_spans.begin(), m_spans.end()), m_spans.end());
    return std::move(m_spans);
}

std::vector<PrivateSpan> PrivateTextFinder::find(std::string_view document, FindMemory* memory) const {
    return Look(*this, document, memory).run();
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

}  // namespace turntable::privacy
