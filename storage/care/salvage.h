#pragma once

// Private to storage/care: reading a damaged store row by row.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/care/progress.h"
#include "storage/model/note.h"
#include "storage/model/session.h"
#include "storage/model/turn.h"
#include "storage/prompt_store.h"
#include "storage/seal.h"
#include "storage/sqlite/database.h"
#include "storage/support/result.h"
#include "storage/trace_reader.h"

namespace turntable::care {

/// The reply of a turn as far as it is whole.
struct SalvagedReply {
    std::string body;
    std::string headers;
    std::vector<model::Arrival> arrivals;
    std::vector<std::string> losses;  ///< "its reply: part 7 is damaged"
    bool bodyIsWhole = false;
};

/// The linked files of a turn that are whole.
struct SalvagedFiles {
    std::vector<storage::LinkedFile> files;
    std::vector<std::string> losses;
};

/// Finds rows by their ids alone, without any index that may be damaged. One thread; the database outlives it. Errors:
/// what kept one row from being read, so that the caller goes on with the next one.
class Salvage {
public:
    Salvage(sqlite::Database& database, int version)
        : m_database(database), m_version(version), m_parts(database), m_prompts(database, m_parts) {}

    /// The ids of a table, ascending; where a scan fails, every id up to the largest one known is tried.
    [[nodiscard]] support::Result<std::vector<std::int64_t>> idsOf(const std::string& table, const Watch& watch);

    [[nodiscard]] support::Result<model::Session> session(std::int64_t id);
    [[nodiscard]] support::Result<model::Turn> turn(std::int64_t id);
    [[nodiscard]] support::Result<model::Note> note(std::int64_t id);
    [[nodiscard]] support::Result<storage::GapMark> gapMark(std::int64_t id);
    /// False in a store of version 1, which has no seals: there nothing is known.
    [[nodiscard]] bool sealIsBroken(storage::Sealed table, std::int64_t id);

    [[nodiscard]] support::Result<storage::PromptStore::CutBody> request(support::TurnId turn);
    [[nodiscard]] support::Result<std::string> requestHeaders(support::TurnId turn);
    [[nodiscard]] SalvagedFiles files(support::TurnId turn);
    /// Empty when the turn has no reply row.
    [[nodiscard]] std::optional<SalvagedReply> reply(support::TurnId turn);
    [[nodiscard]] support::Result<model::Screen> screen(support::ScreenId screen);

private:
    [[nodiscard]] std::int64_t largestId(const std::string& table);
    [[nodiscard]] bool rowMayExist(const std::string& table, std::int64_t id);

    sqlite::Database& m_database;
    int m_version;
    storage::PartStore m_parts;
    storage::PromptStore m_prompts;
    compression::Zstandard m_zstandard;
};

}  // namespace turntable::care
