#pragma once

// Private to storage: which texts of a turn its screen may have been read from.

#include <optional>
#include <span>
#include <vector>

#include "storage/part_store.h"
#include "storage/prompt_store.h"
#include "storage/sqlite/database.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// Of a turn in the store: its linked files, then what came new with its prompt, the longest first; none that is too
/// short for a screen of `screenBytes`. A damaged request has none. Errors: those of the database.
[[nodiscard]] support::Result<std::vector<ScreenText>> textsOfTurn(sqlite::Database& database, PartStore& parts,
                                                                   PromptStore& prompts, support::TurnId turn,
                                                                   std::size_t screenBytes);

/// The same of a turn on its way into the store. Refers to `prompt` and `files`, which stay where they are.
[[nodiscard]] std::vector<ScreenText> textsOfNewTurn(const PreparedPrompt& prompt, std::span<const PreparedPart> files,
                                                     std::size_t screenBytes);

}  // namespace turntable::storage
