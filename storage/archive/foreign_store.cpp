#include "storage/archive/foreign_store.h"

#include <cctype>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "storage/part_store.h"
#include "storage/schema/migrations.h"
#include "storage/store_file.h"

namespace turntable::storage {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Statement;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// A session sends its history again with every turn, so that bodies add up to far more than the file: a hundred to a
// thousand times. What goes far beyond was made to fill a disk or a day.
constexpr std::int64_t kMaxUnpackedFactor = 10'000;
constexpr std::int64_t kUnpackedAllowance = std::int64_t{1} << 30;
constexpr std::int64_t kMaxRecipeFactor = 8;
constexpr std::int64_t kRecipeAllowance = std::int64_t{4} << 20;
constexpr std::int64_t kMaxTextBytes = std::int64_t{4} << 20;

Error refused(const std::string& path, const std::string& why) { return {ErrorCode::corrupt, path + ": " + why}; }

// Blanks and quotes are how SQLite's versions differ when they write a changed table down.
std::string withoutBlanks(std::string_view sql) {
    std::string out;
    for (const char byte : sql) {
        if (std::isspace(static_cast<unsigned char>(byte)) == 0 && byte != '"') out.push_back(byte);
    }
    return out;
}

using Schema = std::map<std::string, std::string>;  ///< "table turn" to the text that makes it

// What ANALYZE leaves; nothing here reads it.
bool isStatistics(std::string_view kind, std::string_view name, std::string_view sql) {
    return kind == "table" && name.starts_with("sqlite_stat") && sql.starts_with("CREATE TABLE sqlite_stat");
}

Result<Schema> schemaOf(Database& database) {
    auto select = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema");
    if (!select) return select.error();
    Schema schema;
    for (;;) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return schema;
        const std::string kind = select->text(0);
        const std::string name = select->text(1);
        const std::string sql = select->text(3);
        if (isStatistics(kind, name, sql)) continue;
        const auto [place, isNew] = schema.emplace(kind + " " + name, select->text(2) + ": " + withoutBlanks(sql));
        if (!isNew) return refused(database.path(), "its schema names " + place->first + " twice");
    }
}

Result<Schema> expectedSchema(int version) {
    auto memory = Database::open(":memory:", OpenMode::create);
    if (!memory) return memory.error();
    for (std::size_t step = 0; step < static_cast<std::size_t>(version); ++step) {
        if (auto done = memory->execute(std::string(kMigrations[step])); !done) return done.error();
    }
    return schemaOf(*memory);
}

Status checkSchema(Database& database, int version) {
    const auto found = schemaOf(database);
    if (!found) return found.error();
    const auto expected = expectedSchema(version);
    if (!expected) return expected.error();
    const std::string expectation = "a store of version " + std::to_string(version);
    for (const auto& [name, sql] : *found) {
        const auto known = expected->find(name);
        if (known == expected->end()) return refused(database.path(), expectation + " has no " + name);
        if (known->second != sql) return refused(database.path(), "its " + name + " is not that of " + expectation);
    }
    for (const auto& [name, sql] : *expected) {
        if (found->count(name) == 0) return refused(database.path(), "it lacks the " + name + " of " + expectation);
    }
    return {};
}

Result<int> checkVersion(Database& database) {
    const auto application = database.integer("PRAGMA application_id");
    if (!application) return application.error();
    if (*application != kApplicationId) {
        return refused(database.path(), "expected a Turntable archive, found an SQLite file with application id " +
                                            std::to_string(*application));
    }
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    if (*version > kSchemaVersion) {
        return Error{ErrorCode::unsupportedVersion, database.path() + ": archive of version " +
                                                        std::to_string(*version) + ", this program takes up to " +
                                                        std::to_string(kSchemaVersion) + ": use a newer Turntable"};
    }
    if (*version < 1) return refused(database.path(), "impossible schema version " + std::to_string(*version));
    return static_cast<int>(*version);
}

// B-trees, NOT NULL, the types of STRICT tables, unique numbers. Ends at the first finding, so that no later check
// follows a pointer that an earlier one found wrong.
Status checkIntegrity(Database& database) {
    auto select = database.prepare("PRAGMA integrity_check(1)");
    if (!select) return select.error();
    const auto found = select->step();
    if (!found) return found.error();
    const std::string verdict = *found ? select->text(0) : std::string("no verdict");
    if (verdict == "ok") return {};
    return refused(database.path(), "damaged: " + verdict.substr(0, verdict.find('\n')));
}

// "length" of a text counts characters up to a zero byte; of a blob, bytes.
Status checkTexts(Database& database) {
    constexpr std::pair<const char*, const char*> kTexts[] = {
        {"session", "name"},        {"session", "model"},     {"session", "endpoint"}, {"session", "note"},
        {"recorder", "listen"},     {"recorder", "upstream"}, {"turn", "target"},      {"turn", "requested_model"},
        {"turn", "answered_model"}, {"turn", "stop_reason"},  {"turn", "error"},       {"turn", "reply_text"},
        {"action", "tool"},         {"action", "call_id"},    {"turn_file", "path"},   {"gap_mark", "reason"}};
    for (const auto& [table, column] : kTexts) {
        const std::string name = std::string(table) + "." + column;
        const auto largest = database.integer("SELECT coalesce(max(length(CAST(" + std::string(column) +
                                              " AS BLOB))), 0) FROM " + table);
        if (!largest) return largest.error();
        if (*largest <= kMaxTextBytes) continue;
        return Error{ErrorCode::limitExceeded, database.path() + ": a " + name + " of " + std::to_string(*largest) +
                                                   " bytes, at most " + std::to_string(kMaxTextBytes) + " are taken"};
    }
    return {};
}

Status checkParts(Database& database) {
    const auto negative = database.integer(
        "SELECT (SELECT count(*) FROM part WHERE size < 0 OR length(sha256) <> 32) + "
        "(SELECT count(*) FROM request WHERE size < 0 OR entries_size < 0 OR length(sha256) <> 32) + "
        "(SELECT count(*) FROM response WHERE length(sha256) <> 32)");
    if (!negative) return negative.error();
    if (*negative > 0)
        return refused(database.path(), "impossible sizes or hashes in " + std::to_string(*negative) + " rows");
    const auto based = database.integer(
        "SELECT count(*) FROM part JOIN part AS base ON base.id = part.base_id WHERE part.size > " +
        std::to_string(PartStore::kMaxBasedBytes) + " OR base.size > " + std::to_string(PartStore::kMaxBasedBytes) +
        " OR base.depth >= part.depth OR part.depth > " + std::to_string(PartStore::kMaxDepth));
    if (!based) return based.error();
    if (*based > 0) return refused(database.path(), std::to_string(*based) + " parts with impossible bases");
    return {};
}

// Sums are doubles on purpose: they cannot overflow.
Result<double> real(Database& database, const char* sql) {
    auto select = database.prepare(sql);
    if (!select) return select.error();
    const auto found = select->step();
    if (!found) return found.error();
    return static_cast<double>(select->integer(0));
}

Status checkAmounts(Database& database, std::int64_t fileBytes) {
    // A body may hold a part that turns out too long for it only once it is unpacked: hence the largest part a turn.
    const auto unpacked =
        real(database,
             "SELECT CAST(min(9e18, (SELECT total(size) FROM request) + (SELECT total(size) FROM part) + "
             "(SELECT total(part.size) FROM response JOIN part ON part.id = body_part OR part.id = headers_part) + "
             "(SELECT total(part.size) FROM turn JOIN part ON part.id = screen_id) + "
             "(SELECT total(part.size) FROM turn_file JOIN part ON part.id = part_id) + "
             "(SELECT total(part.size) FROM request JOIN part ON part.id = headers_part) + "
             "(SELECT count(*) FROM turn) * 1.0 * (SELECT coalesce(max(size), 0) FROM part)) AS INTEGER)");
    if (!unpacked) return unpacked.error();
    const double most = static_cast<double>(kUnpackedAllowance) +
                        static_cast<double>(kMaxUnpackedFactor) * static_cast<double>(fileBytes);
    const auto recipes = real(database, "SELECT CAST(min(9e18, total(entries_size)) AS INTEGER) FROM request");
    if (!recipes) return recipes.error();
    const double mostRecipes =
        static_cast<double>(kRecipeAllowance) + static_cast<double>(kMaxRecipeFactor) * static_cast<double>(fileBytes);
    if (*unpacked <= most && *recipes <= mostRecipes) return {};
    return Error{ErrorCode::limitExceeded, database.path() + ": its " + std::to_string(fileBytes) +
                                               " bytes would unpack to " +
                                               std::to_string(static_cast<std::int64_t>(*unpacked / 1e6)) +
                                               " MB, more than is taken from a file of that size"};
}

}  // namespace

Result<Database> openForeignStore(const std::filesystem::path& path) {
    std::error_code failure;
    const auto fileBytes = std::filesystem::file_size(path, failure);
    if (failure) return Error{ErrorCode::notFound, path.string() + ": no such file"};
    auto database = Database::open(path, OpenMode::readOnly);
    if (!database) return database;
    if (auto done = database->execute("PRAGMA query_only = ON"); !done) return done.error();
    const auto version = checkVersion(*database);
    if (!version) return version.error();
    if (auto checked = checkSchema(*database, *version); !checked) return checked.error();
    if (auto checked = checkIntegrity(*database); !checked) return checked.error();
    if (auto checked = checkTexts(*database); !checked) return checked.error();
    if (auto checked = checkParts(*database); !checked) return checked.error();
    if (auto checked = checkAmounts(*database, static_cast<std::int64_t>(fileBytes)); !checked) return checked.error();
    return database;
}

}  // namespace turntable::storage
