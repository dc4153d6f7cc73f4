#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/tree_diff.h"
#include "replay/diff/turn_json.h"
#include "studio/cli/turn_selection.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct DiffOptions {
    std::string session;
    std::string turns;
    std::string store;
    bool json = false;
    bool quiet = false;
};

struct NumberedScreen {
    int turn = 0;
    model::Screen screen;
};

support::Result<std::vector<NumberedScreen>> readScreens(const storage::TraceReader& reader,
                                                         const model::Session& session,
                                                         const std::vector<int>& numbers) {
    std::vector<NumberedScreen> screens;
    for (const int number : numbers) {
        auto turn = reader.turnByNumber(session.id, number);
        if (!turn) return std::move(turn).error();
        if (!turn->screenId) {
            return support::Error{support::ErrorCode::notFound,
                                  "turn " + std::to_string(number) + " of " + session.name + " was shown no screen" +
                                      (turn->screen && !turn->screen->note.empty() ? ": " + turn->screen->note : "")};
        }
        auto screen = reader.screen(*turn->screenId);
        if (!screen) return std::move(screen).error();
        screens.push_back({number, *std::move(screen)});
    }
    return screens;
}

nlohmann::ordered_json changeToJson(const diff::TreeChange& change, const model::Screen& before,
                                    const model::Screen& after) {
    const auto& element = change.after >= 0 ? after.elements[static_cast<std::size_t>(change.after)]
                                            : before.elements[static_cast<std::size_t>(change.before)];
    nlohmann::ordered_json json;
    json["kind"] = diff::changeKindName(change.kind);
    json["before"] = change.before >= 0 ? nlohmann::ordered_json(change.before) : nlohmann::ordered_json(nullptr);
    json["after"] = change.after >= 0 ? nlohmann::ordered_json(change.after) : nlohmann::ordered_json(nullptr);
    json["role"] = element.role;
    json["text"] = element.text;
    json["ref"] = element.ref;
    json["elements"] = change.subtreeElements;
    json["quiet"] = change.quiet;
    json["unknown"] = change.unknown;
    json["fields"] = nlohmann::ordered_json::array();
    for (const auto& field : change.fields) {
        json["fields"].push_back({{"field", field.field}, {"from", field.from}, {"to", field.to}});
    }
    return json;
}

nlohmann::ordered_json diffToJson(const diff::TreeDiff& found, const NumberedScreen& before,
                                  const NumberedScreen& after) {
    nlohmann::ordered_json json = {
        {"from", before.turn},         {"to", after.turn},         {"added", found.added},
        {"removed", found.removed},    {"changed", found.changed}, {"moved", found.moved},
        {"quiet", found.quiet},        {"unknown", found.unknown}, {"refs_renumbered", found.refsRenumbered},
        {"uncertain", found.uncertain}};
    json["changes"] = nlohmann::ordered_json::array();
    for (const auto& change : found.changes)
        json["changes"].push_back(changeToJson(change, before.screen, after.screen));
    return json;
}

int printDiffs(const std::vector<NumberedScreen>& screens, const DiffOptions& options) {
    auto json = nlohmann::ordered_json::array();
    for (std::size_t at = 1; at < screens.size(); ++at) {
        const auto& before = screens[at - 1];
        const auto& after = screens[at];
        const auto found = diff::diffTrees(before.screen, after.screen);
        if (options.json) {
            json.push_back(diffToJson(found, before, after));
            continue;
        }
        std::cout << "screen of turn " << before.turn << " to " << after.turn << ": " << diff::summarize(found) << '\n'
                  << diff::renderText(found, before.screen, after.screen, options.quiet);
    }
    if (options.json) std::cout << diff::jsonText(json);
    return kDone;
}

int diffScreens(const DiffOptions& options) {
    auto numbers = parseTurnSelection(options.turns);
    if (!numbers) return fail(numbers.error());
    if (numbers->size() < 2) {
        return fail(
            {support::ErrorCode::invalidArgument, "\"" + options.turns + "\" names one turn; a diff needs two: 4..5"});
    }
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    auto session = reader->findSession(options.session);
    if (!session) return fail(session.error());
    auto screens = readScreens(*reader, *session, *numbers);
    if (!screens) return fail(screens.error());
    return printDiffs(*screens, options);
}

}  // namespace

Verb addDiff(CommandLine& program) {
    auto command = program.command("diff", "What changed on the screen between turns: added, removed, changed, moved");
    auto options = std::make_shared<DiffOptions>();
    command.option("session", options->session, "Session: id, name or latest").required().valueName("SESSION");
    command.option("turns", options->turns, "Two turns or more, each against the one before: 4..5")
        .required()
        .valueName("TURNS");
    command.flag("--json", options->json, "Print one JSON document");
    command.flag("--quiet-changes", options->quiet, "Show changes of coordinates, focus and cursor as well");
    addStoreOption(command, options->store);
    return {"diff", [options] { return diffScreens(*options); }};
}

}  // namespace turntable::cli
