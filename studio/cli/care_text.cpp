#include "studio/cli/care_text.h"

#include <array>
#include <cstdio>
#include <iostream>

#include <unistd.h>

namespace turntable::cli {
namespace {

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

}  // namespace

std::string counted(std::int64_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string bytesText(std::int64_t bytes) {
    constexpr std::array kUnits = {"kB", "MB", "GB", "TB"};
    const double size = static_cast<double>(bytes);
    if (size < 1000 && size > -1000) return counted(bytes, "byte");
    double scaled = size / 1000;
    std::size_t unit = 0;
    while (scaled >= 999.5 && unit + 1 < kUnits.size()) {
        scaled /= 1000;
        ++unit;
    }
    return fixed(scaled, scaled < 9.95 ? 1 : 0) + " " + kUnits[unit];
}

std::string secondsText(double seconds) { return fixed(seconds, seconds < 9.95 ? 2 : 0) + " s"; }

std::string rateText(std::int64_t bytes, double seconds) {
    if (seconds <= 0) return "-";
    return fixed(static_cast<double>(bytes) / 1e6 / seconds, 0) + " MB/s";
}

namespace {

// Past std::cerr, which lets no such sequences through. A terminal that takes nothing misses a line of progress.
void toTerminal(const std::string& text) {
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::function<void(const care::Progress&)> ProgressLine::listener() {
    if (::isatty(STDERR_FILENO) == 0) return {};
    return [this](const care::Progress& progress) {
        std::string text = std::string(progress.phase);
        if (progress.total > 0) {
            text += " " + std::to_string(progress.done) + " of " + std::to_string(progress.total);
        }
        toTerminal("\r\x1b[K" + text);
        m_isShown = true;
    };
}

void ProgressLine::clear() {
    if (m_isShown) toTerminal("\r\x1b[K");
    m_isShown = false;
}

bool confirmed(const std::string& question, bool yes) {
    if (yes) return true;
    if (::isatty(STDIN_FILENO) == 0) return false;
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

std::string removedText(const care::Removed& removed) {
    return counted(removed.sessions, "session") + ", " + counted(removed.turns, "turn") + " and " +
           counted(removed.parts, "part") + " of " + bytesText(removed.storedBytes) + " deleted; the file is " +
           bytesText(removed.givenBack) + " shorter";
}

}  // namespace turntable::cli
