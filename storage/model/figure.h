#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace turntable::model {

/// How a figure came to be known. `exact`: a server or its tokenizer counted it; `estimated`: ours, from text lengths;
/// `simulated`: made by a model of a machine, no machine ran.
enum class Basis { exact, estimated, simulated };

[[nodiscard]] constexpr std::string_view basisName(Basis basis) {
    switch (basis) {
        case Basis::exact: return "exact";
        case Basis::estimated: return "estimated";
        case Basis::simulated: return "simulated";
    }
    return "estimated";
}

/// Tokens with the way they are known. No value: unknown, which is not 0.
struct TokenFigure {
    std::optional<std::int64_t> tokens;
    Basis basis = Basis::estimated;
    bool operator==(const TokenFigure&) const = default;
};

}  // namespace turntable::model
