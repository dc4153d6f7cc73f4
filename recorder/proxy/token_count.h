#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/http/client.h"

namespace turntable::proxy {

/// An answer to POST /v1/messages/count_tokens, in the agent's API.
struct CountAnswer {
    int status = 200;
    std::string document;  ///< {"input_tokens":N}, or an error
};

/// Has an OpenAI server count the tokens of a request, by the means that there are: llama.cpp's
/// /v1/chat/completions/input_tokens; vLLM's /tokenize, which takes messages; llama.cpp's /apply-template and
/// /tokenize. The latter two would count a picture as a few letters, so that they are not asked about one. A server
/// that has none of them gives 404 not_found_error: a guess is no count. `base`: where all of those paths begin;
/// `chatBody`: a request for a chat completion. Waits for the server.
[[nodiscard]] CountAnswer countTokens(http::Client& client, const std::string& base,
                                      const std::vector<http::Header>& headers, std::string_view chatBody,
                                      const std::stop_token& stop);

}  // namespace turntable::proxy
