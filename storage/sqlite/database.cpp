#include "storage/sqlite/database.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/connection.h"

namespace turntable::sqlite {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// Steps of SQLite's machine between two looks at a stop request: well under a millisecond.
constexpr int kStepsBetweenLooks = 10'000;

int flagsOf(OpenMode mode) {
    constexpr int kCommon = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (mode == OpenMode::readOnly) return SQLITE_OPEN_READONLY | kCommon;
    return SQLITE_OPEN_READWRITE | kCommon | (mode == OpenMode::create ? SQLITE_OPEN_CREATE : 0);
}

// Bytes that would end or change the path inside a "file:" URI.
std::string immutableUri(const std::string& path) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char byte : path) {
        if (byte == '%' || byte == '?' || byte == '#') {
            uri += '%';
            uri += kDigits[static_cast<unsigned char>(byte) >> 4];
            uri += kDigits[static_cast<unsigned char>(byte) & 0x0F];
        } else {
            uri += byte;
        }
    }
    return uri + "?immutable=1";
}

Result<std::unique_ptr<Connection>> connect(const std::string& name, const std::string& path, int flags) {
    auto connection = std::make_unique<Connection>();
    connection->path = path;
    connection->turnstile = std::make_unique<Turnstile>(path);
    const int code = sqlite3_open_v2(name.c_str(), &connection->handle, flags, nullptr);
    if (code != SQLITE_OK) return connection->error(code);
    connection->patience = kPatience;
    connection->beginToWait();
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return connection;
}

// The first statement that reads the file: finds out whether it is one of SQLite's, and whether its log is in reach.
int probe(Connection& connection) {
    return sqlite3_exec(connection.handle, "PRAGMA cell_size_check=ON; SELECT count(*) FROM sqlite_schema", nullptr,
                        nullptr, nullptr);
}

// A store in write-ahead mode needs two files beside it, which a read-only folder refuses. Without a log the file alone
// is the whole store; with one, reading the file alone would hide the newest turns.
Result<std::unique_ptr<Connection>> connectReadOnly(const std::string& path) {
    auto connection = connect(path, path, flagsOf(OpenMode::readOnly));
    if (!connection) return connection;
    const int code = probe(**connection);
    if (code == SQLITE_OK) return connection;
    const int primary = code & 0xFF;
    if (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) return (*connection)->error(code);
    std::error_code ignored;
    const auto logBytes = std::filesystem::file_size(path + "-wal", ignored);
    if (!ignored && logBytes > 0) {
        return Error{ErrorCode::io, path + ": its write-ahead log (" + path +
                                        "-wal) holds newer turns and its folder cannot be written; copy both files to "
                                        "a folder that can"};
    }
    auto alone = connect(immutableUri(path), path, flagsOf(OpenMode::readOnly) | SQLITE_OPEN_URI);
    if (!alone) return alone;
    if (const int again = probe(**alone); again != SQLITE_OK) return (*alone)->error(again);
    return alone;
}

std::optional<FileIdentity> fileAt(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileIdentity{static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

// A new file is for its owner alone, and so are the files that SQLite makes beside it: traces hold private text. What
// is wrong with the path SQLite says.
void makePrivate(const std::string& path) {
    if (path == ":memory:") return;
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made >= 0) ::close(made);
}

}  // namespace

Database::Database(std::unique_ptr<Connection> connection) : m_connection(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::filesystem::path& path, OpenMode mode) {
    const std::string name = path.string();
    std::error_code ignored;
    if (mode != OpenMode::create && !std::filesystem::exists(path, ignored) && !ignored) {
        return Error{ErrorCode::notFound, name + ": no such file"};
    }
    if (mode == OpenMode::create) makePrivate(name);
    auto connection = mode == OpenMode::readOnly ? connectReadOnly(name) : connect(name, name, flagsOf(mode));
    if (!connection) return connection.error();
    (*connection)->file = fileAt(name);
    if (mode != OpenMode::readOnly) {
        if (const int code = probe(**connection); code != SQLITE_OK) return (*connection)->error(code);
        // Without the permission to write SQLite opens for reading and says nothing until the first change.
        if (sqlite3_db_readonly((*connection)->handle, "main") == 1) {
            return Error{ErrorCode::io, name + ": read-only, and this needs to write it"};
        }
    }
    return Database(std::move(*connection));
}

Status Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(m_connection->handle, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return m_connection->error(code);
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    const std::string text(sql);
    if (const auto found = m_connection->idle.find(text); found != m_connection->idle.end()) {
        sqlite3_stmt* statement = found->second;
        m_connection->idle.erase(found);
        return Statement(*m_connection, statement);
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(m_connection->handle, text.c_str(), static_cast<int>(text.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return m_connection->error(code);
    return Statement(*m_connection, statement);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return Error{ErrorCode::notFound, path() + ": no row for " + std::string(sql)};
    return statement->integer(0);
}

void Database::stopWith(std::stop_token stop) {
    m_connection->stop = std::move(stop);
    const auto isStopped = [](void* connection) {
        return static_cast<const Connection*>(connection)->stop.stop_requested() ? 1 : 0;
    };
    sqlite3_progress_handler(m_connection->handle, kStepsBetweenLooks, isStopped, m_connection.get());
}

std::int64_t Database::lastInsertId() const { return sqlite3_last_insert_rowid(m_connection->handle); }
std::int64_t Database::changes() const { return sqlite3_changes64(m_connection->handle); }
bool Database::inTransaction() const { return sqlite3_get_autocommit(m_connection->handle) == 0; }
const std::string& Database::path() const { return m_connection->path; }
void Database::setPatience(std::chrono::nanoseconds patience) { m_connection->patience = patience; }
void Database::keepTheLog(int pages, std::function<void(int pages)> grown) {
    m_connection->keepTheLog(pages, std::move(grown));
}
bool Database::stillThere() const {
    const auto now = fileAt(m_connection->path);
    return now && now == m_connection->file;
}
bool Database::othersWait() { return m_connection->turnstile->othersWait(); }
std::chrono::nanoseconds Database::longestWait() const { return m_connection->longestWait; }

Status Database::runInTurn(Statement& statement) {
    const auto started = std::chrono::steady_clock::now();
    m_connection->wantsToWrite = true;
    auto done = statement.run();
    m_connection->wantsToWrite = false;
    m_connection->turnstile->leave();
    const std::chrono::nanoseconds waited = std::chrono::steady_clock::now() - started;
    m_connection->longestWait = std::max(m_connection->longestWait, waited);
    return done;
}

}  // namespace turntable::sqlite
