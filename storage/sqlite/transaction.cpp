#include "storage/sqlite/transaction.h"

#include <chrono>
#include <utility>

namespace turntable::sqlite {

using support::Result;
using support::Status;

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    auto statement = database.prepare(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!statement) return statement.error();
    const auto started = std::chrono::steady_clock::now();
    const auto begun = statement->run();
    if (kind == Kind::write) database.noteWait(std::chrono::steady_clock::now() - started);
    if (!begun) return begun.error();
    return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : m_database(std::exchange(other.m_database, nullptr)) {}

Transaction::~Transaction() {
    // SQLite itself rolls back after some failures (disk full among them); a second ROLLBACK would be an error then.
    if (m_database == nullptr || !m_database->inTransaction()) return;
    static_cast<void>(m_database->execute("ROLLBACK"));
}

Status Transaction::commit() {
    auto statement = m_database->prepare("COMMIT");
    if (!statement) return statement.error();
    const auto started = std::chrono::steady_clock::now();
    auto done = statement->run();
    m_database->noteWait(std::chrono::steady_clock::now() - started);
    if (!done) return done;
    m_database = nullptr;
    return {};
}

}  // namespace turntable::sqlite
