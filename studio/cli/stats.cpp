#include <iomanip>
#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "storage/care/stats.h"
#include "studio/cli/care_text.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

using Json = nlohmann::ordered_json;

struct StatsOptions {
    std::string session;
    std::string store;
    bool json = false;
};

Json sessionToJson(const care::SessionSize& size) {
    return {{"id", size.session.id.value},          {"name", size.session.name},
            {"turns", size.session.turns},          {"sent_bytes", size.sentBytes},
            {"received_bytes", size.receivedBytes}, {"unique_bytes", size.uniqueBytes},
            {"stored_bytes", size.storedBytes},     {"own_bytes", size.ownBytes}};
}

Json statsToJson(const care::StoreStats& stats) {
    Json json;
    json["sessions"] = stats.sessions;
    json["turns"] = stats.turns;
    json["sent_bytes"] = stats.sentBytes;
    json["received_bytes"] = stats.receivedBytes;
    json["unique_bytes"] = stats.allParts().bytes;
    json["stored_bytes"] = stats.allParts().storedBytes;
    json["kinds"] = Json::object();
    for (std::size_t kind = 0; kind < stats.kinds.size(); ++kind) {
        const auto& share = stats.kinds[kind];
        json["kinds"][std::string(care::kindName(kind))] = {
            {"parts", share.parts}, {"bytes", share.bytes}, {"stored_bytes", share.storedBytes}};
    }
    json["recipe_bytes"] = stats.recipeBytes;
    json["arrival_bytes"] = stats.arrivalBytes;
    json["file_bytes"] = stats.fileBytes;
    json["free_bytes"] = stats.freeBytes;
    json["tables"] = nullptr;
    if (stats.tables) {
        json["tables"] = Json::object();
        for (const auto& table : *stats.tables) json["tables"][table.name] = table.bytes;
    }
    json["beside"] = Json::object();
    for (const auto& file : stats.beside) json["beside"][file.name] = file.bytes;
    json["largest"] = Json::array();
    for (const auto& size : stats.largest) json["largest"].push_back(sessionToJson(size));
    return json;
}

void printTotals(const care::StoreStats& stats) {
    const auto parts = stats.allParts();
    std::cout << counted(stats.sessions, "session") << ", " << counted(stats.turns, "turn") << '\n'
              << "sent      " << bytesText(stats.sentBytes) << ", received " << bytesText(stats.receivedBytes) << '\n'
              << "unique    " << bytesText(parts.bytes) << " in " << counted(parts.parts, "part") << '\n'
              << "stored    " << bytesText(parts.storedBytes) << " of contents, " << bytesText(stats.recipeBytes)
              << " of recipes, " << bytesText(stats.arrivalBytes) << " of arrival times\n"
              << "on disk   " << bytesText(stats.fileBytes);
    if (stats.freeBytes > 0) std::cout << ", " << bytesText(stats.freeBytes) << " of them free";
    const double wire = static_cast<double>(stats.sentBytes + stats.receivedBytes);
    if (stats.fileBytes > 0 && wire > 0) {
        std::cout << ": " << std::fixed << std::setprecision(1) << wire / static_cast<double>(stats.fileBytes)
                  << " times less than went over the wire";
    }
    std::cout << '\n';
    for (std::size_t kind = 0; kind < stats.kinds.size(); ++kind) {
        const auto& share = stats.kinds[kind];
        if (share.parts == 0) continue;
        std::cout << "  " << std::left << std::setw(8) << care::kindName(kind) << std::right << bytesText(share.bytes)
                  << " in " << counted(share.parts, "part") << ", stored in " << bytesText(share.storedBytes) << '\n';
    }
    for (const auto& file : stats.beside)
        std::cout << "beside it " << file.name << "  " << bytesText(file.bytes) << '\n';
    if (!stats.tables) {
        std::cout << "tables and indexes: unknown (this SQLite cannot tell)\n";
        return;
    }
    std::cout << "tables and indexes:";
    for (const auto& table : *stats.tables) {
        if (table.bytes > stats.fileBytes / 100) std::cout << "  " << table.name << ' ' << bytesText(table.bytes);
    }
    std::cout << '\n';
}

int stats(const StatsOptions& options) {
    auto reader = openReader(options.store);
    if (!reader) return fail(reader.error());
    std::optional<support::SessionId> session;
    if (!options.session.empty()) {
        const auto found = reader->findSession(options.session);
        if (!found) return fail(found.error());
        session = found->id;
    }
    const auto path = storePath(options.store);
    if (!path) return fail(path.error());
    const StopOnSignal stop;
    const auto stats = care::readStats(*path, session, {{}, stop.token()});
    if (!stats) return fail(stats.error());
    if (options.json) {
        std::cout << diff::jsonText(session ? sessionToJson(stats->largest.front()) : statsToJson(*stats));
        return kDone;
    }
    if (!session) printTotals(*stats);
    for (const auto& size : stats->largest) {
        std::cout << "session " << size.session.id.value << "  " << size.session.name << "  "
                  << counted(size.session.turns, "turn") << ": sent " << bytesText(size.sentBytes) << ", received "
                  << bytesText(size.receivedBytes) << ", unique " << bytesText(size.uniqueBytes) << ", stored in "
                  << bytesText(size.storedBytes) << ", " << bytesText(size.ownBytes) << " of them its own\n";
    }
    return kDone;
}

}  // namespace

Verb addStats(CommandLine& program) {
    auto command = program.command("stats", "How much was sent, and how much that takes on the disk");
    auto options = std::make_shared<StatsOptions>();
    command.option("session", options->session, "Session: id, name or latest").valueName("SESSION");
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"stats", [options] { return stats(*options); }};
}

}  // namespace turntable::cli
