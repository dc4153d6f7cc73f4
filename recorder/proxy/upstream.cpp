#include "recorder/proxy/upstream.h"

#include "recorder/http/url.h"

namespace turntable::proxy {

using support::Error;
using support::ErrorCode;

support::Result<Upstream> parseUpstream(std::string_view text, model::Api api) {
    const auto url = http::parseUrl(text);
    if (!url) return withContext(url.error(), "upstream");
    const std::string upstream(text);
    const auto refuse = [&upstream](const char* why) {
        return Error{ErrorCode::invalidArgument, "upstream '" + upstream + "' " + why};
    };
    if (url->origin.find('@') != std::string::npos)
        return refuse("holds a user name; keys belong into the agent's headers");
    if (upstream.find_first_of("?#") != std::string::npos) return refuse("holds a query or a fragment");
    std::string base = url->origin + url->target;
    const auto cutSlashes = [&base] {
        while (base.ends_with('/')) base.pop_back();
    };
    cutSlashes();
    if (api == model::Api::openaiChat && base.ends_with("/v1")) {
        base.resize(base.size() - 3);
        cutSlashes();
    }
    return Upstream{std::move(base), api};
}

support::Result<model::Api> parseUpstreamApi(std::string_view name) {
    for (const model::Api api : {model::Api::anthropicMessages, model::Api::openaiChat}) {
        if (name == model::apiName(api)) return api;
    }
    return Error{ErrorCode::invalidArgument, "upstream API '" + std::string(name) + "': expected anthropic or openai"};
}

std::string describe(const Upstream& upstream) {
    const bool translated = upstream.api == model::Api::openaiChat;
    return upstream.url + (translated ? " (Messages translated to Chat Completions)" : "");
}

}  // namespace turntable::proxy
