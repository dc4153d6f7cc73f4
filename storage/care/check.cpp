#include "storage/care/check.h"

#include <optional>

#include "storage/care/check_file.h"
#include "storage/care/check_parts.h"
#include "storage/care/check_turns.h"
#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"

namespace turntable::care {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

Status checkEverything(Database& database, CheckReport& report, const Watch& watch) {
    Findings findings(report);
    // One moment of the store for all passes, whoever writes meanwhile.
    auto moment = Transaction::begin(database, Transaction::Kind::read);
    if (!moment) return moment.error();
    const auto version = checkHeader(database, findings);
    if (!version) return version.error();
    report.schemaVersion = *version;
    if (auto checked = checkSchema(database, *version, findings); !checked) return checked;
    if (auto checked = checkPages(database, findings, watch); !checked) return checked;
    if (auto checked = checkSequences(database, findings); !checked) return checked;
    if (*version >= 2) {
        if (auto checked = checkSmallRows(database, findings); !checked) return checked;
    }
    storage::PartStore parts(database);
    storage::PromptStore prompts(database, parts);
    auto census = checkParts(database, parts, report, findings, watch);
    if (!census) return census.error();
    TurnCheck turns{database, parts, prompts, *census, report, findings, *version};
    if (auto checked = checkSessionsAndTurns(turns, watch); !checked) return checked;
    checkUses(*census, report, findings);
    return {};
}

bool isDamage(const Error& error) {
    return error.code == ErrorCode::corrupt || error.code == ErrorCode::internal ||
           error.code == ErrorCode::limitExceeded;
}

}  // namespace

std::string_view damageName(Damage damage) {
    switch (damage) {
        case Damage::file: return "file";
        case Damage::schema: return "schema";
        case Damage::row: return "row";
        case Damage::part: return "part";
        case Damage::request: return "request";
        case Damage::reply: return "reply";
        case Damage::screen: return "screen";
        case Damage::reference: return "reference";
        case Damage::numbering: return "numbering";
    }
    return "file";
}

Result<CheckReport> checkStore(const std::filesystem::path& path, const Watch& watch) {
    const auto started = std::chrono::steady_clock::now();
    CheckReport report;
    const auto done = [&]() -> Status {
        auto database = Database::open(path, OpenMode::readOnly);
        if (!database) return database.error();
        database->stopWith(watch.stop);
        return checkEverything(*database, report, watch);
    }();
    if (!done) {
        if (!isDamage(done.error())) return done.error();
        // So damaged that SQLite cannot go on: that is what was to be found out.
        Findings(report).add(Damage::file, "the file", done.error().message,
                             "nothing more could be looked at; `turntable check --repair NEW` saves what is readable");
    }
    report.elapsed = std::chrono::steady_clock::now() - started;
    return report;
}

}  // namespace turntable::care
