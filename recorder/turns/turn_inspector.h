#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/wire/response.h"
#include "storage/model/action.h"
#include "storage/model/prompt.h"
#include "storage/model/screen.h"
#include "storage/model/turn.h"
#include "storage/trace_reader.h"

namespace turntable::turns {

/// A part of a stored prompt with what the model read of it.
struct InspectedPart {
    model::PromptPart part;
    std::string text;   ///< what the model reads; images: empty
    bool isNew = true;  ///< not in the parent turn's prompt at the same place
};

/// Everything a person may want to see of one turn, derived anew from the stored bytes.
struct InspectedTurn {
    model::Turn turn;
    std::string request;
    std::string response;
    std::string provenance;  ///< what those bytes are, when they are not simply the wire's (turns::provenanceText)
    std::int64_t redactedInRequest = 0;  ///< secrets that were replaced before it was stored
    std::int64_t redactedInReply = 0;
    std::vector<InspectedPart> parts;
    std::size_t sharedPrefixBytes = 0;  ///< bytes the request has in common with its parent's, from the start
    wire::ParsedReply reply;
    std::vector<model::ActionResult> results;   ///< found in the next turn of the lineage; may be empty
    std::optional<model::Screen> screenBefore;  ///< what the model was shown
    std::optional<model::Screen> screenAfter;   ///< the next turn's
};

/// One thread, that of `reader`. Cost: one read and one parse of the turn, its parent and its child.
/// Errors: those of the reader. A request that cannot be parsed gives no parts, not an error.
[[nodiscard]] support::Result<InspectedTurn> inspectTurn(const storage::TraceReader& reader, support::TurnId id);

}  // namespace turntable::turns
