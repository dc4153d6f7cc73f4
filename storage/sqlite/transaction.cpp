#include "storage/sqlite/transaction.h"

#include <utility>

namespace turntable::sqlite {

using support::Result;
using support::Status;

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    auto statement = database.prepare(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!statement) return statement.error();
    if (auto begun = statement->run(); !begun) return begun.error();
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
    if (auto done = statement->run(); !done) return done;
    m_database = nullptr;
    return {};
}

}  // namespace turntable::sqlite
