#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "storage/support/clock.h"
#include "storage/trace_writer.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

using support::Error;
using support::ErrorCode;

struct NoteOptions {
    std::string session;
    std::string text;
    std::optional<int> turn;
    std::optional<std::int64_t> remove;
    std::string store;
    bool json = false;
};

support::Status checkUsage(const NoteOptions& options) {
    const bool writes = !options.session.empty() || !options.text.empty() || options.turn;
    if (options.remove && writes) {
        return Error{ErrorCode::invalidArgument,
                     "--remove takes the id of a note and nothing else: turntable note --remove ID"};
    }
    if (!options.remove && (options.session.empty() || options.text.empty())) {
        return Error{ErrorCode::invalidArgument,
                     "a note needs a session and a text: turntable note SESSION \"TEXT\" [--turn N]"};
    }
    return {};
}

int removeNote(storage::TraceWriter& writer, const NoteOptions& options) {
    if (auto removed = writer.removeNote(support::NoteId{*options.remove}); !removed) return fail(removed.error());
    if (!options.json) {
        std::cout << "note " << *options.remove << " is removed\n";
        return kDone;
    }
    std::cout << diff::jsonText({{"id", *options.remove}, {"store_wait_ms", support::toMs(writer.longestWait())}});
    return kDone;
}

int addNote(const storage::TraceReader& reader, storage::TraceWriter& writer, const NoteOptions& options) {
    const auto session = reader.findSession(options.session);
    if (!session) return fail(session.error());
    model::Note note;
    note.session = session->id;
    note.written = support::SystemClock().wallNow();
    note.text = options.text;
    if (options.turn) {
        const auto turn = reader.turnByNumber(session->id, *options.turn);
        if (!turn) return fail(turn.error());
        note.turn = turn->id;
    }
    const auto id = writer.addNote(note);
    if (!id) return fail(id.error());
    if (!options.json) {
        std::cout << "note " << id->value << " stands beside "
                  << (options.turn ? "turn " + std::to_string(*options.turn) + " of " : std::string()) << session->name
                  << '\n';
        return kDone;
    }
    nlohmann::ordered_json json;
    json["id"] = id->value;
    json["session"] = session->id.value;
    json["turn"] = options.turn ? nlohmann::ordered_json(*options.turn) : nlohmann::ordered_json(nullptr);
    json["written"] = support::formatUtc(note.written);
    json["text"] = note.text;
    json["store_wait_ms"] = support::toMs(writer.longestWait());
    std::cout << diff::jsonText(json);
    return kDone;
}

int note(const NoteOptions& options) {
    if (auto usage = checkUsage(options); !usage) return fail(usage.error());
    // The reader first: it says that there is no store where a writer would make one.
    const auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    const auto path = storePath(options.store);
    if (!path) return fail(path.error());
    auto writer = storage::TraceWriter::open(*path);
    if (!writer) return fail(writer.error());
    return options.remove ? removeNote(*writer, options) : addNote(*reader, *writer, options);
}

}  // namespace

Verb addNote(CommandLine& program) {
    auto command = program.command("note", "Write a note beside a session or one of its turns, or remove one");
    auto options = std::make_shared<NoteOptions>();
    command.option("session", options->session, "Session: id, name or latest").valueName("SESSION");
    command.option("text", options->text, "What to write").valueName("TEXT");
    command.option("--turn", options->turn, "The turn that the note is about").valueName("N");
    command.option("--remove", options->remove, "Remove the note with this id; `show` prints the ids").valueName("ID");
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"note", [options] { return note(*options); }};
}

}  // namespace turntable::cli
