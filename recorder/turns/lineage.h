#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "recorder/wire/request.h"
#include "storage/support/clock.h"
#include "storage/support/ids.h"

namespace turntable::turns {

/// Threads requests of concurrent agents into sessions by what they have in common: a request continues the turn whose
/// messages are the longest beginning of its own (same first message, all of the parent's messages except what an agent may
/// rewrite at the tail). One thread. Holds one hash a message for the newest `kTips` tips, nothing of the bodies.
class Lineage {
public:
    struct Place {
        std::optional<support::SessionId> session;  ///< empty: a new session begins
        std::optional<support::TurnId> parent;      ///< empty: the turn continues nothing we know
    };

    /// Where a request belongs. With a hint only turns of that hint are looked at, and its newest session is continued even
    /// when no prefix matches.
    [[nodiscard]] Place find(std::string_view hint, std::string_view body, const wire::ParsedRequest& request) const;

    /// Makes the turn a possible parent.
    void add(support::TurnId turn, support::SessionId session, std::string_view hint, std::string_view body,
             const wire::ParsedRequest& request);

    static constexpr std::size_t kTips = 256;

private:
    struct Tip {
        support::TurnId turn;
        support::SessionId session;
        std::string hint;
        std::vector<std::uint64_t> messages;  ///< one hash a message
    };
    std::deque<Tip> m_tips;  ///< newest last
};

}  // namespace turntable::turns
