#include "storage/turn_rows.h"

#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "storage/recorder_rows.h"
#include "storage/turn_columns.h"

namespace turntable::storage {

using model::ScreenSummary;
using model::TokenFigure;
using sqlite::Database;
using sqlite::Statement;
using support::Error;
using support::ErrorCode;
using support::Nanoseconds;
using support::RecorderId;
using support::Result;
using support::Status;
using support::TurnId;
using support::WallTime;

namespace {

constexpr int lastOf(model::TurnStatus) { return static_cast<int>(model::TurnStatus::interrupted); }
constexpr int lastOf(model::Api) { return static_cast<int>(model::Api::openaiChat); }
constexpr int lastOf(model::Basis) { return static_cast<int>(model::Basis::simulated); }
constexpr int lastOf(model::TimeSource) { return static_cast<int>(model::TimeSource::simulated); }
constexpr int lastOf(model::Truncation) { return static_cast<int>(model::Truncation::suspected); }
constexpr int lastOf(model::ScreenCarrier) { return static_cast<int>(model::ScreenCarrier::summary); }
constexpr int lastOf(model::ScreenFormat) { return static_cast<int>(model::ScreenFormat::macosUse); }

/// The names of the columns, in order.
struct NameCollector {
    std::vector<std::string> names;

    template <typename Field>
    void operator()(const char* column, const Field&) {
        if constexpr (std::is_same_v<Field, TokenFigure>) {
            names.push_back(std::string("tokens_") + column);
            names.push_back(std::string("basis_") + column);
        } else if constexpr (std::is_same_v<Field, std::optional<ScreenSummary>>) {
            ScreenSummary summary;
            visitScreenColumns(summary, *this);
        } else {
            names.emplace_back(column);
        }
    }
};

/// Binds fields to parameters, from `next` on.
struct Binder {
    Statement& statement;
    int next;

    void operator()(const char*, const std::string& value) { statement.bindText(next++, value); }
    void operator()(const char*, bool value) { statement.bind(next++, std::int64_t{value ? 1 : 0}); }
    void operator()(const char*, std::int64_t value) { statement.bind(next++, value); }
    void operator()(const char*, WallTime value) { statement.bind(next++, value.time_since_epoch().count()); }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void operator()(const char*, Enum value) { statement.bind(next++, static_cast<std::int64_t>(value)); }
    void operator()(const char*, const std::optional<int>& value) {
        bindMaybe(value ? std::optional<std::int64_t>(*value) : std::nullopt);
    }
    void operator()(const char*, const std::optional<std::int64_t>& value) { bindMaybe(value); }
    void operator()(const char*, const std::optional<Nanoseconds>& value) {
        bindMaybe(value ? std::optional<std::int64_t>(value->count()) : std::nullopt);
    }
    template <typename Tag>
    void operator()(const char*, const std::optional<support::Id<Tag>>& value) {
        bindMaybe(value ? std::optional<std::int64_t>(value->value) : std::nullopt);
    }
    void operator()(const char* column, const TokenFigure& value) {
        (*this)(column, value.tokens);
        (*this)(column, value.basis);
    }
    void operator()(const char*, const std::optional<ScreenSummary>& value) {
        if (value) {
            visitScreenColumns(*value, *this);
            return;
        }
        for (int column = 0; column < kScreenColumns; ++column) statement.bindNull(next++);
    }

private:
    void bindMaybe(std::optional<std::int64_t> value) { statement.bind(next++, value); }
};

/// Reads columns into fields, from `next` on. Remembers the first column that holds an impossible value.
struct RowReader {
    const Statement& row;
    int next;
    const char* impossible = nullptr;

    void operator()(const char*, std::string& value) { value = row.text(next++); }
    void operator()(const char*, bool& value) { value = row.integer(next++) != 0; }
    void operator()(const char*, std::int64_t& value) { value = row.integer(next++); }
    void operator()(const char*, WallTime& value) { value = WallTime(Nanoseconds(row.integer(next++))); }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void operator()(const char* column, Enum& value) {
        const std::int64_t number = row.integer(next++);
        if (number < 0 || number > lastOf(value)) {
            impossible = column;
            return;
        }
        value = static_cast<Enum>(number);
    }
    void operator()(const char* column, std::optional<int>& value) {
        const auto number = row.maybeInteger(next++);
        value.reset();
        if (!number) return;
        const bool fits = *number >= std::numeric_limits<int>::min() && *number <= std::numeric_limits<int>::max();
        if (fits) value = static_cast<int>(*number);
        if (!fits) impossible = column;
    }
    void operator()(const char*, std::optional<std::int64_t>& value) { value = row.maybeInteger(next++); }
    void operator()(const char*, std::optional<Nanoseconds>& value) {
        const auto count = row.maybeInteger(next++);
        value = count ? std::optional(Nanoseconds(*count)) : std::nullopt;
    }
    template <typename Tag>
    void operator()(const char*, std::optional<support::Id<Tag>>& value) {
        const auto id = row.maybeInteger(next++);
        value = id ? std::optional(support::Id<Tag>{*id}) : std::nullopt;
    }
    void operator()(const char* column, TokenFigure& value) {
        (*this)(column, value.tokens);
        (*this)(column, value.basis);
    }
    void operator()(const char*, std::optional<ScreenSummary>& value) {
        value.reset();
        if (row.isNull(next)) {
            next += kScreenColumns;
            return;
        }
        visitScreenColumns(value.emplace(), *this);
    }
};

std::vector<std::string> columnNames() {
    NameCollector collector;
    const model::Turn turn;
    visitTurnColumns(turn, collector);
    return std::move(collector.names);
}

std::string insertSql() {
    std::string columns = "INSERT INTO turn(session_id, number, recorder_id";
    std::string values = ") VALUES (?1, ?2, ?3";
    int parameter = 4;
    for (const auto& name : columnNames()) {
        columns += ", " + name;
        values += ", ?" + std::to_string(parameter++);
    }
    return columns + values + ")";
}

std::string updateSql() {
    std::string sql = "UPDATE turn SET ";
    int parameter = 2;
    for (const auto& name : columnNames()) {
        if (parameter > 2) sql += ", ";
        sql += name + " = ?" + std::to_string(parameter++);
    }
    return sql + " WHERE id = ?1";
}

Status insertActions(Database& database, const model::Turn& turn) {
    auto insert = database.prepare(
        "INSERT INTO action(turn_id, position, call_id, tool, arguments, valid, invalid_reason, target, target_role, "
        "target_text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    if (!insert) return insert.error();
    std::int64_t position = 0;
    for (const auto& action : turn.actions) {
        insert->bind(1, turn.id.value).bind(2, position++).bindText(3, action.callId).bindText(4, action.tool);
        insert->bindText(5, action.arguments).bind(6, std::int64_t{action.valid ? 1 : 0});
        insert->bindText(7, action.invalidReason);
        insert->bind(8, action.target ? std::optional<std::int64_t>(*action.target) : std::nullopt);
        insert->bindText(9, action.targetRole).bindText(10, action.targetText);
        if (auto done = insert->run(); !done) return done;
    }
    return {};
}

model::Action readAction(const Statement& row) {
    model::Action action;
    action.callId = row.text(1);
    action.tool = row.text(2);
    action.arguments = row.text(3);
    action.valid = row.integer(4) != 0;
    action.invalidReason = row.text(5);
    // An index no vector could have is as good as none.
    const auto target = row.maybeInteger(6);
    if (target && *target >= 0 && *target <= std::numeric_limits<int>::max()) action.target = static_cast<int>(*target);
    action.targetRole = row.text(7);
    action.targetText = row.text(8);
    return action;
}

}  // namespace

std::string selectTurns(std::string_view tail) {
    std::string sql = "SELECT id, session_id, number, recorder_id";
    for (const auto& name : columnNames()) sql += ", " + name;
    return sql + " FROM turn " + std::string(tail);
}

Result<std::vector<model::Turn>> readTurns(Database& database, Statement& select) {
    std::vector<model::Turn> turns;
    std::vector<std::pair<std::size_t, RecorderId>> open;
    for (;;) {
        const auto found = select.step();
        if (!found) return found.error();
        if (!*found) break;
        model::Turn turn;
        turn.id = {select.integer(0)};
        turn.session = {select.integer(1)};
        turn.number = static_cast<int>(select.integer(2));
        RowReader reader{select, 4};
        visitTurnColumns(turn, reader);
        if (reader.impossible != nullptr) {
            return Error{ErrorCode::corrupt, database.path() + ": turn row " + std::to_string(turn.id.value) +
                                                 ": impossible value in " + reader.impossible};
        }
        if (turn.status == model::TurnStatus::open) {
            open.emplace_back(turns.size(), RecorderId{select.maybeInteger(3).value_or(0)});
        }
        turns.push_back(std::move(turn));
    }
    std::map<RecorderId, bool> running;
    for (const auto& [index, recorder] : open) {
        auto known = running.find(recorder);
        if (known == running.end()) {
            const auto alive = recorderIsRunning(database, recorder);
            if (!alive) return alive.error();
            known = running.emplace(recorder, *alive).first;
        }
        if (known->second) continue;
        turns[index].status = model::TurnStatus::interrupted;
        if (turns[index].error.empty()) turns[index].error = kInterruptedError;
    }
    return turns;
}

std::string selectActions(std::string_view tail) {
    return "SELECT action.turn_id, action.call_id, action.tool, action.arguments, action.valid, action.invalid_reason, "
           "action.target, action.target_role, action.target_text FROM action " +
           std::string(tail);
}

Status attachActions(Statement& select, std::vector<model::Turn>& turns) {
    std::unordered_map<std::int64_t, model::Turn*> byId;
    for (auto& turn : turns) byId.emplace(turn.id.value, &turn);
    for (;;) {
        const auto found = select.step();
        if (!found) return found.error();
        if (!*found) return {};
        const auto turn = byId.find(select.integer(0));
        if (turn != byId.end()) turn->second->actions.push_back(readAction(select));
    }
}

Status attachActions(Database& database, std::vector<model::Turn>& turns) {
    for (auto& turn : turns) {
        auto select = database.prepare(selectActions("WHERE turn_id = ?1 ORDER BY position"));
        if (!select) return select.error();
        select->bind(1, turn.id.value);
        for (;;) {
            const auto found = select->step();
            if (!found) return found.error();
            if (!*found) break;
            turn.actions.push_back(readAction(*select));
        }
    }
    return {};
}

Result<TurnId> insertTurn(Database& database, const model::Turn& turn, RecorderId recorder) {
    static const std::string kSql = insertSql();
    auto insert = database.prepare(kSql);
    if (!insert) return insert.error();
    insert->bind(1, turn.session.value).bind(2, std::int64_t{turn.number});
    insert->bind(3, recorder.valid() ? std::optional(recorder.value) : std::nullopt);
    Binder binder{*insert, 4};
    visitTurnColumns(turn, binder);
    if (auto done = insert->run(); !done) return done.error();
    return TurnId{database.lastInsertId()};
}

Status updateTurn(Database& database, const model::Turn& turn) {
    static const std::string kSql = updateSql();
    auto update = database.prepare(kSql);
    if (!update) return update.error();
    update->bind(1, turn.id.value);
    Binder binder{*update, 2};
    visitTurnColumns(turn, binder);
    if (auto done = update->run(); !done) return done;
    if (database.changes() == 0) {
        return Error{ErrorCode::notFound, database.path() + ": no turn row " + std::to_string(turn.id.value)};
    }
    auto remove = database.prepare("DELETE FROM action WHERE turn_id = ?1");
    if (!remove) return remove.error();
    if (auto done = remove->bind(1, turn.id.value).run(); !done) return done;
    return insertActions(database, turn);
}

}  // namespace turntable::storage
