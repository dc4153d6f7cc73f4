#pragma once

#include "storage/sqlite/database.h"

namespace turntable::sqlite {

/// Everything between begin and commit happens, or nothing of it. Rolls back when it goes uncommitted. Inside of
/// another transaction of the connection it is a part of that one: done or undone by itself, and lasting once the other
/// is committed. One thread; the database outlives it; statements used inside must go before it does. Errors: those of
/// `Database`.
class Transaction {
public:
    /// `write` takes the write lock at once (BEGIN IMMEDIATE), so that no later statement can find it taken; `read`
    /// holds one snapshot for all statements and never waits for a writer.
    enum class Kind { read, write };

    [[nodiscard]] static support::Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    [[nodiscard]] support::Status commit();

private:
    Transaction(Database& database, bool isPart) : m_database(&database), m_isPart(isPart) {}
    Database* m_database;
    bool m_isPart;
};

}  // namespace turntable::sqlite
