#pragma once

// Private to storage/care: what a turn refers to, checked against the parts that have been read already.

#include <map>
#include <string>

#include "storage/care/check_turns.h"
#include "storage/model/screen.h"
#include "storage/model/turn.h"
#include "storage/support/ids.h"
#include "storage/support/result.h"

namespace turntable::care {

/// Reads no body twice: whether a part is whole stands in the census. Marks there what each part is used for. One
/// thread; `check` outlives it. Errors: those that are no findings.
class TurnContents {
public:
    explicit TurnContents(TurnCheck& check) : m_check(check) {}

    /// Own entries and headers of the request.
    [[nodiscard]] support::Status checkRequestParts(support::TurnId turn, const std::string& where);
    /// Body, headers and arrivals.
    [[nodiscard]] support::Status checkReply(const model::Turn& turn, const std::string& where);
    /// The tree against what the timeline says about it.
    [[nodiscard]] support::Status checkScreen(const model::Turn& turn, const std::string& where);
    [[nodiscard]] support::Status checkFiles(support::TurnId turn, const std::string& where);

private:
    /// Marks the use; a part that is not whole is a finding with `meaning`. Gives the part when it is.
    const PartFacts* use(std::int64_t part, storage::PartKind kind, Damage damage, const std::string& where,
                         const std::string& meaning);
    support::Status checkHeaders(storage::HeaderStore::Side side, support::TurnId turn, const std::string& where);
    void checkArrivals(std::string_view stored, std::int64_t responseBytes, const std::string& where);
    support::Result<const model::ScreenSummary*> summaryOf(std::int64_t part);

    TurnCheck& m_check;
    compression::Zstandard m_zstandard;
    std::map<std::int64_t, model::ScreenSummary> m_screens;  ///< decoded ones, by part
};

}  // namespace turntable::care
