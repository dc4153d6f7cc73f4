#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "recorder/logs/log_exchange.h"
#include "recorder/logs/log_format.h"
#include "recorder/turns/lineage.h"
#include "recorder/turns/turn_builder.h"
#include "storage/model/session.h"
#include "storage/trace_reader.h"
#include "storage/trace_writer.h"

namespace turntable::logs {

/// What an import did with one session.
struct ImportedSession {
    support::SessionId id;
    std::string name;
    std::int64_t turns = 0;            ///< of the session, as the log has it
    std::int64_t added = 0;            ///< turns that were not in the store
    std::int64_t completed = 0;        ///< turns that were in the store without their reply, or with less of it
    std::int64_t leftAlone = 0;        ///< turns that the store has with other bytes: those of the store stay
    std::vector<std::string> missing;  ///< one sentence each: what the log does not tell
};

/// Stores the exchanges of a log as turns. What is in the store already is recognised, by a uid made of the log's
/// content and by start and hash of each request, and stays; so that importing twice changes nothing and a longer copy
/// of a log adds what is new. Nothing is opened to write before there is something to write. One thread. Errors: those
/// of reader and writer.
class LogWriter {
public:
    struct Source {
        LogFormat format = LogFormat::claudeTrace;
        std::string file;  ///< name of the file, without its folder: for the session's note
        std::string name;  ///< for the first session; further ones are "NAME-2", "NAME-3", …
    };
    /// Where an exchange belongs, for logs that tell it; others are threaded by what their prompts have in common.
    struct Thread {
        std::string session;                ///< names it within the log and, unless empty, everywhere
        std::optional<std::size_t> parent;  ///< number of the exchange that it continues
    };

    [[nodiscard]] static support::Result<LogWriter> open(const std::filesystem::path& store, Source source);
    LogWriter(LogWriter&&) noexcept;
    LogWriter& operator=(LogWriter&&) = delete;
    ~LogWriter();

    /// `number` counts the exchanges of the log.
    [[nodiscard]] support::Status add(const LoggedExchange& exchange, std::size_t number,
                                      const std::optional<Thread>& thread = std::nullopt);

    /// Writes what each session's note says is missing; `alsoMissing` is added to every session. Until then notes say
    /// that the import is not finished.
    [[nodiscard]] support::Status finish(const std::vector<std::string>& alsoMissing);

    [[nodiscard]] std::vector<ImportedSession> sessions() const;
    [[nodiscard]] std::int64_t turnsAdded() const { return m_added; }

private:
    /// A turn that was in the store before the import.
    struct KnownTurn {
        model::Turn turn;
        storage::TraceReader::BodyHashes hashes;
        bool met = false;  ///< in the log
    };
    struct Work;
    struct Placed {
        Work* work = nullptr;
        std::optional<support::TurnId> parent;
    };

    LogWriter(std::filesystem::path store, Source source);
    [[nodiscard]] support::Status openToWrite();
    [[nodiscard]] support::Result<Placed> place(const LoggedExchange& exchange,
                                                const turns::UnderstoodRequest& understood,
                                                const std::optional<Thread>& thread);
    [[nodiscard]] support::Result<Work*> begin(const LoggedExchange& exchange,
                                               const turns::UnderstoodRequest& understood, const std::string& key);
    [[nodiscard]] support::Status create(Work& work, const LoggedExchange& exchange,
                                         const turns::UnderstoodRequest& understood);
    [[nodiscard]] support::Status readKnown(Work& work);
    [[nodiscard]] support::Status storeNew(Work& work, const LoggedExchange& exchange,
                                           turns::UnderstoodRequest& understood);
    [[nodiscard]] support::Status meetKnown(Work& work, KnownTurn& known, const LoggedExchange& exchange,
                                            turns::UnderstoodRequest& understood);
    [[nodiscard]] support::Status finishTurn(Work& work, const LoggedExchange& exchange,
                                             turns::UnderstoodRequest& understood);
    [[nodiscard]] support::Status setGapOf(support::TurnId parent, support::WallTime next);
    [[nodiscard]] std::string unfinishedNote() const;

    std::filesystem::path m_store;
    Source m_source;
    std::optional<storage::TraceReader> m_reader;  ///< none: there was no store
    std::optional<storage::TraceWriter> m_writer;
    support::RecorderId m_recorder;
    std::unordered_map<std::string, model::Session> m_stored;  ///< by uid
    std::vector<std::unique_ptr<Work>> m_works;                ///< in the order of the log
    std::unordered_map<std::string, Work*> m_byKey;
    std::unordered_map<support::SessionId, Work*> m_bySession;
    std::unordered_map<std::size_t, support::TurnId> m_turnOf;  ///< by number of the exchange, for threads
    std::map<support::TurnId, support::WallTime> m_ends;        ///< of turns that nothing has continued yet
    turns::Lineage m_lineage;
    std::int64_t m_added = 0;
};

}  // namespace turntable::logs
