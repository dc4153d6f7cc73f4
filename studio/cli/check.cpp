#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/text_columns.h"
#include "replay/diff/turn_json.h"
#include "storage/care/check.h"
#include "storage/care/repair.h"
#include "storage/support/utf8.h"
#include "studio/cli/care_text.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

struct CheckOptions {
    std::string store;
    std::string repair;
    bool json = false;
};

nlohmann::ordered_json reportToJson(const care::CheckReport& report) {
    nlohmann::ordered_json json;
    json["clean"] = report.clean();
    json["schema_version"] = report.schemaVersion;
    json["sessions"] = report.sessions;
    json["turns"] = report.turns;
    json["parts"] = report.parts;
    json["part_bytes"] = report.partBytes;
    json["request_bytes"] = report.requestBytes;
    json["unused_parts"] = report.unusedParts;
    json["unused_bytes"] = report.unusedBytes;
    json["open_turns"] = report.openTurns;
    json["odd_kinds"] = report.oddKinds;
    json["time_ms"] = support::toMs(report.elapsed);
    json["findings"] = nlohmann::ordered_json::array();
    for (const auto& finding : report.findings) {
        json["findings"].push_back({{"damage", care::damageName(finding.damage)},
                                    {"where", finding.where},
                                    {"what", finding.what},
                                    {"meaning", finding.meaning}});
    }
    json["findings_left_out"] = report.findingsLeftOut;
    return json;
}

void printReport(const std::string& store, const care::CheckReport& report) {
    for (const auto& finding : report.findings) {
        // SQLite quotes what it found, damaged as it is.
        std::cout << finding.where << ": " << diff::oneLine(support::validUtf8(finding.what)) << "; " << finding.meaning
                  << '\n';
    }
    if (report.findingsLeftOut > 0) std::cout << "and " << report.findingsLeftOut << " more\n";
    const double seconds = support::toMs(report.elapsed) / 1000;
    std::cout << store << ": " << counted(report.sessions, "session") << ", " << counted(report.turns, "turn") << ", "
              << counted(report.parts, "part") << " of " << bytesText(report.partBytes) << " and "
              << bytesText(report.requestBytes) << " of requests read in " << secondsText(seconds) << " ("
              << rateText(report.partBytes + report.requestBytes, seconds) << ")\n";
    if (report.openTurns > 0) {
        std::cout << counted(report.openTurns, "turn") << " left open by a dead recorder: the next one closes them\n";
    }
    if (report.unusedParts > 0) {
        std::cout << counted(report.unusedParts, "part") << " of " << bytesText(report.unusedBytes)
                  << " that nothing names: the next `turntable delete` or `prune` takes them\n";
    }
    if (report.oddKinds > 0) {
        std::cout << counted(report.oddKinds, "part") << " counted under a kind that none of its users has\n";
    }
    std::cout << (report.clean()
                      ? "no damage found\n"
                      : "damage found; `turntable check --repair NEW` saves what is whole into a new file\n");
}

nlohmann::ordered_json repairToJson(const care::RepairReport& repaired, const care::CheckReport& report) {
    return {{"sessions", repaired.sessions}, {"turns", repaired.turns},        {"replies", repaired.replies},
            {"notes", repaired.notes},       {"gap_marks", repaired.gapMarks}, {"losses", repaired.losses},
            {"check", reportToJson(report)}};
}

int repair(const CheckOptions& options, const std::filesystem::path& path) {
    const StopOnSignal stop;
    ProgressLine line;
    const care::Watch watch{line.listener(), stop.token()};
    const auto repaired = care::repairStore(path, options.repair, watch);
    line.clear();
    if (!repaired) return fail(repaired.error());
    const auto report = care::checkStore(options.repair, watch);
    line.clear();
    if (!report) return fail(report.error());
    if (options.json) {
        std::cout << diff::jsonText(repairToJson(*repaired, *report));
        return report->clean() ? kDone : kNotAsAsked;
    }
    for (const auto& loss : repaired->losses) std::cout << "lost: " << loss << '\n';
    std::cout << options.repair << ": saved " << counted(repaired->sessions, "session") << ", "
              << counted(repaired->turns, "turn") << " (" << repaired->replies << " with a whole reply), "
              << counted(repaired->notes, "note") << ", " << counted(repaired->gapMarks, "gap mark") << "; "
              << (repaired->losses.empty() ? "nothing was lost" : "what was lost stands above") << '\n';
    printReport(options.repair, *report);
    return report->clean() ? kDone : kNotAsAsked;
}

int check(const CheckOptions& options) {
    const auto path = storePath(options.store);
    if (!path) return fail(path.error());
    if (!options.repair.empty()) return repair(options, *path);
    const StopOnSignal stop;
    ProgressLine line;
    const auto report = care::checkStore(*path, {line.listener(), stop.token()});
    line.clear();
    if (!report) return fail(report.error());
    if (options.json) {
        std::cout << diff::jsonText(reportToJson(*report));
    } else {
        printReport(path->string(), *report);
    }
    return report->clean() ? kDone : kNotAsAsked;
}

}  // namespace

Verb addCheck(CommandLine& program) {
    auto command = program.command("check", "Look for damage in a store, without changing it");
    auto options = std::make_shared<CheckOptions>();
    command.option("--repair", options->repair, "Save what is whole into this new file, then check that")
        .valueName("NEW");
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"check", [options] { return check(*options); }};
}

}  // namespace turntable::cli
