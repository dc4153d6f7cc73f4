#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "recorder/turns/latency_rules.h"
#include "recorder/turns/turn_inspector.h"
#include "replay/diff/text_columns.h"
#include "replay/diff/tree_diff.h"
#include "replay/diff/turn_json.h"
#include "studio/cli/turn_line.h"
#include "studio/cli/turn_selection.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct ShowOptions {
    std::string session;
    std::string turns;
    std::string store;
    bool json = false;
    bool screen = false;
};

nlohmann::ordered_json partToJson(const turns::InspectedPart& inspected) {
    const auto& part = inspected.part;
    nlohmann::ordered_json json;
    json["kind"] = model::partKindName(part.kind);
    json["section"] = model::sectionName(part.section);
    json["role"] = part.role;
    json["label"] = part.label;
    json["call_id"] = part.callId;
    json["offset"] = part.bytes.offset;
    json["bytes"] = part.bytes.size;
    json["tokens"] = part.tokens.tokens ? nlohmann::ordered_json(*part.tokens.tokens) : nlohmann::ordered_json(nullptr);
    json["basis"] = model::basisName(part.tokens.basis);
    json["new"] = inspected.isNew;
    return json;
}

nlohmann::ordered_json noteToJson(const model::Note& note) {
    return {{"id", note.id.value}, {"written", support::formatUtc(note.written)}, {"text", note.text}};
}

bool isAbout(const model::Note& note, const model::Turn& turn) { return note.turn == turn.id; }

/// A kind of content and what of the decode time went into it.
std::vector<std::pair<const char*, std::optional<support::Nanoseconds>>> namedShares(const wire::ParsedReply& reply) {
    const turns::DecodeShares shares = turns::decodeShares(reply);
    return {{"thinking", shares.thinking}, {"text", shares.text}, {"calls", shares.calls}, {"other", shares.other}};
}

nlohmann::ordered_json sharesToJson(const wire::ParsedReply& reply) {
    nlohmann::ordered_json json;
    for (const auto& [name, took] : namedShares(reply)) {
        json[name] = took ? nlohmann::ordered_json(support::toMs(*took)) : nlohmann::ordered_json(nullptr);
    }
    return json;
}

void printShares(const wire::ParsedReply& reply) {
    if (!turns::decodeShares(reply).areSeveral()) return;
    std::string text;
    for (const auto& [name, took] : namedShares(reply)) {
        if (took) text += std::string(text.empty() ? "" : ", ") + name + " " + secondsText(took);
    }
    if (!text.empty()) std::cout << "  decode  " << text << '\n';
}

nlohmann::ordered_json inspectedToJson(const turns::InspectedTurn& inspected, const std::vector<model::Note>& notes) {
    auto json = diff::turnToJson(inspected.turn);
    json["notes"] = nlohmann::ordered_json::array();
    for (const auto& note : notes) {
        if (isAbout(note, inspected.turn)) json["notes"].push_back(noteToJson(note));
    }
    json["provenance"] =
        inspected.provenance.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(inspected.provenance);
    json["redacted"] = {{"request", inspected.redactedInRequest}, {"reply", inspected.redactedInReply}};
    json["decode_ms"] = sharesToJson(inspected.reply);
    json["shared_prefix_bytes"] = inspected.sharedPrefixBytes;
    json["parts"] = nlohmann::ordered_json::array();
    for (const auto& part : inspected.parts) json["parts"].push_back(partToJson(part));
    json["results"] = nlohmann::ordered_json::array();
    for (const auto& result : inspected.results) {
        json["results"].push_back({{"call_id", result.callId}, {"text", result.text}, {"is_error", result.isError}});
    }
    return json;
}

void printScreen(const model::Screen& screen) {
    for (const auto& element : screen.elements) {
        std::cout << "    " << std::string(static_cast<std::size_t>(element.depth) * 2, ' ')
                  << diff::describeElement(element);
        if (element.value) std::cout << ": " << *element.value;
        std::cout << '\n';
    }
    if (screen.truncation != model::Truncation::none) {
        std::cout << "    (truncated: " << screen.truncationReason << ")\n";
    }
}

void printNote(const model::Note& note) {
    std::cout << "  note " << note.id.value << "  " << support::formatUtc(note.written).substr(0, 19) << "  "
              << note.text << '\n';
}

void printNotes(const model::Turn& turn, const std::vector<model::Note>& notes) {
    for (const auto& note : notes) {
        if (isAbout(note, turn)) printNote(note);
    }
}

void printInspected(const turns::InspectedTurn& inspected, bool withScreen) {
    const auto& turn = inspected.turn;
    std::cout << turnLine(turn) << '\n';
    if (!inspected.provenance.empty()) std::cout << "  bytes  " << inspected.provenance << '\n';
    if (inspected.redactedInRequest + inspected.redactedInReply > 0) {
        std::cout << "  redacted before it was stored: " << inspected.redactedInRequest << " in the request, "
                  << inspected.redactedInReply << " in the reply; these are not the bytes of the wire\n";
    }
    std::cout << "  prompt, new since the turn before:\n";
    std::size_t known = 0;
    for (const auto& [part, text, isNew] : inspected.parts) {
        if (!isNew) {
            ++known;
            continue;
        }
        std::cout << "    " << model::sectionName(part.section) << "  " << model::partKindName(part.kind)
                  << (part.label.empty() ? "" : " " + part.label) << "  " << tokensText(part.tokens) << " tokens, "
                  << part.bytes.size << " bytes at " << part.bytes.offset << '\n';
    }
    if (known > 0) std::cout << "    and " << known << " parts as before\n";
    printShares(inspected.reply);
    for (const auto& action : turn.actions) {
        std::cout << "  action  " << action.tool << ' ' << diff::oneLine(action.arguments) << '\n';
    }
    for (const auto& result : inspected.results) {
        std::cout << "  result" << (result.isError ? " (error)" : "") << "  "
                  << diff::oneLine(std::string_view(result.text).substr(0, result.text.find('\n'))) << '\n';
    }
    if (turn.screen) {
        std::cout << "  screen  " << turn.screen->elements << " of " << turn.screen->elementsSeen << " elements, "
                  << model::screenFormatName(turn.screen->format) << ", " << model::carrierName(turn.screen->carrier)
                  << (turn.screen->note.empty() ? "" : "; " + turn.screen->note) << '\n';
    }
    if (withScreen && inspected.screenBefore) printScreen(*inspected.screenBefore);
}

/// What stands beside a session and its turns.
struct Remarks {
    std::vector<storage::GapMark> gaps;
    std::vector<model::Note> notes;
};

support::Result<Remarks> readRemarks(const storage::TraceReader& reader, support::SessionId session) {
    auto gaps = reader.gapMarks(session);
    if (!gaps) return std::move(gaps).error();
    auto notes = reader.notes(session);
    if (!notes) return std::move(notes).error();
    return Remarks{*std::move(gaps), *std::move(notes)};
}

nlohmann::ordered_json sessionWithTurnsToJson(const model::Session& session, const std::vector<model::Turn>& turns,
                                              const Remarks& remarks) {
    auto json = diff::sessionToJson(session);
    json["turn_count"] = session.turns;
    json["turns"] = nlohmann::ordered_json::array();
    std::map<support::TurnId, int> numbers;
    for (const auto& turn : turns) {
        json["turns"].push_back(diff::turnToJson(turn));
        numbers.emplace(turn.id, turn.number);
    }
    json["gaps"] = nlohmann::ordered_json::array();
    for (const auto& gap : remarks.gaps) {
        json["gaps"].push_back({{"at", support::formatUtc(gap.at)}, {"reason", gap.reason}});
    }
    json["notes"] = nlohmann::ordered_json::array();
    for (const auto& note : remarks.notes) {
        auto entry = noteToJson(note);
        const auto about = note.turn ? numbers.find(*note.turn) : numbers.end();
        entry["turn"] = about != numbers.end() ? nlohmann::ordered_json(about->second) : nlohmann::ordered_json();
        json["notes"].push_back(std::move(entry));
    }
    return json;
}

void printHeadline(const model::Session& session, const Remarks& remarks) {
    std::cout << "session " << session.id.value << "  " << session.name << "  " << support::formatUtc(session.started)
              << "  " << (session.model.empty() ? "unknown model" : session.model) << "  " << session.endpoint;
    if (session.mode != model::SessionMode::recording)
        std::cout << "  " << model::sessionModeName(session.mode) << " run";
    if (session.simulated) std::cout << "  simulated";
    std::cout << '\n';
    if (!session.note.empty()) std::cout << session.note << '\n';
    for (const auto& gap : remarks.gaps) {
        std::cout << "gap at " << support::formatUtc(gap.at) << ": " << gap.reason << '\n';
    }
    for (const auto& note : remarks.notes) {
        if (!note.turn) printNote(note);
    }
}

int showSession(const storage::TraceReader& reader, const model::Session& session, const ShowOptions& options) {
    auto turns = reader.turns(session.id);
    if (!turns) return fail(turns.error());
    const auto remarks = readRemarks(reader, session.id);
    if (!remarks) return fail(remarks.error());
    if (options.json) {
        std::cout << diff::jsonText(sessionWithTurnsToJson(session, *turns, *remarks));
        return kDone;
    }
    printHeadline(session, *remarks);
    TurnTotals totals;
    for (const auto& turn : *turns) {
        std::cout << turnLine(turn) << '\n';
        printNotes(turn, remarks->notes);
        totals.add(turn);
    }
    std::cout << totals.text() << '\n';
    return kDone;
}

int showTurns(const storage::TraceReader& reader, const model::Session& session, const ShowOptions& options) {
    auto numbers = parseTurnSelection(options.turns);
    if (!numbers) return fail(numbers.error());
    const auto notes = reader.notes(session.id);
    if (!notes) return fail(notes.error());
    auto json = nlohmann::ordered_json::array();
    for (const int number : *numbers) {
        auto turn = reader.turnByNumber(session.id, number);
        if (!turn) return fail(turn.error());
        auto inspected = turns::inspectTurn(reader, turn->id);
        if (!inspected) return fail(inspected.error());
        if (options.json) {
            json.push_back(inspectedToJson(*inspected, *notes));
        } else {
            printInspected(*inspected, options.screen);
            printNotes(*turn, *notes);
        }
    }
    if (options.json) std::cout << diff::jsonText(json);
    return kDone;
}

int show(const ShowOptions& options) {
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    auto session = reader->findSession(options.session);
    if (!session) return fail(session.error());
    return options.turns.empty() ? showSession(*reader, *session, options) : showTurns(*reader, *session, options);
}

}  // namespace

Verb addShow(CommandLine& program) {
    auto command = program.command("show", "Show a session turn by turn, or some of its turns in detail");
    auto options = std::make_shared<ShowOptions>();
    command.option("session", options->session, "Session: id, name or latest").required().valueName("SESSION");
    command.option("turns", options->turns, "Turns in detail: 4, 4..7 or 4,9").valueName("TURNS");
    command.flag("--json", options->json, "Print one JSON document");
    command.flag("--screen", options->screen, "With TURNS: print the screen the model was shown as well");
    addStoreOption(command, options->store);
    return {"show", [options] { return show(*options); }};
}

}  // namespace turntable::cli
