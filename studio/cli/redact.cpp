#include <iostream>

#include <nlohmann/json.hpp>

#include "replay/diff/turn_json.h"
#include "storage/archive/redaction.h"
#include "studio/cli/archive_output.h"
#include "studio/cli/session_selection.h"
#include "studio/cli/signals.h"
#include "studio/cli/verb.h"

namespace turntable::cli {
namespace {

using privacy::PrivateKind;

struct RedactVerbOptions {
    std::vector<std::string> sessions;
    std::vector<std::string> patterns;
    std::string into;
    std::string store;
    bool email = false;
    bool paths = false;
    bool keys = false;
    bool hosts = false;
    bool all = false;
    bool withRuns = false;
    bool force = false;
    bool dryRun = false;
    bool json = false;
};

storage::RedactOptions redactOptions(const RedactVerbOptions& given, std::stop_token stop) {
    storage::RedactOptions options;
    options.literals = given.patterns;
    const auto add = [&](bool wanted, std::initializer_list<PrivateKind> kinds) {
        if (wanted || given.all) options.kinds.insert(kinds);
    };
    add(given.email, {PrivateKind::email});
    add(given.paths, {PrivateKind::homePath, PrivateKind::userName});
    add(given.keys, {PrivateKind::apiKey, PrivateKind::bearerToken, PrivateKind::jwt, PrivateKind::privateKey,
                     PrivateKind::password});
    add(given.hosts, {PrivateKind::hostName, PrivateKind::ipAddress});
    options.archive.withRuns = given.withRuns;
    options.archive.overwrite = given.force ? storage::Overwrite::replace : storage::Overwrite::refuse;
    options.archive.progress = ArchiveProgressPrinter();
    options.archive.stop = std::move(stop);
    return options;
}

void printJson(const storage::RedactReport& report, const std::string& file) {
    nlohmann::ordered_json json;
    if (!file.empty()) json = exportToJson(report.archive, file);
    json["redacted"] = nlohmann::ordered_json::array();
    for (const auto& row : report.rows) {
        json["redacted"].push_back(
            {{"kind", privacy::privateKindName(row.kind)}, {"replaced", row.replaced}, {"distinct", row.distinct}});
    }
    json["turns_changed"] = report.turnsChanged;
    json["replies_hidden"] = report.repliesHidden;
    std::cout << diff::jsonText(json);
}

void printText(const storage::RedactReport& report, const std::string& file) {
    for (const auto& row : report.rows) {
        std::cout << privacy::privateKindName(row.kind) << ": " << row.replaced << " replaced, " << row.distinct
                  << " different\n";
    }
    std::cout << report.turnsChanged << " turns changed: their bytes are no longer those that were on the wire\n";
    if (report.repliesHidden > 0) {
        std::cout << report.repliesHidden << " replies hidden whole: compressed in a way that is not looked into\n";
    }
    std::cout << "pictures are not looked into; names and addresses are not recognised: read before you share\n";
    if (!file.empty()) printExport(report.archive, file);
}

int redact(const RedactVerbOptions& given) {
    StopOnSignal signals;
    if (given.into.empty() != given.dryRun) {
        return fail({support::ErrorCode::invalidArgument, "say --into FILE.turntable or --dry-run, one of the two"});
    }
    const auto sessions = findSessions(given.store, given.sessions);
    if (!sessions) return fail(sessions.error());
    const auto store = storePath(given.store);
    if (!store) return fail(store.error());
    const auto options = redactOptions(given, signals.token());
    const auto report = given.dryRun ? storage::tryRedaction(*store, *sessions, options)
                                     : storage::redactSessions(*store, *sessions, given.into, options);
    if (!report) return fail(report.error());
    if (given.json) {
        printJson(*report, given.into);
    } else {
        printText(*report, given.into);
    }
    return kDone;
}

}  // namespace

Verb addRedact(CommandLine& program) {
    auto command = program.command(
        "redact", "Write a copy of sessions with private text replaced; the store itself is never changed");
    auto options = std::make_shared<RedactVerbOptions>();
    command.option("sessions", options->sessions, "Sessions: id, name or latest").required().valueName("SESSION");
    command.option("--into", options->into, "Archive to write").valueName("FILE.turntable");
    command.option("--pattern", options->patterns, "Replace this text wherever it stands; may be given again")
        .valueName("TEXT")
        .repeatable();
    command.flag("--email", options->email, "E-mail addresses");
    command.flag("--paths", options->paths, "Home folders, and the user names in them wherever they stand");
    command.flag("--keys", options->keys, "API keys, tokens, private keys, passwords");
    command.flag("--hosts", options->hosts, "Host names and IP addresses");
    command.flag("--all", options->all, "All of these");
    command.flag("--with-runs", options->withRuns, "The runs of each session as well");
    command.flag("--dry-run", options->dryRun, "Write nothing; print what would be replaced");
    command.flag("--force", options->force, "Replace a file that is there already");
    command.flag("--json", options->json, "Print one JSON document");
    addStoreOption(command, options->store);
    return {"redact", [options] { return redact(*options); }};
}

}  // namespace turntable::cli
