#pragma once

// Private to storage/privacy: what private text looks like, in plain text without escapes.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "storage/privacy/private_text.h"

namespace turntable::privacy {

/// A find: `size` bytes from `offset`.
using PatternVisitor = std::function<void(PrivateKind kind, std::size_t offset, std::size_t size)>;

/// Reports everything in `text` that looks private. Linear: every look around a byte is bounded.
void findPatterns(std::string_view text, const PatternVisitor& report);

/// ASCII letters only.
[[nodiscard]] std::string lower(std::string_view text);

/// Whether a field of this name holds a secret: "password", "api_key", "client_secret", "token", …
[[nodiscard]] bool namesASecret(std::string_view name);
/// Whether a name that names a secret may mean something else, as "token" does: then its value has to look like one.
[[nodiscard]] bool isVagueName(std::string_view name);
/// Long, in one word, with digits.
[[nodiscard]] bool looksSecret(std::string_view value);

}  // namespace turntable::privacy
