#include "recorder/proxy/recent_requests.h"

#include <algorithm>

#include "storage/support/common_bytes.h"

namespace turntable::proxy {
namespace {

// What a change saves at least.
constexpr std::size_t kWorthwhileBytes = 2048;

}  // namespace

std::optional<RequestChange> RecentRequests::changeOf(std::string_view body, support::WallTime started) const {
    if (body.size() < kMinBytes) return std::nullopt;
    return m_shared.with([body, started](const Shared& shared) {
        std::optional<RequestChange> best;
        for (const Request& request : shared.newestFirst) {
            if (request.started >= started) continue;
            const std::size_t head = support::commonHead(request.body, body);
            if (best && head <= best->head) continue;
            const std::size_t tail =
                support::commonTail(std::string_view(request.body).substr(head), body.substr(head));
            best = RequestChange{request.started, request.body.size(), head, tail};
        }
        if (best && best->head + best->tail < kWorthwhileBytes) best.reset();
        return best;
    });
}

void RecentRequests::remember(support::WallTime started, std::string_view body,
                              const std::optional<RequestChange>& change) {
    if (body.size() < kMinBytes || body.size() > kMaxBytes) return;
    m_shared.with([&](Shared& shared) {
        auto& list = shared.newestFirst;
        // Another conversation may share no more than the system prompt and the tools.
        const bool goesOn = change && change->head + change->tail >= change->baseSize / 4 * 3;
        const auto base = std::find_if(list.begin(), list.end(), [&](const Request& request) {
            return goesOn && request.started == change->base && request.body.size() == change->baseSize;
        });
        if (base == list.end()) {
            list.push_front({started, std::string(body)});
        } else {
            shared.bytes -= base->body.size();
            base->started = started;
            base->body.replace(change->head, std::string::npos, body.substr(change->head));
            list.splice(list.begin(), list, base);
        }
        shared.bytes += body.size();
        while (shared.bytes > kMaxBytes) {
            shared.bytes -= list.back().body.size();
            list.pop_back();
        }
    });
}

void RecentRequests::forget(support::WallTime started) {
    m_shared.with([started](Shared& shared) {
        const auto isIt = [started](const Request& request) { return request.started == started; };
        const auto request = std::find_if(shared.newestFirst.begin(), shared.newestFirst.end(), isIt);
        if (request == shared.newestFirst.end()) return;
        shared.bytes -= request->body.size();
        shared.newestFirst.erase(request);
    });
}

}  // namespace turntable::proxy
