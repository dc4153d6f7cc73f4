#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turntable::screen {

/// A tool result of Playwright MCP, its sections found (packages/playwright-core/src/tools/backend/response.ts and the
/// older forms of 0.0.41 to 0.0.68). The views point into the result's text.
struct PlaywrightResult {
    enum class Snapshot {
        none,        ///< the tool reported, but showed no tree: an error, a dialog, or a version that leaves it out
        inlineText,  ///< `yaml` holds it, full or incremental
        fileLink,    ///< `link` names the file that holds it
    };
    Snapshot snapshot = Snapshot::none;
    std::string_view yaml;
    bool closed = true;  ///< the fence around `yaml` ends; false when the text was cut inside it
    std::string_view link;
    std::string_view url;
    std::string_view title;
    std::string_view error;  ///< first line of the tool's error
    std::string_view modal;  ///< first dialog that is open
};

/// Recognises a result by its headings, never by the tool's name. Where a page's own text imitates a snapshot section,
/// the last section counts: the tool writes it behind everything that a page can say. Empty for any other text.
[[nodiscard]] std::optional<PlaywrightResult> readPlaywrightResult(std::string_view text);

/// One sentence, at most 240 bytes: why this result without a snapshot shows no tree.
[[nodiscard]] std::string reasonForNoSnapshot(const PlaywrightResult& result);

}  // namespace turntable::screen
