#include "studio/cli/import_archive.h"

#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "studio/cli/archive_output.h"
#include "studio/cli/care_text.h"

namespace turntable::cli {
namespace {

using Json = nlohmann::ordered_json;

void printSession(const storage::MergedSession& session) {
    std::cout << session.id.value << "  " << session.name << "  ";
    if (!session.changed()) {
        std::cout << "all of it is in the store already\n";
        return;
    }
    std::cout << session.turnsAdded << (session.turnsAdded == 1 ? " new turn" : " new turns");
    if (session.turnsCompleted > 0) std::cout << ", " << session.turnsCompleted << " completed";
    if (session.turnsKnown > 0) std::cout << ", " << session.turnsKnown << " known";
    if (session.notesAdded > 0)
        std::cout << ", " << session.notesAdded << (session.notesAdded == 1 ? " note" : " notes");
    if (session.isCopy) std::cout << ", as a copy: the store has other bytes under the same id";
    std::cout << '\n';
}

}  // namespace

support::Result<storage::MergeReport> importArchive(const std::string& file, const std::filesystem::path& store,
                                                    storage::OnConflict onConflict, std::stop_token stop) {
    storage::MergeOptions options;
    options.onConflict = onConflict;
    options.stop = std::move(stop);
    options.progress = ArchiveProgressPrinter();
    return storage::mergeArchive(file, store, options);
}

nlohmann::ordered_json mergeToJson(const std::string& file, const storage::MergeReport& report) {
    Json json{{"file", file}, {"format", "archive"}, {"error", nullptr}};
    json["sessions"] = Json::array();
    for (const auto& session : report.sessions) {
        json["sessions"].push_back({{"id", session.id.value},
                                    {"name", session.name},
                                    {"new", session.isNew},
                                    {"copy", session.isCopy},
                                    {"added", session.turnsAdded},
                                    {"completed", session.turnsCompleted},
                                    {"known", session.turnsKnown},
                                    {"notes", session.notesAdded},
                                    {"gaps", session.gapMarksAdded}});
    }
    json["missing_links"] = report.missingLinks;
    json["verified_turns"] = report.verified.turns;
    json["verified_bytes"] = report.verified.bytes;
    return json;
}

void printMerge(const std::string& file, const storage::MergeReport& report) {
    for (const auto& session : report.sessions) printSession(session);
    for (const auto& sentence : report.missingLinks) std::cout << file << ": " << sentence << '\n';
    std::cout << file << ": " << report.verified.turns << (report.verified.turns == 1 ? " turn" : " turns") << ", "
              << bytesText(report.verified.bytes) << ", read back and found equal\n";
}

}  // namespace turntable::cli
