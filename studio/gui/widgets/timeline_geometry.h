#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/model/prompt.h"
#include "storage/model/turn.h"
#include "studio/gui/theme.h"

/// Where the bars of a timeline lie. Pure arithmetic in pixels, so that it can be checked without painting.
namespace turntable::widgets {

/// What a full lane stands for. Never zero.
struct TimelineScale {
    support::Nanoseconds time{1};
    support::Nanoseconds gapLimit{1};  ///< longer gaps are drawn this long, with a mark
    std::int64_t tokens = 1;
};

struct TimeSegment {
    gui::TimePart part = gui::TimePart::queue;
    double left = 0;
    double width = 0;
    bool cut = false;  ///< longer than drawn
};

struct TokenSegment {
    model::Section section = model::Section::system;
    double left = 0;
    double width = 0;
};

/// The scale at which every row fits. A gap, which may be a person's coffee, takes at most half of the longest answer.
[[nodiscard]] TimelineScale scaleOf(const std::vector<model::Turn>& turns);
/// Left to right, unknown and empty parts left out. A turn whose total alone is known is one unsplit segment.
[[nodiscard]] std::vector<TimeSegment> timeSegments(const model::Turn& turn, const TimelineScale& scale,
                                                    double laneWidth);
[[nodiscard]] std::vector<TokenSegment> tokenSegments(const model::Turn& turn, const TimelineScale& scale,
                                                      double laneWidth);
/// Width of the cached part, from the left of the token bar; 0 when it is not known.
[[nodiscard]] double cachedWidth(const model::Turn& turn, const TimelineScale& scale, double laneWidth);

}  // namespace turntable::widgets
