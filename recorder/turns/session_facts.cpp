#include "recorder/turns/session_facts.h"

namespace turntable::turns {

bool learnFromTurn(model::Session& session, const UnderstoodRequest& understood, const std::string& endpoint) {
    const model::Session before = session;
    const model::Turn& turn = understood.turn;
    if (!turn.answeredModel.empty()) {
        session.model = turn.answeredModel;
    } else if (session.model.empty()) {
        session.model = turn.requestedModel;
    }
    if (!endpoint.empty()) session.endpoint = endpoint;
    session.simulated = session.simulated || understood.simulated;
    if (!turn.answeredModel.empty() || !understood.serverKind.empty()) {
        // Another model or server than before: what was known of the old one does not hold for it.
        const bool other =
            session.identity && !turn.answeredModel.empty() && session.identity->name != turn.answeredModel;
        if (!session.identity || other) session.identity = model::ModelIdentity{};
        if (!turn.answeredModel.empty()) session.identity->name = turn.answeredModel;
        if (!understood.serverKind.empty()) session.identity->serverKind = understood.serverKind;
    }
    return session != before;
}

}  // namespace turntable::turns
