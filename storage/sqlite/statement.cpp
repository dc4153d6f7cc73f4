#include "storage/sqlite/statement.h"

#include <utility>

#include "storage/sqlite/connection.h"

namespace turntable::sqlite {

using support::Result;
using support::Status;

Statement::Statement(Statement&& other) noexcept
    : m_connection(other.m_connection),
      m_statement(std::exchange(other.m_statement, nullptr)),
      m_bindError(other.m_bindError) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    if (this != &other) {
        giveBack();
        m_connection = other.m_connection;
        m_statement = std::exchange(other.m_statement, nullptr);
        m_bindError = other.m_bindError;
    }
    return *this;
}

Statement::~Statement() { giveBack(); }

void Statement::giveBack() {
    if (m_statement == nullptr) return;
    // An unfinished SELECT would keep its snapshot, and with it the write-ahead log, alive.
    sqlite3_reset(m_statement);
    sqlite3_clear_bindings(m_statement);
    m_connection->idle.emplace(sqlite3_sql(m_statement), m_statement);
    m_statement = nullptr;
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    if (const int code = sqlite3_bind_int64(m_statement, parameter, value); code != SQLITE_OK) m_bindError = code;
    return *this;
}

Statement& Statement::bind(int parameter, std::optional<std::int64_t> value) {
    return value ? bind(parameter, *value) : bindNull(parameter);
}

Statement& Statement::bindText(int parameter, std::string_view value) {
    const int code = sqlite3_bind_text64(m_statement, parameter, value.empty() ? "" : value.data(), value.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK) m_bindError = code;
    return *this;
}

Statement& Statement::bindBlob(int parameter, std::string_view value) {
    // A null pointer would bind NULL where an empty blob is meant.
    const int code =
        sqlite3_bind_blob64(m_statement, parameter, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT);
    if (code != SQLITE_OK) m_bindError = code;
    return *this;
}

Statement& Statement::bindNull(int parameter) {
    if (const int code = sqlite3_bind_null(m_statement, parameter); code != SQLITE_OK) m_bindError = code;
    return *this;
}

Result<bool> Statement::step() {
    if (m_bindError != 0) return m_connection->error(m_bindError);
    const int code = sqlite3_step(m_statement);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return m_connection->error(code);
}

Status Statement::run() {
    for (;;) {
        const auto row = step();
        if (!row) {
            auto error = row.error();
            sqlite3_reset(m_statement);
            return error;
        }
        if (!*row) break;
    }
    sqlite3_reset(m_statement);
    return {};
}

int Statement::columns() const { return sqlite3_column_count(m_statement); }

std::string Statement::columnName(int column) const {
    const char* name = sqlite3_column_name(m_statement, column);
    return name == nullptr ? std::string() : std::string(name);
}

Statement::Type Statement::type(int column) const {
    switch (sqlite3_column_type(m_statement, column)) {
        case SQLITE_INTEGER: return Type::integer;
        case SQLITE_FLOAT: return Type::real;
        case SQLITE_TEXT: return Type::text;
        case SQLITE_BLOB: return Type::blob;
        default: return Type::null;
    }
}

bool Statement::isNull(int column) const { return sqlite3_column_type(m_statement, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement, column); }

std::optional<std::int64_t> Statement::maybeInteger(int column) const {
    if (isNull(column)) return std::nullopt;
    return integer(column);
}

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(m_statement, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column))};
}

std::string_view Statement::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(m_statement, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column))};
}

}  // namespace turntable::sqlite
