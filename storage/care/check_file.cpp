#include "storage/care/check_file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "storage/digest/sha256.h"
#include "storage/part_store.h"
#include "storage/schema/migrations.h"
#include "storage/seal.h"
#include "storage/store_file.h"

namespace turntable::care {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Statement;
using storage::Sealed;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// Increments of an id that no store reaches, however long it lives.
constexpr std::int64_t kMaxPlausibleId = std::int64_t{1} << 53;
constexpr std::int64_t kIncrementalVacuum = 2;
constexpr std::array kTablesWithIds = {"part", "session", "recorder", "turn", "gap_mark", "dictionary", "note"};

using SchemaRow = std::tuple<std::string, std::string, std::string, std::string>;  // type, name, table, SQL

Result<std::set<SchemaRow>> schemaOf(Database& database) {
    // What ANALYZE leaves is SQLite's own and changes nothing that can be read.
    auto select = database.prepare(
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema "
        "WHERE name NOT LIKE 'sqlite_stat%'");
    if (!select) return select.error();
    std::set<SchemaRow> rows;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return rows;
        rows.emplace(select->text(0), select->text(1), select->text(2), select->text(3));
    }
}

Result<std::set<SchemaRow>> schemaOfVersion(int version) {
    auto fresh = Database::open(":memory:", OpenMode::create);
    if (!fresh) return fresh.error();
    for (int step = 0; step < version; ++step) {
        const auto sql = storage::kMigrations[static_cast<std::size_t>(step)];
        if (auto done = fresh->execute(std::string(sql)); !done) return done.error();
    }
    return schemaOf(*fresh);
}

bool tableHasColumn(Database& database, const char* table, const char* column) {
    auto select = database.prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2");
    if (!select) return false;
    const auto found = select->bindText(1, table).bindText(2, column).step();
    return found && *found;
}

template <typename Visit>
Status visitRows(Database& database, const std::string& sql, Visit visit) {
    auto select = database.prepare(sql);
    if (!select) return select.error();
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return {};
        visit(*select);
    }
}

Status checkSeals(Database& database, Sealed table, Findings& findings) {
    const std::string name(storage::tableName(table));
    const std::string meaning = "one of the row's values may be wrong; no body is affected";
    std::vector<std::pair<std::int64_t, std::int64_t>> rows;
    auto read =
        visitRows(database, "SELECT id, seal, typeof(seal) = 'integer' FROM " + name, [&](const Statement& row) {
            if (row.integer(2) == 1) {
                rows.emplace_back(row.integer(0), row.integer(1));
            } else {
                findings.add(Damage::row, name + " row " + std::to_string(row.integer(0)), "it has no seal", meaning);
            }
        });
    if (!read) return findings.addError(Damage::row, "table " + name, read.error(), "its rows cannot all be read");
    for (const auto& [id, seal] : rows) {
        const std::string where = name + " row " + std::to_string(id);
        const auto expected = storage::sealOf(database, table, id);
        if (!expected) {
            if (auto added = findings.addError(Damage::row, where, expected.error(), meaning); !added) return added;
        } else if (*expected != seal) {
            findings.add(Damage::row, where, "its seal is not that of its values", meaning);
        }
    }
    return {};
}

Status checkDictionaries(Database& database, Findings& findings) {
    auto read = visitRows(database, "SELECT id, sha256, content FROM dictionary", [&](const Statement& row) {
        const auto recorded = storage::digestFrom(row.blob(1));
        if (recorded && digest::sha256(row.blob(2)) == *recorded) return;
        findings.add(Damage::part, "dictionary " + std::to_string(row.integer(0)),
                     "its bytes do not have the recorded SHA-256",
                     "parts that were compressed with it cannot be read; the findings below name them");
    });
    if (read) return {};
    return findings.addError(Damage::part, "table dictionary", read.error(), "parts that need it cannot be read");
}

}  // namespace

int versionByTables(Database& database) { return tableHasColumn(database, "session", "uid") ? 2 : 1; }

Result<int> checkHeader(Database& database, Findings& findings) {
    const auto application = database.integer("PRAGMA application_id");
    if (!application) return application.error();
    if (*application != storage::kApplicationId) {
        findings.add(Damage::file, "the file's header",
                     "expected the application id " + std::to_string(storage::kApplicationId) + ", found " +
                         std::to_string(*application),
                     "programs will not take it for a store; its contents may be whole");
    }
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    const auto stores = database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'store'");
    if (stores && *stores == 0 && *application != storage::kApplicationId) {
        return Error{ErrorCode::invalidArgument, database.path() +
                                                     ": expected a Turntable store, found an SQLite file "
                                                     "of another application (or an empty one)"};
    }
    const auto readableFrom = database.integer("SELECT readable_from FROM store WHERE id = 1");
    const int byTables = versionByTables(database);
    const bool isNewer = *version > storage::kSchemaVersion && readableFrom && *readableFrom > storage::kSchemaVersion;
    if (isNewer) {
        return Error{ErrorCode::unsupportedVersion,
                     database.path() + ": store of version " + std::to_string(*version) + "; this program knows " +
                         std::to_string(storage::kSchemaVersion) + ": check it with a newer Turntable"};
    }
    if (!readableFrom || *readableFrom < 1 || *readableFrom > storage::kSchemaVersion) {
        findings.add(Damage::file, "store row 1", "its version numbers are missing or impossible",
                     "programs will not open it; its contents may be whole");
    }
    if (*version != byTables) {
        findings.add(Damage::file, "the file's header",
                     "its schema version is " + std::to_string(*version) + ", its tables are those of version " +
                         std::to_string(byTables),
                     "programs may read it by the wrong rules");
    }
    const auto vacuum = database.integer("PRAGMA auto_vacuum");
    if (vacuum && *vacuum != kIncrementalVacuum) {
        findings.add(Damage::file, "the file's header", "it is not set to give space back in steps (auto_vacuum)",
                     "what is deleted leaves its space inside the file; nothing is lost");
    }
    return byTables;
}

Status checkPages(Database& database, Findings& findings, const Watch& watch) {
    watch.tell("pages", 0, 0);
    auto pages = visitRows(database, "PRAGMA integrity_check", [&](const Statement& row) {
        const std::string line = row.text(0);
        if (line == "ok") return;
        findings.add(Damage::file, "SQLite's integrity check", line, "rows of that table or index may be unreachable");
    });
    if (!pages) {
        auto added = findings.addError(Damage::file, "SQLite's integrity check", pages.error(),
                                       "rows of some tables may be unreachable");
        if (!added) return added;
    }
    watch.tell("references", 0, 0);
    auto keys = visitRows(database, "PRAGMA foreign_key_check", [&](const Statement& row) {
        findings.add(Damage::reference, row.text(0) + " row " + (row.isNull(1) ? "?" : std::to_string(row.integer(1))),
                     "it names a row of " + row.text(2) + " that is not there", "what it refers to is lost");
    });
    if (keys) return {};
    return findings.addError(Damage::reference, "SQLite's reference check", keys.error(), "references are not checked");
}

Status checkSchema(Database& database, int version, Findings& findings) {
    const auto expected = schemaOfVersion(version);
    if (!expected) return expected.error();
    const auto found = schemaOf(database);
    if (!found) return findings.addError(Damage::schema, "the schema", found.error(), "the store cannot be read");
    const auto report = [&](const std::set<SchemaRow>& those, const std::set<SchemaRow>& but, const char* what) {
        std::vector<SchemaRow> rows;
        std::set_difference(those.begin(), those.end(), but.begin(), but.end(), std::back_inserter(rows));
        for (const auto& [type, name, table, sql] : rows) {
            findings.add(Damage::schema, type + " " + name, what, "rows may be read or written by the wrong rules");
        }
    };
    report(*expected, *found, "it is missing, or is not defined as in a new store");
    report(*found, *expected, "no store has it defined so");
    return {};
}

Status checkSequences(Database& database, Findings& findings) {
    const std::string meaning = "ids could be given out twice or not at all; nothing recorded is lost";
    for (const char* table : kTablesWithIds) {
        if (!tableHasColumn(database, table, "id")) continue;
        const std::string where = std::string("sqlite_sequence of ") + table;
        auto select = database.prepare(std::string("SELECT (SELECT max(id) FROM ") + table +
                                       "), (SELECT count(*) FROM sqlite_sequence WHERE name = ?1), "
                                       "(SELECT seq FROM sqlite_sequence WHERE name = ?1)");
        if (!select) return findings.addError(Damage::row, where, select.error(), meaning);
        const auto found = select->bindText(1, table).step();
        if (!found) {
            if (auto added = findings.addError(Damage::row, where, found.error(), meaning); !added) return added;
            continue;
        }
        const auto largest = select->maybeInteger(0);
        const std::int64_t rows = select->integer(1);
        const bool isInteger = select->type(2) == Statement::Type::integer;
        if (rows == 0 && !largest) continue;
        const std::int64_t given = select->integer(2);
        const bool holds = rows == 1 && isInteger && given >= largest.value_or(0) && given < kMaxPlausibleId;
        if (holds) continue;
        findings.add(Damage::row, where,
                     "expected one number from " + std::to_string(largest.value_or(0)) + " on, found " +
                         (rows == 1 ? select->text(2) : std::to_string(rows) + " rows"),
                     meaning);
    }
    auto strangers = visitRows(database, "SELECT name FROM sqlite_sequence", [&](const Statement& row) {
        const std::string name = row.text(0);
        const bool known =
            std::any_of(kTablesWithIds.begin(), kTablesWithIds.end(), [&](const char* table) { return name == table; });
        if (known) return;
        findings.add(Damage::row, "sqlite_sequence", "it names the table '" + name + "', which no store has", meaning);
    });
    if (strangers) return {};
    return findings.addError(Damage::row, "sqlite_sequence", strangers.error(), meaning);
}

Status checkSmallRows(Database& database, Findings& findings) {
    for (const Sealed table : storage::kSealedTables) {
        if (table == Sealed::turn) continue;
        if (auto checked = checkSeals(database, table, findings); !checked) return checked;
    }
    return checkDictionaries(database, findings);
}

}  // namespace turntable::care
