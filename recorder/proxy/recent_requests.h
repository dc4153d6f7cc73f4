#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "recorder/proxy/spool_format.h"
#include "storage/support/clock.h"
#include "storage/support/guarded.h"

namespace turntable::proxy {

/// The newest request of each conversation that goes through a recorder, as far as `kMaxBytes` reach, so that a spool
/// file holds of a request only what an earlier one does not have: an agent sends its whole history each time. Any
/// thread.
class RecentRequests {
public:
    /// How the body of a request that `started` then can be made of the remembered one that it shares most with, of
    /// those that started before: a recovery goes by that order. Empty: whole, it is hardly larger.
    [[nodiscard]] std::optional<RequestChange> changeOf(std::string_view body, support::WallTime started) const;
    /// Remembers a request that can be read back from now on: in the place of the one that `change`, which `changeOf`
    /// gave, is made from, if it is the next of the same conversation.
    void remember(support::WallTime started, std::string_view body, const std::optional<RequestChange>& change);

    /// No later request is told by this one any more: it cannot be read back.
    void forget(support::WallTime started);

    static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
    /// Smaller requests are neither remembered nor compared: one page is written for them anyhow.
    static constexpr std::size_t kMinBytes = 4096;

private:
    struct Request {
        support::WallTime started{};
        std::string body;
    };
    struct Shared {
        std::list<Request> newestFirst;
        std::size_t bytes = 0;
    };
    support::Guarded<Shared> m_shared;
};

}  // namespace turntable::proxy
