#pragma once

// Private to storage: the rows of `request`, one recipe each.

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/compression/zstandard.h"
#include "storage/digest/sha256.h"
#include "storage/header_store.h"
#include "storage/prompt_recipe.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// What the row of a turn itself says: the entries between those that it shares with its base.
struct Recipe {
    support::TurnId turn;
    std::optional<support::TurnId> base;
    SharedEntries shared;
    std::vector<PromptEntry> own;
};

/// `request.codec`: the form of the entries, and how they are compressed.
enum class RecipeCodec : std::int64_t { plain1 = 0, zstd1 = 1, plain2 = 2, zstd2 = 3, zstdOnBase2 = 4 };

/// What is written beside the entries.
struct RequestStamp {
    digest::Sha256 sha256{};  ///< of the body
    std::size_t size = 0;     ///< of the body
    std::optional<support::TurnId> base;
    SharedEntries shared;
    StoredHeaders headers;
};

/// Reads and writes recipes. The entries of a turn are compressed with those of its base as the prefix, at most
/// `kMaxDepth` in a row. One thread, that of the database. Errors: notFound (no such turn), corrupt, the database's.
class RecipeStore {
public:
    static constexpr std::int64_t kMaxDepth = 16;

    explicit RecipeStore(sqlite::Database& database) : m_database(database) {}

    /// Inside a write transaction. Every part of `own` has its id.
    [[nodiscard]] support::Status write(support::TurnId turn, const RequestStamp& stamp,
                                        std::span<const PromptEntry> own);
    [[nodiscard]] support::Result<Recipe> read(support::TurnId turn);
    /// The recipes that are compressed with that of `turn` as their prefix.
    [[nodiscard]] support::Result<std::vector<Recipe>> packedOn(support::TurnId turn);
    /// Inside a write transaction that defers its foreign keys. The same request, over another base, and compressed
    /// without its help.
    [[nodiscard]] support::Status rewrite(support::TurnId turn, std::optional<support::TurnId> base,
                                          SharedEntries shared, std::span<const PromptEntry> own);

private:
    struct Row {
        support::TurnId turn;
        std::optional<support::TurnId> base;
        SharedEntries shared;
        std::size_t size = 0;
        RecipeCodec codec = RecipeCodec::plain2;
        std::int64_t depth = 0;
        std::string entries;
    };
    /// The entries as bytes, and how many others are needed to read them.
    struct Plain {
        support::TurnId turn;
        std::int64_t depth = 0;
        std::string bytes;
    };
    [[nodiscard]] support::Status writeOn(const Plain* base, support::TurnId turn, const RequestStamp& stamp,
                                          std::span<const PromptEntry> own);
    [[nodiscard]] support::Status insert(const Plain& plain, std::string_view stored, RecipeCodec codec,
                                         const RequestStamp& stamp);
    [[nodiscard]] support::Result<Row> row(support::TurnId turn);
    [[nodiscard]] support::Result<Plain> unpack(Row row);
    [[nodiscard]] support::Result<Plain> plainOf(support::TurnId turn);
    void remember(const Plain& plain);

    sqlite::Database& m_database;
    compression::Zstandard m_zstandard;
    std::string m_select;
    std::list<Plain> m_recent;  ///< newest first
};

}  // namespace turntable::storage
