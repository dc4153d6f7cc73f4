#include "storage/sqlite/transaction.h"

#include <utility>

namespace turntable::sqlite {

using support::Result;
using support::Status;

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    const bool isPart = database.inTransaction();
    auto statement = database.prepare(isPart ? "SAVEPOINT part" : kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!statement) return statement.error();
    const bool mayWait = !isPart && kind == Kind::write;
    if (const Status begun = mayWait ? database.runInTurn(*statement) : statement->run(); !begun) return begun.error();
    return Transaction(database, isPart);
}

Transaction::Transaction(Transaction&& other) noexcept
    : m_database(std::exchange(other.m_database, nullptr)), m_isPart(other.m_isPart) {}

Transaction::~Transaction() {
    // SQLite itself rolls back after some failures (disk full among them); a second ROLLBACK would be an error then.
    if (m_database == nullptr || !m_database->inTransaction()) return;
    static_cast<void>(m_database->execute(m_isPart ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK"));
}

Status Transaction::commit() {
    auto statement = m_database->prepare(m_isPart ? "RELEASE part" : "COMMIT");
    if (!statement) return statement.error();
    if (auto done = m_isPart ? statement->run() : m_database->runInTurn(*statement); !done) return done;
    m_database = nullptr;
    return {};
}

}  // namespace turntable::sqlite
