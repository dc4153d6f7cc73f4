#include "storage/trace_store.h"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include "storage/schema/migrations.h"
#include "storage/seal.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "storage/store_file.h"
#include "storage/support/clock.h"

namespace turntable::storage {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Transaction;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kRetryPause{5};

Error notAStore(const Database& database, const std::string& found) {
    return {ErrorCode::corrupt, database.path() + ": expected a Turntable store, found " + found};
}

// Version 0: a file in which nothing has been made yet.
Result<StoreVersion> versionOf(Database& database) {
    const auto application = database.integer("PRAGMA application_id");
    if (!application) return application.error();
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    const auto objects = database.integer("SELECT count(*) FROM sqlite_schema");
    if (!objects) return objects.error();
    if (*application == 0 && *version == 0 && *objects == 0) return StoreVersion{};
    if (*application != kApplicationId) {
        return notAStore(database,
                         "an SQLite file of another application (application id " + std::to_string(*application) + ")");
    }
    // A file gets both numbers in one transaction: the one without the other is damage, and nothing to migrate.
    if (*version <= 0) return notAStore(database, "one of the impossible version " + std::to_string(*version));
    const auto readableFrom = database.integer("SELECT readable_from FROM store WHERE id = 1");
    if (!readableFrom) return notAStore(database, "one without its version numbers");
    return StoreVersion{static_cast<int>(*version), static_cast<int>(*readableFrom)};
}

Status checkReadable(const Database& database, const StoreVersion& found) {
    if (found.version > kSchemaVersion && found.readableFrom > kSchemaVersion) {
        return Error{ErrorCode::unsupportedVersion, database.path() + ": store of version " +
                                                        std::to_string(found.version) + ", readable from version " +
                                                        std::to_string(found.readableFrom) +
                                                        " on; this program knows version " +
                                                        std::to_string(kSchemaVersion) + ": use a newer Turntable"};
    }
    return {};
}

Status writeVersion(Database& database, int from) {
    if (auto done = database.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                                     "; PRAGMA user_version = " + std::to_string(kSchemaVersion));
        !done) {
        return done;
    }
    if (from > 0) {
        return database.execute("UPDATE store SET readable_from = " + std::to_string(kReadableFrom));
    }
    auto insert =
        database.prepare("INSERT INTO store(id, readable_from, created_ns, salt) VALUES (1, ?1, ?2, randomblob(16))");
    if (!insert) return insert.error();
    const auto now = support::SystemClock().wallNow().time_since_epoch().count();
    return insert->bind(1, std::int64_t{kReadableFrom}).bind(2, now).run();
}

Status migrate(Database& database) {
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) return transaction.error();
    // Another process may have done it while this one waited for the lock.
    const auto found = versionOf(database);
    if (!found) return found.error();
    if (found->version >= kSchemaVersion) return {};
    for (auto step = static_cast<std::size_t>(found->version); step < kMigrations.size(); ++step) {
        if (auto done = database.execute(std::string(kMigrations[step])); !done) return done;
    }
    if (auto written = writeVersion(database, found->version); !written) return written;
    if (auto sealed = sealEverything(database); !sealed) return sealed;
    return transaction->commit();
}

// SQLite answers "busy" at once, without waiting, where two connections would wait for one another; that happens when
// several processes make the same store or switch it to write-ahead mode together. Trying again is the documented
// answer.
template <typename Work>
Status retryWhileBusy(Work work) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        auto done = work();
        if (done || done.error().code != ErrorCode::busy || std::chrono::steady_clock::now() > deadline) return done;
        std::this_thread::sleep_for(kRetryPause);
    }
}

Status makeParentFolder(const std::filesystem::path& path) {
    const auto folder = path.parent_path();
    if (folder.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error || std::filesystem::is_directory(folder)) return {};
    return Error{ErrorCode::io, folder.string() + ": cannot make this folder: " + error.message()};
}

Status prepare(const std::filesystem::path& path) {
    auto database = Database::open(path, OpenMode::create);
    if (!database) return database.error();
    const auto found = versionOf(*database);
    if (!found) return found.error();
    if (auto readable = checkReadable(*database, *found); !readable) return readable;
    if (found->version >= kSchemaVersion) return {};
    // Only heeded while the file is empty: deleted sessions can give their pages back later on.
    // A turn touches a few rows in many tables, and each page that is touched is written whole: small pages are less.
    if (found->version == 0) {
        if (auto done = database->execute("PRAGMA page_size = 2048; PRAGMA auto_vacuum = INCREMENTAL"); !done)
            return done;
    }
    if (auto done = migrate(*database); !done) return done;
    return database->execute("PRAGMA journal_mode = WAL");
}

std::optional<std::filesystem::path> folderFromEnvironment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::filesystem::path(value);
}

}  // namespace

Result<std::filesystem::path> defaultStorePath() {
    const auto home = folderFromEnvironment("HOME");
#ifdef __APPLE__
    if (home) return *home / "Library" / "Application Support" / "Turntable" / "turntable.db";
#else
    if (const auto data = folderFromEnvironment("XDG_DATA_HOME"); data && data->is_absolute()) {
        return *data / "turntable" / "turntable.db";
    }
    if (home) return *home / ".local" / "share" / "turntable" / "turntable.db";
#endif
    return Error{ErrorCode::notFound, "no home folder (HOME is not set): name a store with --store FILE"};
}

Status prepareStore(const std::filesystem::path& path) {
    if (auto folder = makeParentFolder(path); !folder) return folder;
    return retryWhileBusy([&path] { return prepare(path); });
}

bool isUnmadeStore(const std::filesystem::path& path) {
    auto database = Database::open(path, OpenMode::readWrite);
    const auto found = database ? versionOf(*database) : Result<StoreVersion>(database.error());
    return found && found->version == 0;
}

Result<Database> openStoreForReading(const std::filesystem::path& path) {
    auto database = Database::open(path, OpenMode::readOnly);
    if (!database) return database;
    const auto found = versionOf(*database);
    if (!found) return found.error();
    if (found->version == 0) return notAStore(*database, "an empty file");
    if (auto readable = checkReadable(*database, *found); !readable) return readable.error();
    if (auto done = database->execute("PRAGMA query_only = ON"); !done) return done.error();
    return database;
}

Result<Database> openStoreForWriting(const std::filesystem::path& path) {
    if (auto prepared = prepareStore(path); !prepared) return prepared.error();
    auto database = Database::open(path, OpenMode::readWrite);
    if (!database) return database;
    const auto found = versionOf(*database);
    if (!found) return found.error();
    if (found->version != kSchemaVersion) {
        return Error{ErrorCode::unsupportedVersion,
                     database->path() + ": store of version " + std::to_string(found->version) +
                         ", which this program (version " + std::to_string(kSchemaVersion) +
                         ") can read but not write: use a newer Turntable"};
    }
    auto set = retryWhileBusy([&database]() -> Status {
        return database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    });
    if (!set) return set.error();
    return database;
}

Result<std::string> readSalt(sqlite::Database& database) {
    auto select = database.prepare("SELECT salt FROM store WHERE id = 1");
    if (!select) return select.error();
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return Error{ErrorCode::corrupt, database.path() + ": its row in the table store is missing"};
    return std::string(select->blob(0));
}

}  // namespace turntable::storage
