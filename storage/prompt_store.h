#pragma once

// Private to storage: request bodies as recipes over parts and over the turn they continue.

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/header_store.h"
#include "storage/part_store.h"
#include "storage/prompt_recipe.h"
#include "storage/recipe_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/byte_range.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// A request on its way into the store; `entries` is the whole list, of which `shared` comes from `base`.
struct PreparedPrompt {
    digest::Sha256 sha256{};
    std::size_t size = 0;
    std::optional<support::TurnId> base;
    SharedEntries shared;
    std::vector<PromptEntry> entries;
    std::vector<PreparedPart> parts;                   ///< of the own entries that are parts, in their order
    std::vector<std::optional<std::size_t>> siblings;  ///< for each of `parts`: which one it may be packed on
    std::deque<std::string> decoded;                   ///< what some of `parts` borrow
};

/// One thread, that of the database. Keeps the entry lists of recently used turns, so that a turn that continues
/// another reads nothing back; a list never changes while its turn is in the store. Errors: corrupt, notFound, the
/// database's.
class PromptStore {
public:
    PromptStore(sqlite::Database& database, PartStore& parts)
        : m_database(database), m_parts(parts), m_recipes(database) {}

    /// Outside of a transaction. `bases`: turns that the prompt may share entries with, best first; those that share no
    /// part are passed over. Errors besides: invalidArgument for impossible ranges.
    [[nodiscard]] support::Result<PreparedPrompt> prepare(std::string_view body,
                                                          std::span<const support::ByteRange> ranges,
                                                          std::span<const support::TurnId> bases);
    /// Inside the write transaction that made the turn. notFound when the base has gone in the meantime.
    [[nodiscard]] support::Status write(support::TurnId turn, PreparedPrompt& prompt, const StoredHeaders& headers);
    /// After the commit.
    void remember(support::TurnId turn, PreparedPrompt prompt);

    /// The body of a turn's request, checked. Cost: its size, and one row for each turn back to one that is remembered.
    [[nodiscard]] support::Result<std::string> read(support::TurnId turn);

    /// The entries that came with this turn: what is between the ends that it shares with its base. One row.
    [[nodiscard]] support::Result<std::vector<PromptEntry>> ownEntries(support::TurnId turn);

    [[nodiscard]] support::Result<Recipe> recipeOf(support::TurnId turn) { return m_recipes.read(turn); }

    /// Every part that the body is made of, in its order; one may come more than once.
    [[nodiscard]] support::Result<std::vector<support::PartId>> partsOf(support::TurnId turn);

    /// A body, checked, with the places of its parts: what another store needs to cut it in the same way.
    struct CutBody {
        std::string bytes;
        std::vector<support::ByteRange> parts;
    };
    [[nodiscard]] support::Result<CutBody> readCut(support::TurnId turn);

    /// Inside a write transaction, whose foreign keys it defers to the commit. Writes the recipe of a turn anew, over
    /// the first of `bases` (older turns) that shares a part with it, or over none. Its list of entries stays the same,
    /// and so do the turns that build on it; those whose stored form depended on it are sealed anew. The caller seals
    /// the turn.
    [[nodiscard]] support::Status rebase(support::TurnId turn, std::span<const support::TurnId> bases);

private:
    using Entries = std::shared_ptr<const std::vector<PromptEntry>>;
    struct Recent {
        support::TurnId turn;
        Entries entries;
    };
    [[nodiscard]] support::Result<Entries> entriesOf(support::TurnId turn);
    [[nodiscard]] support::Result<Entries> stampedEntriesOf(support::TurnId turn);
    [[nodiscard]] support::Status chooseBase(PreparedPrompt& prompt, std::span<const support::TurnId> bases,
                                             Entries& baseEntries);
    [[nodiscard]] support::Status prepareOwnParts(PreparedPrompt& prompt, std::string_view body, const Entries& base);
    Entries recall(support::TurnId turn);
    void keep(support::TurnId turn, Entries entries);

    sqlite::Database& m_database;
    PartStore& m_parts;
    RecipeStore m_recipes;
    std::list<Recent> m_recent;  ///< newest first
    std::size_t m_recentEntries = 0;
};

}  // namespace turntable::storage
