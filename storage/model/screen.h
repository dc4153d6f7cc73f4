#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turntable::model {

struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    bool operator==(const Box&) const = default;
};

/// One node of a screen. Text is UTF-8.
struct Element {
    std::string role;                  ///< as the source names it: "button", "AXButton"
    std::string roleDescription;       ///< macOS only, localised; never part of an identity
    std::string text;                  ///< accessible name
    std::optional<std::string> value;  ///< what stands behind the colon in Playwright trees: the node's own text
    std::optional<Box> box;
    std::string ref;                  ///< handle the agent may act on: "e14"; valid for one document only; may be empty
    std::vector<std::string> states;  ///< "active", "checked", "level=1", "cursor=pointer", "/url: …", in source order
    int parent = -1;                  ///< index of the parent element; -1 for a root and in flat lists
    int depth = 0;                    ///< 0 for roots
    bool operator==(const Element&) const = default;
};

/// How certain it is that the tree is whole.
enum class Truncation { none, flagged, marked, suspected };
[[nodiscard]] constexpr std::string_view truncationName(Truncation truncation) {
    switch (truncation) {
        case Truncation::none: return "none";
        case Truncation::flagged: return "flagged";      // the source has a field that says so
        case Truncation::marked: return "marked";        // the text has a mark that says so
        case Truncation::suspected: return "suspected";  // a figure equals a known cap
    }
    return "none";
}

/// How the tree reached the model or the recorder.
enum class ScreenCarrier { inlineFull, inlineIncremental, fileLink, summary };
[[nodiscard]] constexpr std::string_view carrierName(ScreenCarrier carrier) {
    switch (carrier) {
        case ScreenCarrier::inlineFull: return "inline_full";
        case ScreenCarrier::inlineIncremental: return "inline_incremental";
        case ScreenCarrier::fileLink: return "file_link";
        case ScreenCarrier::summary: return "summary";
    }
    return "inline_full";
}

enum class ScreenFormat { playwrightYaml, macosUse };
[[nodiscard]] constexpr std::string_view screenFormatName(ScreenFormat format) {
    switch (format) {
        case ScreenFormat::playwrightYaml: return "playwright";
        case ScreenFormat::macosUse: return "macos-use";
    }
    return "playwright";
}

inline constexpr std::size_t kMaxElements = 2000;
inline constexpr int kMaxDepth = 100;

/// The capped AX tree of one moment. Elements stand in document order, parents before children; a flat list has no
/// parents. Invariant: `parent` < own index, `depth` = parent's + 1.
struct Screen {
    ScreenFormat format = ScreenFormat::playwrightYaml;
    ScreenCarrier carrier = ScreenCarrier::inlineFull;
    bool hierarchical = true;
    std::string application;  ///< application or page title; empty when the source does not say
    std::string location;     ///< page URL or file path of the source; may be empty
    std::vector<Element> elements;
    std::size_t elementsSeen = 0;  ///< elements in the source, those beyond a cap included
    Truncation truncation = Truncation::none;
    std::string truncationReason;  ///< "element cap 2000", "depth cap 100", "summary of 383 elements", …
    bool operator==(const Screen&) const = default;
};

/// What a timeline row says about a screen, without its elements.
struct ScreenSummary {
    std::int64_t elements = 0;
    std::int64_t elementsSeen = 0;
    Truncation truncation = Truncation::none;
    std::string truncationReason;
    ScreenCarrier carrier = ScreenCarrier::inlineFull;
    ScreenFormat format = ScreenFormat::playwrightYaml;
    std::string application;
    std::string location;
    std::string note;  ///< why there is no newer tree: "linked file … not found"; empty when all is well
    bool operator==(const ScreenSummary&) const = default;
};

[[nodiscard]] inline ScreenSummary summarize(const Screen& screen) {
    return {static_cast<std::int64_t>(screen.elements.size()),
            static_cast<std::int64_t>(screen.elementsSeen),
            screen.truncation,
            screen.truncationReason,
            screen.carrier,
            screen.format,
            screen.application,
            screen.location,
            {}};
}

}  // namespace turntable::model
