#include "storage/archive/redactor.h"

#include <algorithm>
#include <utility>

#include "storage/digest/sha256.h"
#include "storage/part_store.h"
#include "storage/screen_codec.h"

namespace turntable::storage {

using support::Result;
using support::Status;

namespace {

constexpr std::size_t kUidBytes = 16;
constexpr std::size_t kLeastCutBytes = 4;  // of a secret: fewer tell nothing

}  // namespace

privacy::RedactedText Redactor::redact(std::string_view document) {
    privacy::RedactedText redacted = m_redactor.redact(document);
    count(redacted.replaced);
    return redacted;
}

void Redactor::count(const std::vector<privacy::RedactedText::Replaced>& replaced) {
    for (const auto& each : replaced) {
        auto& count = m_counts[each.kind];
        ++count.replaced;
        ++count.byPlaceholder[each.placeholder];
        m_known.emplace(each.secret, each.placeholder);
    }
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
    privacy::RedactedText redacted = redact(text);
    if (!redacted.replaced.empty()) text = std::move(redacted.text);
    return redacted.replaced.size();
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
    const privacy::RedactedText body = redact(content.request);
    if (body.replaced.empty()) return spans;
    for (support::ByteRange& part : content.requestParts) part = body.moved(part);
    content.request = body.text;
    content.turn.requestBytes = static_cast<std::int64_t>(content.request.size());
    return spans + body.replaced.size();
}

std::size_t Redactor::changeReply(TurnContent& content) {
    if (!content.reply) return 0;
    ReplyContent& reply = *content.reply;
    const auto done = privacy::redactBody(m_redactor, {reply.headers, reply.body, reply.arrivals});
    count(done.replaced);
    std::size_t spans = done.replaced.size();
    // What cannot be read cannot be said to hold nothing: such a body goes as a whole.
    if (!done.unread.empty()) {
        std::string hidden = m_redactor.placeholder(privacy::PrivateKind::custom, reply.body);
        reply.arrivals = privacy::rescaled(reply.arrivals, reply.body.size(), hidden.size());
        reply.body = std::move(hidden);
        reply.headers = privacy::withoutCoding(reply.headers);
        ++m_repliesHidden;
        ++m_counts[privacy::PrivateKind::custom].replaced;
        ++spans;
    }
    if (spans > 0) content.turn.responseBytes = static_cast<std::int64_t>(reply.body.size());
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
