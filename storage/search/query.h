#pragma once

// Private to storage: what a person looks for.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/result.h"

namespace turntable::search {

/// One word or quoted phrase.
struct Term {
    std::string text;                 ///< folded, not empty
    std::string head;                 ///< the beginning of it that stands whole in one piece; mostly all of it
    std::vector<std::uint32_t> bits;  ///< of a signature that may stand for a text with `head` in it
};

/// Words stand apart by white space and are all looked for; what stands between double quotes is one phrase (a missing
/// closing quote is supplied), and \" is a quote to be looked for. Errors: invalidArgument when nothing is left to look
/// for, or too much (over 32 terms, or 4096 bytes).
[[nodiscard]] support::Result<std::vector<Term>> parseQuery(std::string_view query);

}  // namespace turntable::search
