#pragma once

#include <vector>

#include "storage/model/action.h"
#include "storage/model/turn.h"
#include "studio/gui/store_jobs.h"

namespace turntable::widgets {
class DocumentView;
}

namespace turntable::panels {

/// Writes the calls of a turn, each with the answer of its tool where `results` has it.
void writeActions(widgets::DocumentView& document, const model::Turn& turn,
                  const std::vector<model::ActionResult>& results);
/// Writes a turn in full: error, thinking, words and calls.
void writeTurn(widgets::DocumentView& document, const gui::TurnDetail& detail);

}  // namespace turntable::panels
