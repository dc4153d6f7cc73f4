#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "recorder/wire/json_scan.h"
#include "storage/support/clock.h"

namespace turntable::logs {

/// `2026-11-22T19:55:08.332Z`, `2026-11-22T20:55:08+01:00` (RFC 3339). Empty for anything else, and for years outside
/// of 1971 to 2261: no log was written then.
[[nodiscard]] std::optional<support::WallTime> timeOfText(std::string_view text);

/// Seconds since 1970, to the microsecond. Empty outside of the same years.
[[nodiscard]] std::optional<support::WallTime> timeOfSeconds(std::optional<double> seconds);

/// Milliseconds of a duration; empty when negative (HAR: does not apply), absent, or longer than a month.
[[nodiscard]] std::optional<support::Nanoseconds> durationOfMs(std::optional<double> ms);

/// `later - earlier` where both are known and it is not negative.
[[nodiscard]] std::optional<support::Nanoseconds> between(std::optional<support::WallTime> earlier,
                                                          std::optional<support::WallTime> later);

/// An URL taken apart as the recorder would have seen it.
struct LoggedUrl {
    std::string endpoint;  ///< "https://host:port/prefix": without user and password, without the API's own path
    std::string target;    ///< "/v1/messages?beta=true": values of parameters that name a secret are left out
};
/// A text that is no absolute URL is a target only.
[[nodiscard]] LoggedUrl splitUrl(std::string_view url);

/// Stored header lines of an object of names and values (claude-trace), or of a list of {"name","value"} (HAR).
/// A `content-encoding` that `body` does not have any more is left out.
[[nodiscard]] std::string headerLines(const wire::JsonValue& headers, std::string_view body);

}  // namespace turntable::logs
