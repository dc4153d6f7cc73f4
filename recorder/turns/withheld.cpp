#include "recorder/turns/withheld.h"

#include <algorithm>

#include "recorder/turns/provenance.h"

namespace turntable::turns {

void withhold(model::Turn& turn) {
    turn.text.clear();
    turn.target.resize(std::min(turn.target.size(), turn.target.find('?')));
    if (!turn.error.empty()) turn.error = "it failed; what the error said was not stored";
    for (model::Action& action : turn.actions) {
        action.arguments.clear();
        action.targetText.clear();
        if (!action.invalidReason.empty()) action.invalidReason = "the reason was not stored";
    }
    if (!turn.screen) return;
    turn.screen->application.clear();
    turn.screen->location.clear();
    turn.screen->note.clear();
}

std::string withheldHeaders(std::size_t bytes) {
    return provenanceLine(Provenance::withheld, "recorded without its content, which had " + std::to_string(bytes) +
                                                    (bytes == 1 ? " byte" : " bytes"));
}

}  // namespace turntable::turns
