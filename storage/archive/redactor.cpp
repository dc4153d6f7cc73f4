#include "storage/archive/redactor.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "storage/compression/inflate.h"
#include "storage/digest/sha256.h"
#include "storage/part_store.h"
#include "storage/screen_codec.h"

namespace turntable::storage {

using support::ByteRange;
using support::Result;
using support::Status;

namespace {

constexpr std::size_t kMaxDecodedBytes = std::size_t{256} << 20;
constexpr std::size_t kPlaceholderDigits = 8;
constexpr std::size_t kUidBytes = 16;
constexpr std::size_t kLeastCutBytes = 4;  // of a secret: fewer tell nothing

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& byte : out) byte = static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
    return out;
}

std::string withoutHeaders(std::string_view headers, std::initializer_list<std::string_view> names) {
    std::string kept;
    while (!headers.empty()) {
        const auto line = headers.substr(0, std::min(headers.find('\n'), headers.size() - 1) + 1);
        headers.remove_prefix(line.size());
        const std::string name = lower(line.substr(0, line.find(':')));
        if (std::find(names.begin(), names.end(), name) == names.end()) kept += line;
    }
    return kept;
}

// A body of another length: its pieces keep their share.
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

}  // namespace

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

std::size_t RedactedText::moved(std::size_t offset) const {
    const auto behind = std::upper_bound(edits.begin(), edits.end(), offset,
                                         [](std::size_t at, const Edit& edit) { return at < edit.old.offset; });
    if (behind == edits.begin()) return offset;
    const Edit& edit = *std::prev(behind);
    if (offset < edit.old.end()) return edit.newOffset;
    return edit.newOffset + edit.newSize + (offset - edit.old.end());
}

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

std::string Redactor::placeholder(PrivateKind kind, const std::string& secret) {
    const auto hash = digest::sha256Hex(m_salt + std::string(privateKindName(kind)) + '\0' + secret);
    std::string text =
        "[redacted:" + std::string(privateKindName(kind)) + ":" + hash.substr(0, kPlaceholderDigits) + "]";
    m_known.emplace(secret, text);
    return text;
}

RedactedText Redactor::redact(std::string_view document) {
    RedactedText redacted;
    struct Replacement {
        ByteRange old;
        std::string text;
    };
    std::vector<Replacement> replacements;
    for (const PrivateSpan& span : withoutOverlap(m_finder.find(document))) {
        std::string text = placeholder(span.kind, span.secret);
        auto& count = m_counts[span.kind];
        ++count.replaced;
        ++count.byPlaceholder[text];
        ++redacted.spans;
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

std::string Redactor::redactCut(std::string_view text) {
    std::string cut = redact(text).text;
    std::size_t longest = 0;
    const std::string* mark = nullptr;
    for (const auto& [secret, placeholderText] : m_known) {
        for (std::size_t size = std::min(secret.size(), cut.size()); size > longest && size >= kLeastCutBytes; --size) {
            if (!std::string_view(cut).ends_with(std::string_view(secret).substr(0, size))) continue;
            longest = size;
            mark = &placeholderText;
        }
    }
    if (mark == nullptr) return cut;
    return cut.substr(0, cut.size() - longest) + *mark;
}

std::size_t Redactor::change(std::string& text) {
    if (text.empty()) return 0;
    RedactedText redacted = redact(text);
    if (redacted.spans > 0) text = std::move(redacted.text);
    return redacted.spans;
}

Status Redactor::change(model::Session& session) {
    session.uid = std::string(bytesOf(digest::sha256(m_salt + "redacted copy of " + session.uid))).substr(0, kUidBytes);
    change(session.name);
    change(session.model);
    change(session.endpoint);
    change(session.note);
    if (session.identity) {
        change(session.identity->name);
        change(session.identity->build);
    }
    return {};
}

void Redactor::change(RecorderOrigin& recorder) {
    change(recorder.listen);
    change(recorder.upstream);
}

void Redactor::change(model::Note& note) { change(note.text); }
void Redactor::change(GapMark& mark) { change(mark.reason); }

Status Redactor::change(TurnContent& content) {
    m_remark.reset();
    const std::size_t inRequest = changeRequest(content);
    const std::size_t inReply = changeReply(content);
    const auto inScreen = changeScreen(content);
    if (!inScreen) return inScreen.error();
    const std::size_t inRow = changeRow(content.turn);
    if (inRequest + inReply + *inScreen + inRow == 0) return {};
    ++m_turnsChanged;
    m_remark = "redacted: " + std::to_string(inRequest) + " in the request, " + std::to_string(inReply) +
               " in the reply, " + std::to_string(*inScreen) + " in the screen, " + std::to_string(inRow) +
               " beside them; the bytes of this turn are not those that were on the wire";
    return {};
}

std::optional<model::Note> Redactor::remark() {
    if (!m_remark) return std::nullopt;
    model::Note note;
    note.written = support::SystemClock().wallNow();
    note.text = *std::exchange(m_remark, std::nullopt);
    return note;
}

std::size_t Redactor::changeRequest(TurnContent& content) {
    std::size_t spans = change(content.requestHeaders);
    for (auto& file : content.files) spans += change(file.path) + change(file.content);
    const RedactedText body = redact(content.request);
    if (body.spans == 0) return spans;
    for (ByteRange& part : content.requestParts) {
        const std::size_t begin = body.moved(part.offset);
        part = {begin, body.moved(part.end()) - begin};
    }
    content.request = body.text;
    content.turn.requestBytes = static_cast<std::int64_t>(content.request.size());
    return spans + body.spans;
}

std::size_t Redactor::changeReply(TurnContent& content) {
    if (!content.reply) return 0;
    ReplyContent& reply = *content.reply;
    const std::string coding = headerValue(reply.headers, "content-encoding");
    std::size_t spans = change(reply.headers);
    if (!coding.empty() && coding != "identity") return spans + changeCodedReply(content, coding);
    const RedactedText body = redact(reply.body);
    if (body.spans == 0) return spans;
    reply.arrivals = resized(reply.arrivals, body);
    reply.body = body.text;
    content.turn.responseBytes = static_cast<std::int64_t>(reply.body.size());
    return spans + body.spans;
}

// What cannot be read cannot be said to hold nothing: such a body goes as a whole.
std::size_t Redactor::changeCodedReply(TurnContent& content, std::string_view coding) {
    ReplyContent& reply = *content.reply;
    if (reply.body.empty()) return 0;
    std::string plain;
    const bool isKnown = coding == "gzip" || coding == "x-gzip" || coding == "deflate";
    const bool isRead = isKnown && compression::Inflater(kMaxDecodedBytes).feed(reply.body, plain).ok();
    std::size_t spans = 1;
    if (isRead) {
        RedactedText body = redact(plain);
        if (body.spans == 0) return 0;
        spans = body.spans;
        plain = std::move(body.text);
    } else {
        ++m_repliesHidden;
        ++m_counts[PrivateKind::custom].replaced;
        plain = placeholder(PrivateKind::custom, reply.body);
    }
    reply.arrivals = rescaled(reply.arrivals, reply.body.size(), plain.size());
    reply.body = std::move(plain);
    reply.headers = withoutHeaders(reply.headers, {"content-encoding", "content-length"});
    content.turn.responseBytes = static_cast<std::int64_t>(reply.body.size());
    return spans;
}

Result<std::size_t> Redactor::changeScreen(TurnContent& content) {
    if (!content.screen) return std::size_t{0};
    auto screen = decodeScreen(*content.screen);
    if (!screen) return screen.error();
    std::size_t spans = change(screen->application) + change(screen->location) + change(screen->truncationReason);
    for (auto& element : screen->elements) {
        spans += change(element.text) + change(element.roleDescription);
        if (element.value) spans += change(*element.value);
        for (auto& state : element.states) spans += change(state);
    }
    if (spans > 0) content.screen = encodeScreen(*screen);
    return spans;
}

std::size_t Redactor::changeRow(model::Turn& turn) {
    std::size_t spans = change(turn.target) + change(turn.requestedModel) + change(turn.answeredModel) +
                        change(turn.stopReason) + change(turn.error);
    if (std::string text = redactCut(turn.text); text != turn.text) {
        turn.text = std::move(text);
        ++spans;
    }
    for (auto& action : turn.actions) {
        spans += change(action.tool) + change(action.arguments) + change(action.invalidReason) +
                 change(action.targetRole) + change(action.targetText);
    }
    if (turn.screen) {
        spans += change(turn.screen->application) + change(turn.screen->location) + change(turn.screen->note) +
                 change(turn.screen->truncationReason);
    }
    return spans;
}

}  // namespace turntable::storage
