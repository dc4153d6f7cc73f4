#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "storage/search/search_types.h"

namespace turntable::cli {

/// "prompt", "reply", "screen" or "file"; empty for anything else.
[[nodiscard]] std::optional<search::Kind> kindNamed(std::string_view name);

/// Two lines a hit, and a last one about what is not shown. A sentence when there is no hit.
[[nodiscard]] std::string hitsText(const search::SearchRequest& request, const search::SearchResult& result);

/// The document that docs/cli.md describes.
[[nodiscard]] nlohmann::ordered_json hitsToJson(const search::SearchRequest& request,
                                                const search::SearchResult& result, const std::string& notice);

}  // namespace turntable::cli
