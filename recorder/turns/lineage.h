#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "recorder/turns/prompt_signature.h"
#include "recorder/wire/request.h"
#include "storage/support/ids.h"

namespace turntable::turns {

/// Threads requests of concurrent agents into sessions by what they have in common: a request continues the turn whose
/// messages are the longest beginning of its own (same first message, all of the parent's messages except the last,
/// which an agent may rewrite), under a similar system prompt.
/// - The same request again, not yet continued, is a resend: it has the parent of the first try. The same opening again
///   after the conversation went on is a new run of the agent, and a new session.
/// - A request that leaves every known turn behind but keeps system prompt and first message (an edited or compacted
///   history) stays in the session, without a parent.
/// - Another system prompt or first message (subagents, title calls) begins a session.
/// One thread. Holds one hash a message for the newest `kTips` turns, nothing of the bodies.
class Lineage {
public:
    struct Place {
        std::optional<support::SessionId> session;  ///< empty: a new session begins
        std::optional<support::TurnId> parent;      ///< empty: the turn continues nothing we know
    };

    /// Where a request belongs. With a hint only turns of that hint are looked at, and its newest session is continued
    /// even when no prefix matches. A request without messages (or one that could not be read) joins the hint's newest
    /// session.
    [[nodiscard]] Place find(std::string_view hint, std::string_view body, const wire::ParsedRequest& request) const;

    /// Makes the turn a possible parent. `parent` is what `find` said.
    void add(support::TurnId turn, support::SessionId session, std::string_view hint, std::string_view body,
             const wire::ParsedRequest& request, std::optional<support::TurnId> parent = std::nullopt);

    /// The turn is no longer there: its bytes have to come again.
    void forget(support::TurnId turn);

    static constexpr std::size_t kTips = 256;

private:
    struct Tip {
        support::TurnId turn;
        support::SessionId session;
        std::optional<support::TurnId> parent;
        std::string hint;
        PromptSignature prompt;
        bool continued = false;  ///< a turn that has this one, or an equal one of the session, as its parent came
    };
    struct Match {
        const Tip* tip = nullptr;
        std::size_t common = 0;
        bool full = false;
        bool sameTools = false;
        std::size_t age = 0;  ///< 0 is the newest tip
    };
    /// The best of each kind of match.
    struct Matches {
        Match parent;    ///< continued by the request
        Match twin;      ///< the same request, not continued
        Match relative;  ///< some messages from the first on are the same
    };
    [[nodiscard]] Matches matchTips(std::string_view hint, const PromptSignature& prompt) const;
    [[nodiscard]] std::optional<support::SessionId> newestOf(std::string_view hint) const;

    std::deque<Tip> m_tips;                                               ///< newest last
    std::unordered_map<std::string, support::SessionId> m_newestSession;  ///< by hint
};

}  // namespace turntable::turns
