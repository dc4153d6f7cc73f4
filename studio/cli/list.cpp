#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct ListOptions {
    std::string store;
    bool json = false;
};

void printTable(const std::vector<model::Session>& sessions) {
    std::size_t width = 4;
    for (const auto& session : sessions) width = std::max(width, session.name.size());
    for (const auto& session : sessions) {
        std::cout << std::string(session.id.value < 10    ? 3
                                 : session.id.value < 100 ? 2
                                                          : 1,
                                 ' ')
                  << session.id.value << "  " << session.name << std::string(width - session.name.size(), ' ') << "  "
                  << support::formatUtc(session.started).substr(0, 19) << "  " << session.turns
                  << (session.turns == 1 ? " turn" : " turns");
        if (!session.model.empty()) std::cout << "  " << session.model;
        if (session.source)
            std::cout << "  " << model::sessionModeName(session.mode) << " run of " << session.source->value;
        if (session.simulated) std::cout << "  simulated";
        if (!session.note.empty()) std::cout << "  (" << session.note << ")";
        std::cout << '\n';
    }
}

int list(const ListOptions& options) {
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    auto sessions = reader->sessions();
    if (!sessions) return fail(sessions.error());
    if (options.json) {
        auto document = nlohmann::ordered_json::array();
        for (const auto& session : *sessions) document.push_back(diff::sessionToJson(session));
        std::cout << diff::jsonText(document);
    } else if (sessions->empty()) {
        std::cout << "no sessions yet: record one with `turntable record --upstream URL`\n";
    } else {
        printTable(*sessions);
    }
    return kDone;
}

}  // namespace

Verb addList(CommandLine& program) {
    auto command = program.command("list", "List the sessions and runs of a store, newest first");
    auto options = std::make_shared<ListOptions>();
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"list", [options] { return list(*options); }};
}

}  // namespace turntable::cli
