#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/support/result.h"

struct sqlite3_stmt;

namespace turntable::sqlite {

struct Connection;

/// A prepared statement on loan from its database, given back (reset, bindings cleared) when it goes. One thread, that
/// of the database. Parameters are numbered from 1, columns from 0 in the order of the SELECT. A failed bind is
/// reported by the next step. Values are copied when bound. Errors: those of `Database`.
class Statement {
public:
    Statement(Connection& connection, sqlite3_stmt* statement) : m_connection(&connection), m_statement(statement) {}
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::optional<std::int64_t> value);
    Statement& bindText(int parameter, std::string_view value);
    Statement& bindBlob(int parameter, std::string_view value);
    Statement& bindNull(int parameter);

    /// True: a row is there to be read. False: done.
    [[nodiscard]] support::Result<bool> step();
    /// Steps to the end, dropping rows, and makes the statement ready to be bound and run again.
    [[nodiscard]] support::Status run();

    /// What a value is stored as.
    enum class Type { null, integer, real, text, blob };
    [[nodiscard]] int columns() const;
    [[nodiscard]] std::string columnName(int column) const;
    [[nodiscard]] Type type(int column) const;
    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::optional<std::int64_t> maybeInteger(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// Valid until the next step.
    [[nodiscard]] std::string_view blob(int column) const;

private:
    void giveBack();
    Connection* m_connection;
    sqlite3_stmt* m_statement;
    int m_bindError = 0;
};

}  // namespace turntable::sqlite
