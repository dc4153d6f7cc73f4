#include "storage/support/clock.h"

#include <cstdio>

namespace turntable::support {

WallTime SystemClock::wallNow() const {
    return std::chrono::time_point_cast<Nanoseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonicNow() const {
    return std::chrono::time_point_cast<Nanoseconds>(std::chrono::steady_clock::now());
}

std::string formatUtc(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto sinceMidnight = std::chrono::duration_cast<std::chrono::milliseconds>(time - day);
    const auto ms = sinceMidnight.count();
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(ms / 3600000), static_cast<int>(ms / 60000 % 60), static_cast<int>(ms / 1000 % 60),
                  static_cast<int>(ms % 1000));
    return text;
}

}  // namespace turntable::support
