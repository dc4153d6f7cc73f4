#include "recorder/proxy/model_rules.h"

#include "recorder/wire/request.h"
#include "storage/support/byte_range.h"

namespace turntable::proxy {
namespace {

// count_tokens takes the request of a turn, and a server that does not know a name refuses it there as well.
std::optional<model::Api> apiNamingModel(std::string_view method, std::string_view target) {
    if (const auto api = wire::recognizeTurn(method, target)) return api;
    if (wire::asksForTokenCount(method, target)) return model::Api::anthropicMessages;
    return std::nullopt;
}

}  // namespace

support::Result<ModelRule> parseModelRule(std::string_view text) {
    const auto equals = text.rfind('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
        return support::Error{
            support::ErrorCode::invalidArgument,
            "model rule '" + std::string(text) + "': expected PATTERN=NAME, for example claude-*=qwen"};
    }
    return ModelRule{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

bool matchesPattern(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;  // where the text behind the last star is tried next
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool mayRename(const std::vector<ModelRule>& rules, std::string_view method, std::string_view target) {
    return !rules.empty() && apiNamingModel(method, target).has_value();
}

std::optional<std::string> applyModelRules(const std::vector<ModelRule>& rules, std::string_view method,
                                           std::string_view target, std::string_view body) {
    if (rules.empty()) return std::nullopt;
    const auto api = apiNamingModel(method, target);
    if (!api) return std::nullopt;
    const auto request = wire::parseRequest(*api, body);
    if (!request) return std::nullopt;
    for (const auto& rule : rules) {
        if (matchesPattern(rule.pattern, request->model)) return wire::withModel(body, *request, rule.name);
    }
    return std::nullopt;
}

}  // namespace turntable::proxy
