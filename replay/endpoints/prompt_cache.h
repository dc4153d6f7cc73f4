#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/turn.h"

namespace turntable::endpoints {

/// A prefix cache of one slot, simulated: it holds the prompt that was asked last, and a new prompt is spared what it
/// has in common with it from the start. Prompts are compared as their pieces in the order in which chat templates
/// render them (system, tools, messages), each with its price in tokens; within the first differing piece by bytes. One
/// thread.
class PromptCache {
public:
    /// Share of the prompt in `body` that is held, from 0 to 1; remembers the prompt. 0 for a body that cannot be read.
    [[nodiscard]] double ask(model::Api api, std::string_view body);

    /// Tokens of the last prompt by our own estimate.
    [[nodiscard]] std::int64_t estimatedTokens() const { return m_estimate; }

private:
    struct Piece {
        std::string bytes;
        double tokens = 0;
    };
    std::vector<Piece> m_last;
    std::int64_t m_estimate = 0;
};

}  // namespace turntable::endpoints
