#include "storage/archive/redaction.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "storage/archive/export_job.h"
#include "storage/archive/redactor.h"
#include "storage/archive/session_source.h"

namespace turntable::storage {

using support::Error;
using support::ErrorCode;
using support::Result;

namespace {

constexpr std::size_t kMinNameBytes = 3;
constexpr std::size_t kMinPasswordBytes = 6;
constexpr std::size_t kMaxLearned = 200;

// Names that are words, or belong to nobody.
bool isCommonName(const std::string& name) {
    constexpr std::array<std::string_view, 12> kCommon = {"user",   "root",   "admin",  "home", "shared", "public",
                                                          "runner", "ubuntu", "debian", "test", "guest",  "default"};
    std::string low = name;
    for (char& byte : low) byte = static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
    return std::find(kCommon.begin(), kCommon.end(), low) != kCommon.end();
}

std::string randomSalt() {
    std::random_device random;
    std::string salt;
    for (int word = 0; word < 8; ++word) {
        const auto value = random();
        salt.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return salt;
}

void learn(privacy::PrivateTextFinder& finder, const LeavingSecrets& secrets,
           const std::set<privacy::PrivateKind>& kinds) {
    std::size_t learned = 0;
    const auto add = [&](const std::string& text, privacy::PrivateKind kind, std::size_t least) {
        if (kinds.count(kind) == 0 || text.size() < least || isCommonName(text) || learned >= kMaxLearned) return;
        finder.alsoFind(text, kind, true);
        ++learned;
    };
    for (const auto& name : secrets.userNames) add(name, privacy::PrivateKind::userName, kMinNameBytes);
    for (const auto& password : secrets.passwords) add(password, privacy::PrivateKind::password, kMinPasswordBytes);
}

Result<Redactor> redactorFor(const std::filesystem::path& store, std::span<const support::SessionId> sessions,
                             const RedactOptions& options) {
    const bool hasLiterals =
        std::any_of(options.literals.begin(), options.literals.end(), [](const auto& text) { return !text.empty(); });
    if (options.kinds.empty() && !hasLiterals) {
        return Error{ErrorCode::invalidArgument,
                     "nothing to redact was named: --email, --paths, --keys, --hosts, --all or --pattern TEXT"};
    }
    privacy::PrivateTextFinder finder(options.kinds);
    for (const auto& literal : options.literals) finder.alsoFind(literal, privacy::PrivateKind::custom, false);
    if (options.kinds.count(privacy::PrivateKind::userName) + options.kinds.count(privacy::PrivateKind::password) > 0) {
        const auto survey = surveyLeaving(store, sessions, options.archive);
        if (!survey) return survey.error();
        learn(finder, survey->secrets, options.kinds);
    }
    return Redactor(std::move(finder), randomSalt());
}

RedactReport reportOf(const Redactor& redactor) {
    RedactReport report;
    for (const auto& [kind, count] : redactor.counts()) {
        report.rows.push_back({kind, count.replaced, static_cast<std::int64_t>(count.byPlaceholder.size())});
    }
    report.turnsChanged = redactor.turnsChanged();
    report.repliesHidden = redactor.repliesHidden();
    return report;
}

support::Status tryTurns(const SessionSource& source, const model::Session& session, const RedactOptions& options,
                         Redactor& redactor) {
    const auto turns = source.turns(session);
    if (!turns) return turns.error();
    for (const auto key : *turns) {
        auto content = source.content(session, key);
        if (!content) return content.error();
        if (auto changed = redactor.change(*content); !changed) return changed;
        if (options.archive.stop.stop_requested()) return Error{ErrorCode::cancelled, "stopped before the end"};
    }
    return {};
}

}  // namespace

Result<RedactReport> redactSessions(const std::filesystem::path& store, std::span<const support::SessionId> sessions,
                                    const std::filesystem::path& target, const RedactOptions& options) {
    auto redactor = redactorFor(store, sessions, options);
    if (!redactor) return redactor.error();
    auto archive = exportThrough(store, sessions, target, options.archive, &*redactor);
    if (!archive) return archive.error();
    RedactReport report = reportOf(*redactor);
    report.archive = std::move(*archive);
    return report;
}

Result<RedactReport> tryRedaction(const std::filesystem::path& store, std::span<const support::SessionId> sessions,
                                  const RedactOptions& options) {
    auto redactor = redactorFor(store, sessions, options);
    if (!redactor) return redactor.error();
    auto source = SessionSource::open(store, Trust::own);
    if (!source) return source.error();
    auto found = source->sessions({sessions.begin(), sessions.end()}, options.archive.withRuns);
    if (!found) return found.error();
    for (auto& session : *found) {
        if (auto tried = tryTurns(*source, session, options, *redactor); !tried) return tried.error();
        if (auto changed = redactor->change(session); !changed) return changed.error();
    }
    return reportOf(*redactor);
}

}  // namespace turntable::storage
