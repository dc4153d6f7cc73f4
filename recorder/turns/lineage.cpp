#include "recorder/turns/lineage.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace turntable::turns {

Lineage::Matches Lineage::matchTips(std::string_view hint, const PromptSignature& prompt) const {
    const std::size_t own = prompt.messages.size();
    Matches best;
    std::size_t age = 0;
    for (auto tip = m_tips.rbegin(); tip != m_tips.rend(); ++tip, ++age) {
        if (tip->hint != hint || !similarSystem(tip->prompt.system, prompt.system)) continue;
        const std::size_t size = tip->prompt.messages.size();
        const bool sameTools = tip->prompt.tools == prompt.tools;
        const Match match{&*tip, commonPrefix(tip->prompt.messages, prompt.messages), false, sameTools, age};
        if (match.common == 0) continue;
        if (best.relative.tip == nullptr || match.common > best.relative.common) best.relative = match;
        if (match.common == size && size == own) {
            // With other tools it is not the same request again but another agent with the same opening.
            if (best.twin.tip == nullptr && !tip->continued && sameTools) best.twin = match;
        } else if (own > size && match.common + 1 >= size) {
            const Match found{match.tip, match.common, match.common == size, sameTools, age};
            const auto rank = [](const Match& of) { return std::tuple(of.common, of.sameTools, of.full); };
            if (best.parent.tip == nullptr || rank(found) > rank(best.parent)) best.parent = found;
        }
    }
    return best;
}

std::optional<support::SessionId> Lineage::newestOf(std::string_view hint) const {
    const auto found = m_newestSession.find(std::string(hint));
    if (found == m_newestSession.end()) return std::nullopt;
    return found->second;
}

Lineage::Place Lineage::find(std::string_view hint, std::string_view body, const wire::ParsedRequest& request) const {
    const PromptSignature prompt = signatureOf(body, request);
    if (prompt.messages.empty()) return {newestOf(hint), std::nullopt};
    const auto [parent, twin, relative] = matchTips(hint, prompt);
    // A newer run of the same agent that has come just as far is more likely to go on than an old one to ask again.
    const bool overtaken = twin.tip != nullptr && parent.tip != nullptr && parent.full && parent.age < twin.age &&
                           parent.tip->session != twin.tip->session;
    if (twin.tip != nullptr && !overtaken) return {twin.tip->session, twin.tip->parent};
    if (parent.tip != nullptr) return {parent.tip->session, parent.tip->turn};
    if (relative.tip != nullptr && prompt.hasReply) return {relative.tip->session, std::nullopt};
    return {hint.empty() ? std::nullopt : newestOf(hint), std::nullopt};
}

void Lineage::add(support::TurnId turn, support::SessionId session, std::string_view hint, std::string_view body,
                  const wire::ParsedRequest& request, std::optional<support::TurnId> parent) {
    const auto parentTip =
        std::find_if(m_tips.begin(), m_tips.end(), [&](const Tip& tip) { return parent && tip.turn == *parent; });
    if (parentTip != m_tips.end()) {
        // The tries of a resent request are continued together.
        const PromptSignature continued = parentTip->prompt;
        for (Tip& tip : m_tips) {
            if (tip.session == session && tip.prompt.messages == continued.messages) tip.continued = true;
        }
    }
    m_tips.push_back({turn, session, parent, std::string(hint), signatureOf(body, request), false});
    if (m_tips.size() > kTips) m_tips.pop_front();
    m_newestSession.insert_or_assign(std::string(hint), session);
}

void Lineage::forget(support::TurnId turn) {
    const auto gone = std::find_if(m_tips.begin(), m_tips.end(), [turn](const Tip& tip) { return tip.turn == turn; });
    if (gone == m_tips.end()) return;
    const auto parent = gone->parent;
    m_tips.erase(gone);
    const auto isChild = [&parent](const Tip& tip) { return parent && tip.parent == parent; };
    if (std::any_of(m_tips.begin(), m_tips.end(), isChild)) return;
    const auto left =
        std::find_if(m_tips.begin(), m_tips.end(), [&](const Tip& tip) { return parent && tip.turn == *parent; });
    if (left == m_tips.end()) return;
    for (Tip& tip : m_tips) {
        if (tip.session == left->session && tip.prompt.messages == left->prompt.messages) tip.continued = false;
    }
}

}  // namespace turntable::turns
