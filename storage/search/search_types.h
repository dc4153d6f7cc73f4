#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/ids.h"

namespace turntable::search {

/// How a turn comes by a text: it sent it, got it as a reply, saw it on its screen, or a tool result pointed to it.
enum class Kind { prompt, reply, screen, file };
[[nodiscard]] constexpr std::string_view kindName(Kind kind) {
    switch (kind) {
        case Kind::prompt: return "prompt";
        case Kind::reply: return "reply";
        case Kind::screen: return "screen";
        case Kind::file: return "file";
    }
    return "prompt";
}

/// What to look for.
struct SearchRequest {
    std::string text;  ///< words, all of which must be in one part; "quoted phrases"; parts of words are found too
    std::optional<support::SessionId> session;
    std::optional<Kind> kind;
    std::int64_t limit = 20;  ///< at least 1
    std::int64_t offset = 0;  ///< hits to pass over
};

/// A turn in which a text is new.
struct Place {
    support::SessionId session;
    std::string sessionName;
    support::TurnId turn;
    std::int64_t number = 0;  ///< of the turn, from 1
};

/// One stored text in which everything that was looked for stands.
struct Hit {
    Kind kind = Kind::prompt;
    std::optional<support::PartId> part;    ///< empty: short text that stands in the request itself, not in a part
    std::optional<std::int64_t> offset;     ///< of the first word found, in the stored bytes of the part
    std::optional<std::int64_t> inRequest;  ///< the same in the request body of the first place; where there is no part
    std::int64_t length = 0;                ///< in stored bytes, escapes included
    std::string excerpt;                    ///< the words around it, unescaped, valid UTF-8
    std::int64_t excerptOffset = 0;         ///< where in the excerpt the word begins, in bytes
    std::int64_t excerptLength = 0;
    std::vector<Place> places;  ///< newest session first; one at least
};

struct SearchResult {
    std::vector<Hit> hits;        ///< by their newest place, newest session first, then latest turn first
    bool more = false;            ///< there are further hits behind these
    std::int64_t unindexed = 0;   ///< turns that could not be looked into yet
    std::int64_t unreadable = 0;  ///< parts that are damaged in the store
};

}  // namespace turntable::search
