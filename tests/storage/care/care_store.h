#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "storage/digest/sha256.h"
#include "storage/screen_codec.h"
#include "storage/sqlite/database.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/trace_builder.h"

namespace turntable::care {

using storage::StoreFixture;
using storage::TraceReader;
using storage::TraceWriter;

/// A store with everything in it that a store can have: two recorded sessions (replies, screens, headers, files,
/// arrivals), a session with a run and an open turn, notes and gap marks.
class CareStore : public StoreFixture {
protected:
    void buildEverything() {
        const std::filesystem::path fixtures = std::filesystem::path(TURNTABLE_SOURCE_DIR) / "fixtures/stores";
        std::filesystem::copy_file(fixtures / "version-1.turntable.db", m_path);
        std::filesystem::permissions(m_path, std::filesystem::perms::owner_all);
        buildSmall();
        TraceWriter writer = openWriter();
        const auto todo = openReader().findSession("todo");
        ASSERT_TRUE(todo.ok());
        ASSERT_TRUE(writer.addNote({{}, todo->id, {}, {}, "the whole session"}).ok());
        ASSERT_TRUE(writer.addGapMark(std::nullopt, todo->started, "the disk was full").ok());
        model::Turn torn;
        torn.session = todo->id;
        ASSERT_TRUE(writer.beginTurn(torn, {"{\"torn\": true}", {}, "host: h\n", {}}, {}).ok());
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    /// A session `a` of three turns, a run of it, and a session `b` that shares nothing with them but its screen.
    void buildSmall() {
        const auto built = test::buildTrace(m_path,
                                            "session a\n"
                                            "turn system=100 user=20 elements=40 prefill=1s decode=1s click e6\n"
                                            "turn system=100 user=20 elements=41 prefill=1s decode=1s click e7\n"
                                            "turn system=100 user=20 status=failed http=500 error=overloaded\n"
                                            "run again of=a model=other\n"
                                            "turn system=100 user=20 elements=40 click e6\n"
                                            "turn system=100 user=20 elements=40 click e7\n"
                                            "session b\n"
                                            "turn user=7 elements=40 text=done\n"
                                            "gap the-recorder-was-away\n");
        ASSERT_TRUE(built.ok()) << (built ? "" : built.error().message);
        TraceWriter writer = openWriter();
        const auto recorders = openReader().unendedRecorders();
        for (const auto& recorder : *recorders) ASSERT_TRUE(writer.endRecorder(recorder.id).ok());
        const auto b = openReader().findSession("b");
        const auto turn = openReader().turns(b->id)->front().id;
        ASSERT_TRUE(writer.addNote({{}, b->id, turn, {}, "look here"}).ok());
        ASSERT_TRUE(writer.checkpoint().ok());
    }
    sqlite::Database open() { return *sqlite::Database::open(m_path, sqlite::OpenMode::readWrite); }
    std::int64_t number(const std::string& sql) { return *open().integer(sql); }
    void change(const std::string& sql) {
        auto database = open();
        const auto done = database.execute(sql);
        ASSERT_TRUE(done.ok()) << sql << ": " << (done ? "" : done.error().message);
    }
};

/// Everything that the verbs show of a store, item by item; an item that could not be read holds the error.
struct Readable {
    std::map<std::string, std::string> items;  ///< "turn 3 request" to a hash or a text
    std::int64_t errors = 0;

    template <typename Value, typename Describe>
    bool put(const std::string& name, const support::Result<Value>& value, Describe describe) {
        if (!value) ++errors;
        if (value) items[name] = describe(*value);
        return value.ok();
    }
};

inline std::string textOf(std::optional<std::int64_t> value) { return value ? std::to_string(*value) : "-"; }
inline std::string textOf(std::optional<support::Nanoseconds> value) {
    return value ? std::to_string(value->count()) : "-";
}
inline std::string textOf(const model::TokenFigure& figure) {
    return textOf(figure.tokens) + std::string(model::basisName(figure.basis)) + " ";
}

inline std::string textOf(const model::Session& session) {
    std::string text = session.name + "|" + std::string(model::sessionModeName(session.mode)) + "|" +
                       std::to_string(session.simulated) + std::to_string(session.started.time_since_epoch().count()) +
                       "|" + std::to_string(session.turns) + session.model + "|" + session.endpoint + "|" +
                       (session.source ? std::to_string(session.source->value) : "-") + session.note + "|" +
                       digest::sha256Hex(session.uid);
    if (session.identity) {
        text += session.identity->serverKind + "|" + session.identity->name + "|" + session.identity->quantization +
                "|" + session.identity->build + "|" + textOf(session.identity->contextTokens) +
                textOf(session.identity->parameters) + session.identity->templateHash;
    }
    return text;
}

/// Every field of a turn; `Turn::operator==` compares, but a map of texts says where two stores differ.
inline std::string textOf(const model::Turn& turn) {
    std::string text = std::to_string(turn.session.value) + "/" + std::to_string(turn.number) + "|" +
                       std::string(model::turnStatusName(turn.status)) + std::to_string(static_cast<int>(turn.api)) +
                       std::to_string(turn.streaming) + std::to_string(turn.started.time_since_epoch().count()) + "|" +
                       (turn.parent ? std::to_string(turn.parent->value) : "-") +
                       (turn.source ? std::to_string(turn.source->value) : "-") + "|" + turn.target + "|" +
                       turn.requestedModel + "|" + turn.answeredModel + "|" +
                       std::to_string(turn.httpStatus.value_or(-1)) + turn.stopReason + "|" + turn.error + "|" +
                       std::to_string(turn.requestBytes) + "|" + std::to_string(turn.responseBytes) + "|" + turn.text;
    for (const auto& section : turn.tokens.sections) text += textOf(section);
    text += textOf(turn.tokens.input) + textOf(turn.tokens.cached) + textOf(turn.tokens.output);
    for (const auto& duration : {turn.latency.queue, turn.latency.prefill, turn.latency.decode, turn.latency.gap,
                                 turn.latency.tool, turn.latency.total, turn.wire.upstreamConnected, turn.wire.headers,
                                 turn.wire.firstByte, turn.wire.firstContent, turn.wire.lastByte, turn.server.queue,
                                 turn.server.load, turn.server.prefill, turn.server.decode}) {
        text += textOf(duration) + " ";
    }
    text += std::string(model::timeSourceName(turn.latency.source)) + textOf(turn.server.promptTokens) +
            textOf(turn.server.cachedTokens) + textOf(turn.server.predictedTokens);
    if (turn.screenId) text += "|screen " + std::to_string(turn.screenId->value);
    if (turn.screen) {
        text += std::to_string(turn.screen->elements) + " " + std::to_string(turn.screen->elementsSeen) +
                std::string(model::truncationName(turn.screen->truncation)) + turn.screen->truncationReason +
                std::string(model::carrierName(turn.screen->carrier)) +
                std::string(model::screenFormatName(turn.screen->format)) + turn.screen->application + "|" +
                turn.screen->location + "|" + turn.screen->note;
    }
    for (const auto& action : turn.actions) {
        text += "|" + action.callId + action.tool + action.arguments + std::to_string(action.valid) +
                action.invalidReason + std::to_string(action.target.value_or(-1)) + action.targetRole +
                action.targetText;
    }
    return text;
}

inline void readTurn(const TraceReader& reader, const model::Turn& turn, Readable& out) {
    const std::string name = "turn " + std::to_string(turn.id.value) + " ";
    out.items[name + "row"] = textOf(turn);
    const auto hash = [](const std::string& bytes) { return digest::sha256Hex(bytes); };
    out.put(name + "request", reader.requestBody(turn.id), hash);
    out.put(name + "response", reader.responseBody(turn.id), hash);
    out.put(name + "request headers", reader.requestHeaders(turn.id), hash);
    out.put(name + "response headers", reader.responseHeaders(turn.id), hash);
    out.put(name + "hashes", reader.bodyHashes(turn.id),
            [](const TraceReader::BodyHashes& hashes) { return hashes.request + hashes.response; });
    out.put(name + "arrivals", reader.arrivals(turn.id), [](const std::vector<model::Arrival>& arrivals) {
        std::string text;
        for (const auto& arrival : arrivals) {
            text += std::to_string(arrival.at.count()) + "+" + std::to_string(arrival.size) + " ";
        }
        return digest::sha256Hex(text);
    });
    out.put(name + "files", reader.linkedFiles(turn.id), [](const std::vector<storage::LinkedFile>& files) {
        std::string text;
        for (const auto& file : files) text += file.path + digest::sha256Hex(file.content) + " ";
        return text;
    });
    if (!turn.screenId) return;
    out.put(name + "screen", reader.screen(*turn.screenId),
            [](const model::Screen& screen) { return digest::sha256Hex(storage::encodeScreen(screen)); });
}

inline Readable readEverything(const std::filesystem::path& path) {
    Readable out;
    const auto reader = TraceReader::open(path);
    if (!out.put("store", reader, [](const auto&) { return std::string(); })) return out;
    const auto sessions = reader->sessions();
    if (!out.put("sessions", sessions, [](const auto& list) { return std::to_string(list.size()); })) return out;
    for (const auto& session : *sessions) {
        const std::string name = "session " + std::to_string(session.id.value) + " ";
        out.items[name + "row"] = textOf(session);
        out.put(name + "notes", reader->notes(session.id), [](const std::vector<model::Note>& notes) {
            std::string text;
            for (const auto& note : notes) {
                text += std::to_string(note.turn ? note.turn->value : 0) + note.text +
                        std::to_string(note.written.time_since_epoch().count()) + "|";
            }
            return text;
        });
        out.put(name + "gaps", reader->gapMarks(session.id), [](const std::vector<storage::GapMark>& gaps) {
            std::string text;
            for (const auto& gap : gaps) {
                text += gap.reason + std::to_string(gap.at.time_since_epoch().count()) + "|";
            }
            return text;
        });
        const auto runs = reader->runsOf(session.id);
        out.put(name + "runs", runs, [](const auto& list) { return std::to_string(list.size()); });
        const auto turns = reader->turns(session.id);
        if (!out.put(name + "turns", turns, [](const auto& list) { return std::to_string(list.size()); })) continue;
        for (const auto& turn : *turns) readTurn(*reader, turn, out);
    }
    return out;
}

}  // namespace turntable::care
