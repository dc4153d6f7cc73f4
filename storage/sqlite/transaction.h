#pragma once

#include "storage/sqlite/database.h"

namespace turntable::sqlite {

/// Everything between begin and commit happens, or nothing of it. Rolls back when it goes uncommitted. One thread; the
/// database outlives it; statements used inside must go before it does. Errors: those of `Database`.
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
    explicit Transaction(Database& database) : m_database(&database) {}
    Database* m_database;
};

}  // namespace turntable::sqlite
