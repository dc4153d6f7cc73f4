#include <algorithm>
#include <chrono>
#include <iostream>

#include <nlohmann/json.hpp>

#include "recorder/logs/import_log.h"
#include "replay/diff/turn_json.h"
#include "studio/cli/import_archive.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ImportOptions {
    std::vector<std::string> files;
    std::string name;
    std::string store;
    bool asCopy = false;
    bool json = false;
};

std::string counted(std::int64_t count, const std::string& one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

/// Tells on standard error how far a long import has come, at most once a second.
class ProgressPrinter {
public:
    explicit ProgressPrinter(std::string file) : m_file(std::move(file)) {}
    void operator()(const logs::LogProgress& progress) {
        const auto now = std::chrono::steady_clock::now();
        if (now - m_last < std::chrono::seconds(1) || progress.bytesTotal == 0) return;
        m_last = now;
        std::cerr << "turntable: " << m_file << ": " << progress.bytesDone * 100 / progress.bytesTotal << " % read, "
                  << counted(progress.turnsAdded, "new turn") << '\n';
    }

private:
    std::string m_file;
    std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

/// Where results go: lines as they come, or one document at the end.
struct Output {
    bool json = false;
    Json files = Json::array();
};

void printSession(const logs::ImportedSession& session) {
    std::cout << session.id.value << "  " << session.name << "  " << counted(session.turns, "turn");
    if (session.added + session.completed == 0) {
        std::cout << ", all in the store already";
    } else {
        std::cout << ", " << session.added << " new";
        if (session.completed > 0) std::cout << ", " << session.completed << " completed";
    }
    if (session.leftAlone > 0) std::cout << ", " << session.leftAlone << " differ in the store and were left alone";
    std::string missing;
    for (const std::string& sentence : session.missing) missing += (missing.empty() ? "; missing: " : "; ") + sentence;
    std::cout << missing << '\n';
}

Json sessionJson(const logs::ImportedSession& session) {
    return {{"id", session.id.value},          {"name", session.name},           {"turns", session.turns},
            {"added", session.added},          {"completed", session.completed}, {"left_alone", session.leftAlone},
            {"missing", Json(session.missing)}};
}

// "line 3" of a log, "entry 3" of a HAR.
std::string placeOf(const logs::LogReport& report, const logs::LogProblem& problem) {
    if (problem.place == 0) return {};
    return (report.format == logs::LogFormat::har ? "entry " : "line ") + std::to_string(problem.place) + ": ";
}

void printLog(const std::string& file, const logs::LogReport& report) {
    for (const auto& session : report.sessions) printSession(session);
    if (report.sessions.empty()) std::cout << file << ": no model calls in it\n";
    if (report.passedOver > 0) {
        std::cout << file << ": " << report.passedOver
                  << (report.passedOver == 1 ? " entry that is" : " entries that are")
                  << " no model call passed over\n";
    }
    for (const auto& problem : report.problems.first()) {
        std::cerr << "turntable: " << file << ": " << placeOf(report, problem) << problem.what << '\n';
    }
    if (const auto more = report.problems.count() - report.problems.first().size(); more > 0) {
        std::cerr << "turntable: " << file << ": and " << more << " more\n";
    }
}

Json logJson(const std::string& file, const logs::LogReport& report) {
    Json json{{"file", file}, {"format", logs::logFormatName(report.format)}, {"error", nullptr}};
    json["sessions"] = Json::array();
    for (const auto& session : report.sessions) json["sessions"].push_back(sessionJson(session));
    json["calls"] = report.calls;
    json["passed_over"] = report.passedOver;
    json["problem_count"] = report.problems.count();
    json["problems"] = Json::array();
    for (const auto& problem : report.problems.first()) {
        json["problems"].push_back(
            {{"place", problem.place == 0 ? Json(nullptr) : Json(problem.place)}, {"what", problem.what}});
    }
    return json;
}

support::Status importStore(const std::string& file, const std::filesystem::path& store, const ImportOptions& options,
                            std::stop_token stop, Output& output) {
    const auto onConflict = options.asCopy ? storage::OnConflict::copy : storage::OnConflict::refuse;
    const auto report = importArchive(file, store, onConflict, std::move(stop));
    if (!report) return report.error();
    if (output.json) {
        output.files.push_back(mergeToJson(file, *report));
    } else {
        printMerge(file, *report);
    }
    return {};
}

support::Status importFile(const std::string& file, const std::filesystem::path& store, const ImportOptions& options,
                           std::stop_token stop, Output& output) {
    const auto format = logs::recognizeFile(file);
    if (!format) return format.error();
    if (*format == logs::LogFormat::store) return importStore(file, store, options, std::move(stop), output);
    const auto report = logs::importLog(file, store, {options.name, std::move(stop), ProgressPrinter(file)});
    if (!report) return report.error();
    if (output.json) {
        output.files.push_back(logJson(file, *report));
    } else {
        printLog(file, *report);
    }
    return {};
}

int import(const ImportOptions& options) {
    const StopOnSignal signals;
    auto store = storePath(options.store);
    if (!store) return fail(store.error());
    std::error_code ignored;
    if (std::filesystem::exists(*store, ignored)) finishWhatWasLeft(*store);
    Output output;
    output.json = options.json;
    int code = kDone;
    for (const std::string& file : options.files) {
        const auto done = importFile(file, *store, options, signals.token(), output);
        if (done) continue;
        code = std::max(code, fail(done.error()));
        if (options.json) output.files.push_back({{"file", file}, {"error", done.error().message}});
        if (done.error().code == support::ErrorCode::cancelled) break;
    }
    if (options.json) std::cout << diff::jsonText(output.files);
    return code;
}

}  // namespace

Verb addImport(CommandLine& program) {
    auto command = program.command(
        "import", "Take sessions from archives and from logs of other recorders: claude-trace, HAR, Claude Code");
    auto options = std::make_shared<ImportOptions>();
    command.option("file", options->files, "Archive or log; what it is, is told by its content")
        .required()
        .valueName("FILE");
    command.option("--name", options->name, "Name of the session that a log makes (default: the file's name)")
        .valueName("N");
    command.flag("--as-copy", options->asCopy,
                 "Take a session of an archive under a new id where the store has other bytes under its own");
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"import", [options] { return import(*options); }};
}

}  // namespace turntable::cli
