#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "storage/support/byte_range.h"

namespace turntable::test {

/// Numbers that a seed gives again on every platform (the distributions of the standard library do not). One thread.
class Random {
public:
    explicit Random(std::uint64_t seed) : m_engine(seed) {}
    /// From 0 to `end - 1`; `end` is at least 1.
    [[nodiscard]] std::size_t below(std::size_t end) { return static_cast<std::size_t>(m_engine() % end); }
    [[nodiscard]] std::size_t between(std::size_t first, std::size_t last) { return first + below(last - first + 1); }
    [[nodiscard]] bool chance(std::size_t percent) { return below(100) < percent; }
    [[nodiscard]] std::string bytes(std::size_t size);
    template <typename List>
    [[nodiscard]] auto& one(List& list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937_64 m_engine;
};

/// A request body, and the pieces of it that a parser would name.
struct RandomPrompt {
    std::string body;
    std::vector<support::ByteRange> pieces;  ///< ascending, not overlapping
};

/// The prompts that one agent could send, and worse ones: histories that grow, are edited, cut, summarised or given
/// other tools; images in every spelling of base64; strange white space, duplicate keys, lone surrogates, NUL and
/// invalid UTF-8. A value: a copy goes on as a branch of its own.
class RandomPrompts {
public:
    explicit RandomPrompts(Random& random);

    /// Does something to the conversation, nearly always by adding to it.
    void step(Random& random);
    /// What would be sent now. The same bytes each time.
    [[nodiscard]] RandomPrompt prompt() const;

    /// Bytes that are no request at all: none, noise, half a document.
    [[nodiscard]] static RandomPrompt nonsense(Random& random);
    /// `pieces` replaced by ranges that mean nothing, but are valid.
    static void scatter(RandomPrompt& prompt, Random& random);
    /// A text with everything in it that is hard to keep; escaped as inside a JSON string, not always well.
    [[nodiscard]] static std::string oddText(Random& random, std::size_t words);

private:
    [[nodiscard]] std::string message(Random& random);
    [[nodiscard]] std::string image(Random& random);
    void change(Random& random);

    std::string m_comma;  ///< how this agent writes its separators
    std::string m_colon;
    std::string m_system;
    std::vector<std::string> m_tools;
    std::vector<std::string> m_messages;
    std::vector<std::string> m_dropped;  ///< messages that may come back
    std::vector<std::string> m_images;
};

}  // namespace turntable::test
