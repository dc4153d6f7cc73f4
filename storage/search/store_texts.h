#pragma once

// Private to storage: the texts of a store, as the search sees them.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/search/search_types.h"
#include "storage/search/text_walker.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::search {

/// A turn and a number that is another one after anything about the turn has changed.
struct TurnStamp {
    std::int64_t turn = 0;
    std::int64_t session = 0;
    std::int64_t number = 0;
    std::uint64_t stamp = 0;
};

/// A text that is new in a turn. Owns its bytes.
struct StoredText {
    Kind kind = Kind::prompt;
    std::optional<support::PartId>
        part;  ///< empty: the short pieces of the request that are no parts, one after another
    std::string bytes;
    std::vector<TextRange> ranges;
    Escapes escapes = Escapes::json;
    [[nodiscard]] Text text() const { return {bytes, ranges, escapes}; }
};

struct TurnTexts {
    std::vector<StoredText> texts;
    std::int64_t unreadable = 0;  ///< parts that are damaged or missing
};

/// Reads a store, never writes it. One thread. Errors: those of `TraceReader`.
class StoreTexts {
public:
    [[nodiscard]] static support::Result<std::unique_ptr<StoreTexts>> open(const std::filesystem::path& path);
    StoreTexts(const StoreTexts&) = delete;
    StoreTexts& operator=(const StoreTexts&) = delete;

    [[nodiscard]] sqlite::Database& database() { return m_database; }
    /// What tells this store from others.
    [[nodiscard]] const std::string& salt() const { return m_salt; }
    /// All turns by ascending id.
    [[nodiscard]] support::Result<std::vector<TurnStamp>> turns();
    /// What is new in a turn: parts and short pieces of its own recipe entries, its reply, linked files, and of its
    /// screen what stands neither there nor on the screen before it.
    [[nodiscard]] support::Result<TurnTexts> textsOf(const TurnStamp& turn);
    /// One of these texts again; of a screen all that is in it.
    [[nodiscard]] support::Result<StoredText> textOf(Kind kind, std::optional<support::PartId> part, std::int64_t turn);
    /// Where in the request body of a turn a byte of its short pieces stands; empty when the body cannot be read.
    [[nodiscard]] support::Result<std::optional<std::int64_t>> inRequest(std::int64_t turn, const StoredText& pieces,
                                                                         std::size_t offset);

    struct SessionLine {
        std::int64_t started = 0;
        std::string name;
    };
    [[nodiscard]] support::Result<std::map<std::int64_t, SessionLine>> sessions();
    [[nodiscard]] support::Result<bool> hasTurn(std::int64_t turn);

private:
    explicit StoreTexts(sqlite::Database database)
        : m_database(std::move(database)), m_parts(m_database), m_prompts(m_database, m_parts) {}
    [[nodiscard]] support::Status addRequest(std::int64_t turn, TurnTexts& texts);
    [[nodiscard]] support::Status addReply(std::int64_t turn, TurnTexts& texts);
    [[nodiscard]] support::Status addFiles(std::int64_t turn, TurnTexts& texts);
    [[nodiscard]] support::Status addScreen(const TurnStamp& turn, TurnTexts& texts);
    [[nodiscard]] support::Status addPart(Kind kind, std::int64_t part, TurnTexts& texts);
    [[nodiscard]] support::Result<std::optional<std::int64_t>> screenOf(std::int64_t turn);
    [[nodiscard]] support::Result<std::optional<std::int64_t>> screenBefore(const TurnStamp& turn);

    sqlite::Database m_database;
    storage::PartStore m_parts;
    storage::PromptStore m_prompts;
    std::string m_salt;
    bool m_sealed = false;
};

}  // namespace turntable::search
