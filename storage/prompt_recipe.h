#pragma once

// Private to storage: a request body as a list of entries, and what two such lists share. No database here.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/digest/sha256.h"
#include "storage/support/byte_range.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::storage {

/// A stretch of a body: the bytes themselves, a part that holds them, or a part that holds what they are the base64
/// text of. A body is its entries one after the other.
struct PromptEntry {
    support::PartId part;      ///< of parts; not valid until stored
    digest::Sha256 sha256{};   ///< of the part's bytes, where known
    std::size_t size = 0;      ///< of the part's bytes, where known
    std::string literal;       ///< of literals
    support::ByteRange range;  ///< where it stands in the body; only in lists made by `splitBody`
    bool isPart = false;
    bool isBase64 = false;  ///< of parts: the body has the base64 text (RFC 4648, section 4) of the part's bytes
};

/// Cuts a body at `parts` into parts and the bytes between them. Short parts become literals (a row of their own would
/// cost as much), long stretches between parts become parts, long base64 texts become parts of what they encode.
/// Errors: invalidArgument when the ranges overlap, go back or lie outside.
[[nodiscard]] support::Result<std::vector<PromptEntry>> splitBody(std::string_view body,
                                                                  std::span<const support::ByteRange> parts);

/// How many entries two lists have in common at their beginnings, and, of what is left of both, at their ends.
struct SharedEntries {
    std::size_t head = 0;
    std::size_t tail = 0;
};
[[nodiscard]] SharedEntries sharedEntries(std::span<const PromptEntry> base, std::span<const PromptEntry> list);

/// How entries are written down; docs/trace-format.md has both.
enum class RecipeForm { version1, version2 };

/// In the form of version 2. Every part must have its id.
[[nodiscard]] std::string encodeEntries(std::span<const PromptEntry> entries);

/// Takes any bytes. Errors: corrupt.
[[nodiscard]] support::Result<std::vector<PromptEntry>> decodeEntries(std::string_view bytes, RecipeForm form);

/// Makes the list of a turn out of its base's: everything between the shared head and tail is replaced by `own`.
/// Errors: corrupt when `base` has fewer entries than are to be shared.
[[nodiscard]] support::Status applyRecipe(std::vector<PromptEntry>& base, SharedEntries shared,
                                          std::vector<PromptEntry> own);

}  // namespace turntable::storage
