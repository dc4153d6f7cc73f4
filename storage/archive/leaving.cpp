#include "storage/archive/leaving.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "storage/archive/session_source.h"
#include "storage/compression/inflate.h"
#include "storage/digest/sha256.h"
#include "storage/privacy/text_redactor.h"
#include "storage/privacy/text_view.h"
#include "storage/screen_codec.h"

namespace turntable::storage {

using support::ByteRange;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

constexpr std::size_t kMaxDecodedBytes = std::size_t{256} << 20;
constexpr std::size_t kMinImageBytes = 1024;

bool looksLikeBase64(std::string_view text) {
    if (text.rfind("data:", 0) == 0) text.remove_prefix(std::min(text.find(',') + 1, text.size()));
    if (text.size() < kMinImageBytes) return false;
    return std::all_of(text.begin(), text.end(), [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               byte == '+' || byte == '/' || byte == '=' || byte == '\\' || byte == '\n';
    });
}

// The kind of each stretch of a request, by the field of the outermost object that it stands in.
const char* kindOfField(std::string_view field) {
    if (field == "system") return "system prompts";
    if (field == "tools" || field == "functions") return "tool schemas";
    if (field == "messages") return "messages";
    return "rest of requests";
}

class Survey {
public:
    Survey(SessionSource& source, const ExportOptions& options)
        : m_source(source), m_options(options), m_finder(privacy::everyPrivateKind()) {}

    Status run(const std::vector<model::Session>& sessions);
    LeavingSurvey take();

private:
    struct Found {
        std::set<digest::Sha256> secrets;
        LeavingPrivate row;
    };
    Status survey(const model::Session& session);
    void survey(const TurnContent& content);
    void weighRequest(std::string_view body);
    void weigh(const char* kind, std::string_view bytes);
    void look(std::string_view document);
    void lookAtReply(const ReplyContent& reply);
    void lookAtScreen(std::string_view bytes);

    SessionSource& m_source;
    const ExportOptions& m_options;
    privacy::PrivateTextFinder m_finder;
    LeavingSurvey m_survey;
    std::map<std::string, LeavingBytes> m_bytes;
    std::set<digest::Sha256> m_weighed;
    std::map<privacy::PrivateKind, Found> m_found;
    std::set<privacy::PrivateKind> m_inThisTurn;
    std::set<std::string> m_paths;
    std::set<std::string> m_names;
    std::set<std::string> m_passwords;
    std::string m_session;
    int m_turn = 0;
    ArchiveProgress m_progress;
};

void Survey::weigh(const char* kind, std::string_view bytes) {
    if (bytes.empty() || !m_weighed.insert(digest::sha256(bytes)).second) return;
    auto& row = m_bytes[kind];
    ++row.count;
    row.bytes += static_cast<std::int64_t>(bytes.size());
}

// Each string is weighed where it stands, so that a message that is sent again counts once.
void Survey::weighRequest(std::string_view body) {
    std::string field;
    const auto visit = [&](const privacy::JsonString& string) {
        const auto text = support::slice(body, string.content);
        if (string.isKey) {
            if (string.depth == 1) field = text;
            return;
        }
        weigh(looksLikeBase64(text) ? "images" : kindOfField(field), text);
    };
    privacy::forEachJsonString(body, {0, body.size()}, visit, [](ByteRange) {});
}

void Survey::look(std::string_view document) {
    for (const privacy::PrivateSpan& span : m_finder.find(document)) {
        auto& found = m_found[span.kind];
        if (found.secrets.empty()) {
            found.row = {span.kind, 0, 0, shortened(span.kind, span.secret), m_session, m_turn};
        }
        if (found.secrets.insert(digest::sha256(span.secret)).second) {
            if (span.kind == privacy::PrivateKind::userName) m_names.insert(span.secret);
            if (span.kind == privacy::PrivateKind::password) m_passwords.insert(span.secret);
        }
        m_inThisTurn.insert(span.kind);
    }
}

void Survey::lookAtReply(const ReplyContent& reply) {
    weigh("replies", reply.body);
    weigh("headers", reply.headers);
    look(reply.headers);
    const std::string coding = privacy::headerValue(reply.headers, "content-encoding");
    if (coding.empty() || coding == "identity") return look(reply.body);
    std::string plain;
    const bool isKnown = coding == "gzip" || coding == "x-gzip" || coding == "deflate";
    if (isKnown && compression::Inflater(kMaxDecodedBytes).feed(reply.body, plain).ok()) return look(plain);
    ++m_survey.report.repliesUnread;
}

void Survey::lookAtScreen(std::string_view bytes) {
    weigh("screens", bytes);
    const auto screen = decodeScreen(bytes);
    if (!screen) return;
    look(screen->application);
    look(screen->location);
    for (const auto& element : screen->elements) {
        look(element.text);
        if (element.value) look(*element.value);
        for (const auto& state : element.states) look(state);
    }
}

void Survey::survey(const TurnContent& content) {
    m_inThisTurn.clear();
    m_turn = content.turn.number;
    weighRequest(content.request);
    weigh("headers", content.requestHeaders);
    look(content.request);
    look(content.requestHeaders);
    look(content.turn.target);
    for (const auto& file : content.files) {
        weigh("linked files", file.content);
        look(file.content);
        look(file.path);
        m_paths.insert(file.path);
    }
    if (content.reply) lookAtReply(*content.reply);
    if (content.screen) lookAtScreen(*content.screen);
    for (const privacy::PrivateKind kind : m_inThisTurn) ++m_found[kind].row.turns;
}

Status Survey::survey(const model::Session& session) {
    const auto turns = m_source.turns(session);
    if (!turns) return turns.error();
    const auto notes = m_source.notes(session);
    if (!notes) return notes.error();
    m_survey.report.sessions.push_back(
        {session.id, session.name, static_cast<std::int64_t>(turns->size()), static_cast<std::int64_t>(notes->size())});
    m_session = session.name;
    m_turn = 0;
    for (const auto& text : {session.name, session.endpoint, session.model, session.note}) look(text);
    for (const auto& note : *notes) look(note.text);
    for (const auto key : *turns) {
        const auto content = m_source.content(session, key);
        if (!content) return content.error();
        survey(*content);
        m_progress.session = session.name;
        ++m_progress.turnsDone;
        m_progress.bytesDone += bytesIn(*content);
        if (m_options.progress) m_options.progress(m_progress);
        if (m_options.stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped before all was looked at"};
    }
    return {};
}

Status Survey::run(const std::vector<model::Session>& sessions) {
    for (const auto& session : sessions) {
        const auto turns = m_source.turns(session);
        if (!turns) return turns.error();
        m_progress.turnsTotal += static_cast<std::int64_t>(turns->size());
    }
    for (const auto& session : sessions) {
        if (auto done = survey(session); !done) return done;
    }
    return {};
}

LeavingSurvey Survey::take() {
    auto& report = m_survey.report;
    for (const char* kind : {"system prompts", "tool schemas", "messages", "images", "rest of requests", "replies",
                             "screens", "headers", "linked files"}) {
        LeavingBytes row = m_bytes[kind];
        row.kind = kind;
        report.bytes.push_back(std::move(row));
    }
    report.filePaths.assign(m_paths.begin(), m_paths.end());
    for (auto& [kind, found] : m_found) {
        found.row.distinct = static_cast<std::int64_t>(found.secrets.size());
        report.found.push_back(found.row);
    }
    m_survey.secrets.userNames.assign(m_names.begin(), m_names.end());
    m_survey.secrets.passwords.assign(m_passwords.begin(), m_passwords.end());
    return std::move(m_survey);
}

}  // namespace

std::string shortened(privacy::PrivateKind kind, const std::string& secret) {
    const auto printable = [](std::string_view text) {
        std::string out;
        for (const char byte : text) out += static_cast<unsigned char>(byte) < 0x20 ? ' ' : byte;
        return out;
    };
    // A host, a path or an address has to be recognised; of a key its kind is enough.
    const bool isSecret = kind != privacy::PrivateKind::hostName && kind != privacy::PrivateKind::ipAddress &&
                          kind != privacy::PrivateKind::homePath && kind != privacy::PrivateKind::userName;
    constexpr std::size_t kMost = 40;
    if (!isSecret) return printable(secret.substr(0, kMost)) + (secret.size() > kMost ? "…" : "");
    const std::size_t shown = std::min<std::size_t>(4, secret.size() / 4);
    return printable(secret.substr(0, shown)) + "… (" + std::to_string(secret.size()) + " bytes)";
}

Result<LeavingSurvey> surveyLeaving(const std::filesystem::path& store, std::span<const support::SessionId> sessions,
                                    const ExportOptions& options) {
    auto source = SessionSource::open(store, Trust::own);
    if (!source) return source.error();
    const auto found = source->sessions({sessions.begin(), sessions.end()}, options.withRuns);
    if (!found) return found.error();
    Survey survey(*source, options);
    if (auto done = survey.run(*found); !done) return done.error();
    return survey.take();
}

}  // namespace turntable::storage
