#include "storage/seal.h"

#include <string>
#include <vector>

#include "storage/byte_codec.h"
#include "storage/digest/sha256.h"

namespace turntable::storage {

using sqlite::Database;
using sqlite::Statement;
using support::Error;
using support::ErrorCode;
using support::Result;
using support::Status;

namespace {

// The rows that make up what a seal covers: the row itself first.
std::vector<std::string_view> coveredRows(Sealed table) {
    switch (table) {
        case Sealed::store: return {"SELECT * FROM store WHERE id = ?1"};
        case Sealed::session: return {"SELECT * FROM session WHERE id = ?1"};
        case Sealed::recorder: return {"SELECT * FROM recorder WHERE id = ?1"};
        case Sealed::gapMark: return {"SELECT * FROM gap_mark WHERE id = ?1"};
        case Sealed::note: return {"SELECT * FROM note WHERE id = ?1"};
        case Sealed::turn:
            return {"SELECT * FROM turn WHERE id = ?1", "SELECT * FROM action WHERE turn_id = ?1 ORDER BY position",
                    "SELECT * FROM request WHERE turn_id = ?1", "SELECT * FROM response WHERE turn_id = ?1",
                    "SELECT * FROM turn_file WHERE turn_id = ?1 ORDER BY position"};
    }
    return {};
}

void appendValue(ByteWriter& out, const Statement& row, int column) {
    out.text(row.columnName(column));
    const auto type = row.type(column);
    out.byte(static_cast<unsigned>(type));
    if (type == Statement::Type::integer) out.signedVarint(row.integer(column));
    if (type == Statement::Type::text) out.text(row.text(column));
    if (type == Statement::Type::blob) out.text(row.blob(column));
}

// Counts the rows that one query gives, and appends them.
Result<int> appendRows(Database& database, std::string_view sql, std::int64_t id, ByteWriter& out) {
    auto select = database.prepare(sql);
    if (!select) return select.error();
    select->bind(1, id);
    int rows = 0;
    for (;; ++rows) {
        const auto found = select->step();
        if (!found) return found.error();
        if (!*found) return rows;
        for (int column = 0; column < select->columns(); ++column) {
            if (select->columnName(column) != "seal") appendValue(out, *select, column);
        }
    }
}

}  // namespace

std::string_view tableName(Sealed table) {
    switch (table) {
        case Sealed::store: return "store";
        case Sealed::session: return "session";
        case Sealed::recorder: return "recorder";
        case Sealed::turn: return "turn";
        case Sealed::gapMark: return "gap_mark";
        case Sealed::note: return "note";
    }
    return "";
}

Result<std::int64_t> sealOf(Database& database, Sealed table, std::int64_t id) {
    ByteWriter out;
    bool isFirst = true;
    for (const std::string_view sql : coveredRows(table)) {
        const auto rows = appendRows(database, sql, id, out);
        if (!rows) return rows.error();
        if (isFirst && *rows == 0) {
            return Error{ErrorCode::notFound,
                         database.path() + ": no " + std::string(tableName(table)) + " row " + std::to_string(id)};
        }
        isFirst = false;
        out.varint(static_cast<std::uint64_t>(*rows));
    }
    const auto digest = digest::sha256(out.take());
    std::uint64_t seal = 0;
    for (unsigned byte = 0; byte < 8; ++byte) seal = seal << 8U | digest[byte];
    return static_cast<std::int64_t>(seal);
}

Status sealRow(Database& database, Sealed table, std::int64_t id) {
    const auto seal = sealOf(database, table, id);
    if (!seal) return seal.error();
    auto update = database.prepare("UPDATE " + std::string(tableName(table)) + " SET seal = ?2 WHERE id = ?1");
    if (!update) return update.error();
    return update->bind(1, id).bind(2, *seal).run();
}

Status sealEverything(Database& database) {
    for (const Sealed table : kSealedTables) {
        std::vector<std::int64_t> ids;
        {
            auto select = database.prepare("SELECT id FROM " + std::string(tableName(table)));
            if (!select) return select.error();
            for (;;) {
                const auto found = select->step();
                if (!found) return found.error();
                if (!*found) break;
                ids.push_back(select->integer(0));
            }
        }
        for (const std::int64_t id : ids) {
            if (auto sealed = sealRow(database, table, id); !sealed) return sealed;
        }
    }
    return {};
}

}  // namespace turntable::storage
