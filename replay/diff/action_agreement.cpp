#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "replay/diff/comparison.h"

namespace turntable::diff {

namespace {

/// Compared without regard to the order of keys, which says nothing.
std::optional<nlohmann::json> parseArguments(const std::string& text) {
    if (std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; }) > 10'000)
        return std::nullopt;
    nlohmann::json parsed = nlohmann::json::parse(text, nullptr, false);
    if (parsed.is_discarded()) return std::nullopt;
    return parsed;
}

/// The handle of an element, as the tools in use spell it: playwright-mcp `ref`, later `target`, chrome-devtools-mcp
/// `uid`.
std::optional<std::string> handleIn(const nlohmann::json& arguments) {
    if (!arguments.is_object()) return std::nullopt;
    constexpr std::array<const char*, 3> kHandles = {"ref", "target", "uid"};
    for (const char* name : kHandles) {
        const auto member = arguments.find(name);
        if (member != arguments.end() && member->is_string()) return member->get<std::string>();
    }
    return std::nullopt;
}

Agreement compareCalls(const model::Action& recorded, const model::Action& answered) {
    if (recorded.tool != answered.tool) return Agreement::different;
    if (recorded.arguments == answered.arguments) return Agreement::sameCall;
    const auto left = parseArguments(recorded.arguments);
    const auto right = parseArguments(answered.arguments);
    if (left && right && *left == *right) return Agreement::sameCall;
    if (recorded.target && answered.target) {
        return *recorded.target == *answered.target ? Agreement::sameElement : Agreement::sameTool;
    }
    if (!recorded.target && !answered.target && left && right) {
        // Neither was found on the screen; the same handle still means the same element.
        const auto handle = handleIn(*left);
        if (handle && handle == handleIn(*right)) return Agreement::sameElement;
    }
    return Agreement::sameTool;
}

}  // namespace

const char* agreementName(Agreement agreement) {
    switch (agreement) {
        case Agreement::sameCall: return "same call";
        case Agreement::sameElement: return "same element";
        case Agreement::sameTool: return "same tool";
        case Agreement::different: return "different";
        case Agreement::none: return "none";
        case Agreement::invalid: return "invalid";
        case Agreement::unanswered: return "unanswered";
    }
    return "unanswered";
}

Agreement compareActions(const model::Turn& recorded, const model::Turn& answered) {
    if (answered.status != model::TurnStatus::complete) return Agreement::unanswered;
    if (answered.actions.empty()) return recorded.actions.empty() ? Agreement::sameCall : Agreement::none;
    const bool allValid = std::all_of(answered.actions.begin(), answered.actions.end(),
                                      [](const model::Action& action) { return action.valid; });
    if (!allValid) return Agreement::invalid;
    if (recorded.actions.empty()) return Agreement::different;
    Agreement worst = Agreement::sameCall;
    const std::size_t common = std::min(recorded.actions.size(), answered.actions.size());
    for (std::size_t i = 0; i < common; ++i) {
        worst = std::max(worst, compareCalls(recorded.actions[i], answered.actions[i]));
    }
    // More or fewer calls are another answer, even where those that both have agree.
    if (recorded.actions.size() != answered.actions.size()) worst = std::max(worst, Agreement::sameTool);
    return worst;
}

}  // namespace turntable::diff
