#include "studio/cli/session_selection.h"

#include <algorithm>

#include "studio/cli/verb.h"

namespace turntable::cli {

support::Result<std::vector<support::SessionId>> findSessions(const std::string& store,
                                                              const std::vector<std::string>& names) {
    auto reader = openReader(store);
    if (!reader) return std::move(reader).error();
    std::vector<support::SessionId> sessions;
    for (const auto& name : names) {
        auto session = reader->findSession(name);
        if (!session) return std::move(session).error();
        if (std::find(sessions.begin(), sessions.end(), session->id) == sessions.end()) sessions.push_back(session->id);
    }
    return sessions;
}

}  // namespace turntable::cli
