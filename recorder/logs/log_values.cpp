#include "recorder/logs/log_values.h"

#include <algorithm>
#include <cmath>

#include "recorder/http/header_name.h"
#include "recorder/turns/stored_headers.h"

namespace turntable::logs {
namespace {

using support::Nanoseconds;
using support::WallTime;
using wire::JsonKind;
using wire::JsonValue;

constexpr std::int64_t kFirstSecond = 31'536'000;    // 1971-01-01
constexpr std::int64_t kLastSecond = 9'183'110'400;  // 2261-01-01

std::optional<WallTime> saneTime(std::int64_t seconds, std::int64_t nanoseconds) {
    if (seconds < kFirstSecond || seconds >= kLastSecond) return std::nullopt;
    return WallTime(std::chrono::seconds(seconds) + Nanoseconds(nanoseconds));
}

/// Reads a text from the left.
class TextReader {
public:
    explicit TextReader(std::string_view text) : m_text(text) {}

    [[nodiscard]] bool atEnd() const { return m_text.empty(); }
    [[nodiscard]] char peek() const { return m_text.empty() ? '\0' : m_text.front(); }
    bool take(std::string_view any) {
        if (m_text.empty() || any.find(m_text.front()) == std::string_view::npos) return false;
        m_text.remove_prefix(1);
        return true;
    }
    /// A number of exactly so many digits.
    std::optional<int> digits(std::size_t count) {
        if (m_text.size() < count) return std::nullopt;
        int value = 0;
        for (const char c : m_text.substr(0, count)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        m_text.remove_prefix(count);
        return value;
    }
    /// The digits behind a point, as nanoseconds; finer ones are dropped.
    std::int64_t fraction() {
        std::int64_t value = 0;
        std::int64_t scale = 100'000'000;
        for (; peek() >= '0' && peek() <= '9'; m_text.remove_prefix(1)) {
            value += scale * (peek() - '0');
            scale /= 10;
        }
        return value;
    }

private:
    std::string_view m_text;
};

// Minutes to take off for UTC; empty when the text says neither Z nor an offset.
std::optional<int> zoneMinutes(TextReader& text) {
    if (text.take("Zz")) return 0;
    const int sign = text.peek() == '-' ? -1 : 1;
    if (!text.take("+-")) return std::nullopt;
    const auto hours = text.digits(2);
    (void)text.take(":");
    const auto minutes = text.digits(2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return sign * (*hours * 60 + *minutes);
}

// The query without the values that should not be stored.
std::string withoutSecrets(std::string_view query) {
    std::string kept;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view parameter = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (!kept.empty()) kept += '&';
        const auto equals = parameter.find('=');
        const bool secret = equals != std::string_view::npos && turns::namesASecret(parameter.substr(0, equals));
        kept += secret ? parameter.substr(0, equals + 1) : parameter;
    }
    return kept;
}

std::string cleanTarget(std::string_view target) {
    target = target.substr(0, target.find('#'));
    const auto question = target.find('?');
    if (question == std::string_view::npos) return std::string(target);
    const std::string query = withoutSecrets(target.substr(question + 1));
    return std::string(target.substr(0, question)) + (query.empty() ? "" : "?" + query);
}

// Whether a body still has the content coding that its headers tell of.
bool stillEncoded(std::string_view encoding, std::string_view body) {
    return http::lowerCase(encoding).find("gzip") != std::string::npos && body.starts_with("\x1f\x8b");
}

void addHeader(std::string_view name, const JsonValue& value, std::string_view body, std::string& lines) {
    // Node gives a header that came several times as a list.
    if (value.is(JsonKind::array)) {
        for (JsonValue each = value.first(); each.exists(); each = each.next()) {
            if (each.is(JsonKind::string)) addHeader(name, each, body, lines);
        }
        return;
    }
    const std::string text = value.is(JsonKind::string) ? value.text() : std::string(value.raw());
    if (http::sameHeaderName(name, "content-encoding") && !stillEncoded(text, body)) return;
    lines += turns::storedHeaderLine(name, text);
}

}  // namespace

std::optional<WallTime> timeOfText(std::string_view text) {
    TextReader reader(text);
    const auto year = reader.digits(4);
    if (!year || !reader.take("-")) return std::nullopt;
    const auto month = reader.digits(2);
    if (!month || !reader.take("-")) return std::nullopt;
    const auto day = reader.digits(2);
    if (!day || !reader.take("Tt ")) return std::nullopt;
    const auto hour = reader.digits(2);
    if (!hour || !reader.take(":")) return std::nullopt;
    const auto minute = reader.digits(2);
    if (!minute || !reader.take(":")) return std::nullopt;
    const auto second = reader.digits(2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const std::int64_t nanoseconds = reader.take(".,") ? reader.fraction() : 0;
    const auto zone = zoneMinutes(reader);
    if (!zone || !reader.atEnd()) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return saneTime(days * 86'400 + *hour * 3'600 + (*minute - *zone) * 60 + *second, nanoseconds);
}

std::optional<WallTime> timeOfSeconds(std::optional<double> seconds) {
    if (!seconds || !std::isfinite(*seconds)) return std::nullopt;
    if (*seconds < static_cast<double>(kFirstSecond) || *seconds >= static_cast<double>(kLastSecond)) {
        return std::nullopt;
    }
    const auto microseconds = static_cast<std::int64_t>(std::llround(*seconds * 1e6));
    return saneTime(microseconds / 1'000'000, microseconds % 1'000'000 * 1'000);
}

std::optional<Nanoseconds> durationOfMs(std::optional<double> ms) {
    constexpr double kMonth = 31.0 * 86'400'000.0;
    if (!ms || !std::isfinite(*ms) || *ms < 0 || *ms > kMonth) return std::nullopt;
    return Nanoseconds(static_cast<std::int64_t>(std::llround(*ms * 1e6)));
}

std::optional<Nanoseconds> between(std::optional<WallTime> earlier, std::optional<WallTime> later) {
    if (!earlier || !later || *later < *earlier) return std::nullopt;
    return *later - *earlier;
}

LoggedUrl splitUrl(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos || url.find_first_of("/?#") < scheme) return {{}, cleanTarget(url)};
    std::string_view rest = url.substr(scheme + 3);
    const auto path = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, path);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    LoggedUrl split{std::string(url.substr(0, scheme + 3)) + std::string(authority), cleanTarget(rest.substr(path))};
    // What stands before the API's own path belongs to the base URL, as an agent is given it.
    const std::string_view whole = std::string_view(split.target).substr(0, split.target.find('?'));
    for (const std::string_view api : {"/v1/messages", "/v1/chat/completions"}) {
        if (!whole.ends_with(api)) continue;
        const std::size_t prefix = whole.size() - api.size();
        split.endpoint += split.target.substr(0, prefix);
        split.target.erase(0, prefix);
        break;
    }
    return split;
}

std::string headerLines(const JsonValue& headers, std::string_view body) {
    std::string lines;
    const bool list = headers.is(JsonKind::array);
    for (JsonValue header = headers.first(); header.exists(); header = header.next()) {
        if (list) {
            addHeader(header.find("name").text(), header.find("value"), body, lines);
        } else {
            addHeader(header.key(), header, body, lines);
        }
    }
    return lines;
}

}  // namespace turntable::logs
