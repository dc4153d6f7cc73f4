#include "studio/cli/amounts.h"

#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <string>

namespace turntable::cli {

using support::Error;
using support::ErrorCode;
using support::Result;
using support::WallTime;

namespace {

/// A number with what stands behind it.
struct Amount {
    std::int64_t number = 0;
    std::string_view unit;
};

std::optional<Amount> parseAmount(std::string_view text) {
    Amount amount;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, amount.number);
    if (error != std::errc() || amount.number < 0) return std::nullopt;
    amount.unit = text.substr(static_cast<std::size_t>(rest - text.data()));
    return amount;
}

std::optional<std::int64_t> times(std::int64_t number, std::int64_t unit) {
    if (unit == 0 || number > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
    return number * unit;
}

std::int64_t bytesOf(std::string_view unit) {
    if (unit.empty() || unit == "B") return 1;
    if (unit == "k" || unit == "K" || unit == "kB") return 1'000;
    if (unit == "M" || unit == "MB") return 1'000'000;
    if (unit == "G" || unit == "GB") return 1'000'000'000;
    if (unit == "T" || unit == "TB") return 1'000'000'000'000;
    return 0;
}

std::int64_t minutesOf(std::string_view unit) {
    if (unit == "m") return 1;
    if (unit == "h") return 60;
    if (unit == "d") return 24 * 60;
    if (unit == "w") return 7 * 24 * 60;
    return 0;
}

// "2026-10-01"
std::optional<WallTime> parseDay(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto number = [&](std::size_t offset, std::size_t size) {
        const auto amount = parseAmount(text.substr(offset, size));
        return amount && amount->unit.empty() ? static_cast<int>(amount->number) : -1;
    };
    const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    if (!day.ok() || number(0, 4) < 0) return std::nullopt;
    return WallTime(std::chrono::sys_days(day));
}

}  // namespace

Result<std::int64_t> parseBytes(std::string_view text) {
    const auto amount = parseAmount(text);
    const auto bytes = amount ? times(amount->number, bytesOf(amount->unit)) : std::nullopt;
    if (bytes) return *bytes;
    return Error{ErrorCode::invalidArgument, "expected a size like 2G, 500M or 64k, found '" + std::string(text) + "'"};
}

Result<WallTime> parseMoment(std::string_view text, WallTime now) {
    if (const auto day = parseDay(text)) return *day;
    const auto amount = parseAmount(text);
    const auto minutes = amount ? times(amount->number, minutesOf(amount->unit)) : std::nullopt;
    // An age of more than a thousand years is a slip of the finger.
    if (minutes && *minutes <= std::int64_t{1000} * 366 * 24 * 60 &&
        std::chrono::minutes(*minutes) < std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch())) {
        return now - std::chrono::minutes(*minutes);
    }
    return Error{ErrorCode::invalidArgument,
                 "expected an age like 30d, 12h or 8w, or a day like 2026-10-01, found '" + std::string(text) + "'"};
}

}  // namespace turntable::cli
