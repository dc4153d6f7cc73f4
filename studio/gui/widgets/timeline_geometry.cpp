#include "studio/gui/widgets/timeline_geometry.h"

#include <algorithm>

namespace turntable::widgets {

namespace {

/// The parts a turn's answer is drawn with: what is known of queue, prefill and decode, else the undivided whole.
std::vector<std::pair<gui::TimePart, support::Nanoseconds>> answerParts(const model::Latency& latency) {
    std::vector<std::pair<gui::TimePart, support::Nanoseconds>> parts;
    const auto add = [&parts](gui::TimePart part, const std::optional<support::Nanoseconds>& duration) {
        if (duration && duration->count() > 0) parts.emplace_back(part, *duration);
    };
    add(gui::TimePart::queue, latency.queue);
    add(gui::TimePart::prefill, latency.prefill);
    add(gui::TimePart::decode, latency.decode);
    if (!latency.prefill && !latency.decode) {
        parts.clear();
        add(gui::TimePart::unsplit, latency.total);
    }
    return parts;
}

support::Nanoseconds answerTime(const model::Latency& latency) {
    support::Nanoseconds sum{};
    for (const auto& [part, duration] : answerParts(latency)) sum += duration;
    return sum;
}

std::int64_t tokensOf(const model::Turn& turn) {
    std::int64_t sum = 0;
    for (const model::TokenFigure& figure : turn.tokens.sections)
        sum += std::max<std::int64_t>(figure.tokens.value_or(0), 0);
    return sum;
}

}  // namespace

TimelineScale scaleOf(const std::vector<model::Turn>& turns) {
    TimelineScale scale;
    for (const model::Turn& turn : turns) scale.gapLimit = std::max(scale.gapLimit, answerTime(turn.latency));
    scale.gapLimit = std::max(support::Nanoseconds(1), scale.gapLimit / 2);
    for (const model::Turn& turn : turns) {
        const support::Nanoseconds gap = turn.latency.gap.value_or(support::Nanoseconds{});
        scale.time =
            std::max(scale.time, answerTime(turn.latency) + std::clamp(gap, support::Nanoseconds{}, scale.gapLimit));
        scale.tokens = std::max(scale.tokens, tokensOf(turn));
    }
    return scale;
}

std::vector<TimeSegment> timeSegments(const model::Turn& turn, const TimelineScale& scale, double laneWidth) {
    const double perNanosecond = laneWidth / static_cast<double>(scale.time.count());
    std::vector<TimeSegment> segments;
    double left = 0;
    const auto add = [&](gui::TimePart part, support::Nanoseconds duration, bool cut) {
        const double width = static_cast<double>(duration.count()) * perNanosecond;
        segments.push_back({part, left, width, cut});
        left += width;
    };
    for (const auto& [part, duration] : answerParts(turn.latency)) add(part, duration, false);
    if (turn.latency.gap && turn.latency.gap->count() > 0) {
        add(gui::TimePart::gap, std::min(*turn.latency.gap, scale.gapLimit), *turn.latency.gap > scale.gapLimit);
    }
    return segments;
}

std::vector<TokenSegment> tokenSegments(const model::Turn& turn, const TimelineScale& scale, double laneWidth) {
    const double perToken = laneWidth / static_cast<double>(scale.tokens);
    std::vector<TokenSegment> segments;
    double left = 0;
    for (const model::Section section : model::kSections) {
        const std::int64_t tokens = turn.tokens.of(section).tokens.value_or(0);
        if (tokens <= 0) continue;
        const double width = static_cast<double>(tokens) * perToken;
        segments.push_back({section, left, width});
        left += width;
    }
    return segments;
}

double cachedWidth(const model::Turn& turn, const TimelineScale& scale, double laneWidth) {
    const std::int64_t cached = std::clamp<std::int64_t>(turn.tokens.cached.tokens.value_or(0), 0, tokensOf(turn));
    return static_cast<double>(cached) * laneWidth / static_cast<double>(scale.tokens);
}

}  // namespace turntable::widgets
