#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "storage/sqlite/statement.h"
#include "storage/support/result.h"

namespace turntable::sqlite {

/// How long a statement waits for other connections before it is busy, unless told otherwise.
inline constexpr std::chrono::nanoseconds kPatience = std::chrono::seconds(5);

/// How a file is opened.
enum class OpenMode {
    readOnly,   ///< the file must be there; works in a read-only folder as well
    readWrite,  ///< the file must be there
    create,     ///< made when missing
};

/// One connection to one SQLite file. One thread. Owns the connection and every statement prepared through it;
/// statements and transactions must end before it does. Untrusted files are taken: the schema is not trusted, the
/// connection is defensive, cells are checked. Errors carry the path: io (cannot open, full, read-only), busy (after
/// `kPatience`), corrupt (damaged, or no SQLite file), notFound (no such file; a foreign key that names no row),
/// internal.
class Database {
public:
    [[nodiscard]] static support::Result<Database> open(const std::filesystem::path& path, OpenMode mode);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs SQL of any number of statements that give no rows.
    [[nodiscard]] support::Status execute(const std::string& sql);
    /// A statement ready to be bound. Compiled once: an equal text is taken from a cache.
    [[nodiscard]] support::Result<Statement> prepare(std::string_view sql);
    /// The first column of the first row as an integer: for PRAGMAs and counts. notFound when there is no row.
    [[nodiscard]] support::Result<std::int64_t> integer(std::string_view sql);

    /// From now on a statement that runs when `stop` is requested ends with the error `cancelled`.
    void stopWith(std::stop_token stop);

    [[nodiscard]] std::int64_t lastInsertId() const;
    /// Rows that the last INSERT, UPDATE or DELETE touched.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] bool inTransaction() const;
    [[nodiscard]] const std::string& path() const;

    /// Whether the path still names the file that was opened: it may have been deleted, or another one put there.
    [[nodiscard]] bool stillThere() const;

    /// Somebody else waits to write. For who holds a write transaction for longer.
    [[nodiscard]] bool othersWait();

    /// See `kPatience`.
    void setPatience(std::chrono::nanoseconds patience);
    /// From now on no commit moves the write-ahead log into the file by the way (which would wait for the disk):
    /// `grown` is called instead with its length, on this thread and with no lock held, after each commit that leaves
    /// it with at least so many pages.
    void keepTheLog(int pages, std::function<void(int pages)> grown);
    /// The longest that a write transaction waited: for its turn, or in its commit.
    [[nodiscard]] std::chrono::nanoseconds longestWait() const;

private:
    friend class Transaction;
    /// Runs a statement for which a write transaction may have to wait, and notes how long that was.
    [[nodiscard]] support::Status runInTurn(Statement& statement);
    explicit Database(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> m_connection;
};

}  // namespace turntable::sqlite
